//! Comments on queries: what they say, that nothing breaks out of them, and that they cost no prepared
//! statement. That a server reads them is shown with real ones, in `tests/tests/databases`.

use proptest::prelude::*;
use sqlx::Connection as _;
use telemetry_core::testing::Capture;
use telemetry_core::{ContextExt, span};
use telemetry_db::sqlx::SqlitePool;
use telemetry_db::{Dialect, QueryComments, QueryTags};

use crate::support::{names, raw_pool};

const QUERY: &str = "SELECT title FROM tickets WHERE id = ?";

fn on(query: &str) -> String {
    QueryComments::of("shop").on(query, Dialect::Sqlite).into_owned()
}

#[test]
fn keys_are_in_order_and_values_are_encoded() {
    let comments = QueryComments::of("the shop").framework("axum/0.8");
    let tags = QueryTags::new().route("/tickets/{id}?").action("läuft");
    let text = tags.in_scope(|| comments.on(QUERY, Dialect::Sqlite).into_owned());
    let expected = "/*action='l%C3%A4uft',application='the%20shop',framework='axum%2F0.8',\
                    route='%2Ftickets%2F%7Bid%7D%3F'*/";
    assert_eq!(text, format!("{QUERY} {expected}"));
    assert_eq!(
        comments.on(QUERY, Dialect::Sqlite),
        format!("{QUERY} /*application='the%20shop',framework='axum%2F0.8'*/")
    );
}

#[test]
fn what_has_a_comment_or_no_text_stays_as_it_is() {
    for query in ["SELECT 1 /* mine */", "/*+ hint */ SELECT 1", "SELECT 1 -- mine", "", " ;\n"] {
        assert_eq!(on(query), query);
    }
    let mysql = QueryComments::of("shop").on("SELECT 1 # mine", Dialect::MySql);
    assert_eq!(mysql, "SELECT 1 # mine");
    assert_eq!(on("SELECT 1 ; \n"), "SELECT 1 /*application='shop'*/;");
}

#[test]
fn values_are_bounded() {
    let long = "x".repeat(10_000);
    let comments = QueryComments::of(&long).framework(&long);
    let tags = QueryTags::new().route(&long).action(&long);
    let text = tags.in_scope(|| comments.on("SELECT 1", Dialect::Sqlite).into_owned());
    assert!(text.len() < 8 + 4 * 150, "{}", text.len());
}

#[test]
fn tags_add_to_those_around_them_and_end_with_their_work() {
    let inner = || on("SELECT 1");
    let outer = QueryTags::new().route("/nested");
    let (within, after) = outer.in_scope(|| {
        let within = QueryTags::new().action("inner").in_scope(inner);
        (within, inner())
    });
    assert_eq!(within, "SELECT 1 /*action='inner',application='shop',route='%2Fnested'*/");
    assert_eq!(after, "SELECT 1 /*application='shop',route='%2Fnested'*/");
    assert_eq!(inner(), "SELECT 1 /*application='shop'*/");
    // Also where the work panics.
    let tags = QueryTags::new().route("/panics");
    let panicked = std::panic::catch_unwind(|| tags.in_scope(|| panic!("as it should")));
    assert!(panicked.is_err());
    assert_eq!(inner(), "SELECT 1 /*application='shop'*/");
}

proptest! {
    #[test]
    fn no_value_breaks_out(application in ".{0,40}", framework in "['*/\\\\;%\u{0} -]{0,12}") {
        let comments = QueryComments::of(&application).framework(&framework);
        let text = comments.on("SELECT 1", Dialect::Postgres).into_owned();
        let comment = text.strip_prefix("SELECT 1 /*").unwrap().strip_suffix("*/").unwrap();
        prop_assert!(!comment.contains("*/"));
        prop_assert_eq!(comment.matches('\'').count(), 4);
        let allowed = |it: char| it.is_ascii_alphanumeric() || "-_.~%=',".contains(it);
        prop_assert!(comment.chars().all(allowed), "{}", comment);
        // Whoever reads it gets the value back, as far as it is told.
        let value = comment.strip_prefix("application='").unwrap().split('\'').next().unwrap();
        let told = &application[..application.floor_char_boundary(128)];
        prop_assert_eq!(decoded(value), told);
    }
}

fn decoded(value: &str) -> String {
    let mut bytes = Vec::new();
    let mut parts = value.split('%');
    bytes.extend(parts.next().unwrap_or_default().bytes());
    for part in parts {
        bytes.push(u8::from_str_radix(&part[..2], 16).unwrap());
        bytes.extend(part[2..].bytes());
    }
    String::from_utf8(bytes).unwrap()
}

/// An observed pool of one connection, with comments.
async fn pool(name: &str) -> SqlitePool {
    let comments = QueryComments::of("hunter2'*/ DROP TABLE tickets; --").trace_unprepared();
    SqlitePool::configured(raw_pool(name, 1).await, |target| target.comments(comments))
}

async fn kept(pool: &SqlitePool) -> usize {
    pool.raw().acquire().await.unwrap().cached_statements_size()
}

#[tokio::test]
async fn each_statement_is_prepared_once_and_once_for_each_route() {
    let capture = Capture::start();
    let pool = pool("comments_kept").await;
    let ask = async || {
        let title: String = sqlx::query_scalar(QUERY).bind(1_i64).fetch_one(&pool).await.unwrap();
        assert_eq!(title, "one");
    };
    let before = kept(&pool).await;
    let work = async {
        for _ in 0..20 {
            span!("request").run(ask()).await;
        }
        assert_eq!(kept(&pool).await, before + 1);
        for request in 0..20 {
            let route = if request % 2 == 0 { "/kept/even" } else { "/kept/odd" };
            span!("request").run(QueryTags::new().route(route).run(ask())).await;
        }
        assert_eq!(kept(&pool).await, before + 3);
        // What is not kept says in which span it is, and is not kept on that account.
        for _ in 0..5 {
            let once = sqlx::query(QUERY).bind(1_i64).persistent(false);
            span!("request").run(once.fetch_all(&pool)).await.unwrap();
            sqlx::raw_sql("SELECT title FROM tickets").fetch_all(&pool).await.unwrap();
        }
        assert_eq!(kept(&pool).await, before + 3);
    };
    capture.run_async(work).await;
    capture.assert_ledger_balances();
}

#[tokio::test]
async fn spans_and_events_show_the_query_and_no_comment() {
    let capture = Capture::start();
    let raw = raw_pool("comments_unseen", 1).await;
    let comments = QueryComments::of("hunter2'*/ DROP TABLE tickets; --").trace_unprepared();
    let pool = SqlitePool::configured(raw, |target| {
        target.comments(comments).slow_after(std::time::Duration::ZERO)
    });
    let work = QueryTags::new().route("/hunter2").action("hunter2").run(async {
        sqlx::query(QUERY).bind(1_i64).fetch_all(&pool).await.unwrap();
        sqlx::raw_sql("SELECT 7;").fetch_all(&pool).await.unwrap();
        // Nothing broke out.
        let mut tx = pool.begin().await.unwrap();
        sqlx::query("SELECT count(*) FROM tickets").fetch_one(&mut *tx).await.unwrap();
        tx.commit().await.unwrap();
        // Prepared by the application.
        use sqlx::{Executor, SqlStr, Statement};
        let prepared = pool.prepare(SqlStr::from_static("SELECT 8")).await.unwrap();
        prepared.query().fetch_one(&pool).await.unwrap();
    });
    capture.run_async(work).await;
    let spans = capture.spans();
    assert_eq!(
        names(&spans),
        ["SELECT tickets", "SELECT", "BEGIN", "SELECT tickets", "COMMIT", "SELECT"]
    );
    assert_eq!(spans[0].attribute("db.query.text").unwrap(), &QUERY);
    assert_eq!(spans[1].attribute("db.query.text").unwrap(), &"SELECT ?;");
    let told = format!("{spans:?}{:?}{:?}", capture.events(), capture.metrics());
    assert!(!told.contains("hunter2") && !told.contains("DROP TABLE"), "{told}");
}

#[tokio::test]
async fn tags_go_where_the_future_goes_and_not_into_what_it_spawns() {
    let work = QueryTags::new().route("/moves").run(async {
        let here = on("SELECT 1");
        tokio::task::yield_now().await;
        let later = on("SELECT 1");
        let spawned = tokio::spawn(async { on("SELECT 1") }.in_current_context()).await.unwrap();
        (here, later, spawned)
    });
    let beside = async {
        tokio::task::yield_now().await;
        on("SELECT 1")
    };
    let ((here, later, spawned), beside) = tokio::join!(work, beside);
    assert_eq!(here, "SELECT 1 /*application='shop',route='%2Fmoves'*/");
    assert_eq!(later, here);
    assert_eq!(spawned, "SELECT 1 /*application='shop'*/");
    assert_eq!(beside, spawned);
}

#[cfg(feature = "sea-orm")]
#[tokio::test]
async fn those_of_sea_orm_do_so_as_well() {
    use sea_orm::{
        ConnectionTrait, SqlxSqliteConnector, Statement, TransactionSession, TransactionTrait,
    };
    use telemetry_db::sea_orm::Connection;

    let raw = raw_pool("comments_sea_orm", 1).await;
    let orm = SqlxSqliteConnector::from_sqlx_sqlite_pool(raw.clone());
    let comments = QueryComments::of("hunter2'*/ DROP TABLE tickets; --").trace_unprepared();
    let db = Connection::configured(orm, |target| target.comments(comments));
    let before = raw.acquire().await.unwrap().cached_statements_size();
    let capture = Capture::start();
    let work = QueryTags::new().route("/sea").run(async {
        for id in 0..10_i64 {
            let backend = ConnectionTrait::get_database_backend(&db);
            let statement = Statement::from_sql_and_values(backend, QUERY, [id.into()]);
            db.query_all_raw(statement.clone()).await.unwrap();
            let tx = db.begin().await.unwrap();
            tx.query_one_raw(statement).await.unwrap();
            tx.commit().await.unwrap();
            db.execute_unprepared("UPDATE tickets SET title = title").await.unwrap();
        }
    });
    capture.run_async(work).await;
    assert_eq!(raw.acquire().await.unwrap().cached_statements_size(), before + 1);
    assert!(!format!("{:?}", capture.spans()).contains("hunter2"));
    capture.assert_ledger_balances();
}
