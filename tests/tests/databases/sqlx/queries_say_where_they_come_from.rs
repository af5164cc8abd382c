//! Comments on queries as the server sees them, and what they cost it.

use sqlx::database::HasStatementCache;
use sqlx::mysql::MySql;
use sqlx::{Connection as _, Postgres, Row};
use telemetry_core::span;
use telemetry_core::testing::{Capture, CapturedSpan};
use telemetry_db::sqlx::{Pool, TelemetryDatabase};
use telemetry_db::{QueryComments, QueryTags};

use super::servers::{Product, raw_pool};
use super::support::text;

/// A name that would end the comment and drop the table, if it could.
const APPLICATION: &str = "shop'*/; DROP TABLE tickets; --";

const COMMENT: &str = "/*application='shop%27%2A%2F%3B%20DROP%20TABLE%20tickets%3B%20--',\
                       db_driver='sqlx',route='%2Ftickets%2F%7Bid%7D'*/";

/// An observed pool of one connection on a table of tickets.
async fn pool<DB: Product>(name: &str) -> Pool<DB>
where
    for<'c> &'c sqlx::Pool<DB>: sqlx::Executor<'c, Database = DB>,
{
    let raw = raw_pool::<DB>(name, 1).await;
    sqlx::Executor::execute(&raw, "CREATE TABLE tickets (id BIGINT NOT NULL PRIMARY KEY)")
        .await
        .unwrap();
    let comments = QueryComments::of(APPLICATION).trace_unprepared();
    Pool::configured(raw, |target| target.comments(comments))
}

/// How many statements the connection keeps.
async fn kept<DB: TelemetryDatabase + HasStatementCache>(pool: &Pool<DB>) -> usize {
    pool.raw().acquire().await.unwrap().cached_statements_size()
}

fn query<'s>(spans: &'s [CapturedSpan], name: &str) -> &'s CapturedSpan {
    spans.iter().find(|span| span.name == name).unwrap()
}

fn trace_parent(span: &CapturedSpan) -> String {
    format!("traceparent='00-{}-{}-01'", span.trace_id, span.span_id)
}

#[tokio::test]
async fn postgres_reads_them_and_prepares_each_statement_once() {
    let pool = pool::<Postgres>("commented").await;
    sqlx::raw_sql("CREATE EXTENSION pg_stat_statements").execute(pool.raw()).await.unwrap();
    let before = kept(&pool).await;
    let capture = Capture::start();
    let work = async {
        for id in 0..20_i64 {
            let found = sqlx::query("SELECT id FROM tickets WHERE id = $1").bind(id);
            span!("request").run(found.fetch_all(&pool)).await.unwrap();
        }
        sqlx::raw_sql("SELECT query FROM pg_stat_activity WHERE pid = pg_backend_pid()")
            .fetch_one(&pool)
            .await
            .unwrap()
            .get::<String, _>(0)
    };
    let work = QueryTags::new().route("/tickets/{id}").run(work);
    let running = capture.run_async(work).await;
    let spans = capture.spans();

    // What is not prepared names its span.
    let asked = query(&spans, "SELECT pg_stat_activity");
    assert!(running.contains(&trace_parent(asked)), "{running}");
    assert!(running.contains("application='shop%27%2A%2F"), "{running}");
    // What is prepared has the same text every time.
    assert_eq!(kept(&pool).await, before + 1);
    let prepared: Vec<String> = sqlx::query_scalar(
        "SELECT statement FROM pg_prepared_statements WHERE statement LIKE '%tickets WHERE%'",
    )
    .fetch_all(pool.raw())
    .await
    .unwrap();
    let expected = format!("SELECT id FROM tickets WHERE id = $1 {COMMENT}");
    let own = prepared.iter().filter(|text| !text.contains("pg_prepared_statements"));
    assert_eq!(own.collect::<Vec<_>>(), [&expected]);
    let counted = sqlx::query(
        "SELECT query, calls FROM pg_stat_statements s JOIN pg_database d ON d.oid = s.dbid
         WHERE d.datname = current_database() AND query LIKE 'SELECT id FROM tickets%'",
    );
    let counted = counted.fetch_all(pool.raw()).await.unwrap();
    assert_eq!(counted.len(), 1);
    assert_eq!((counted[0].get::<String, _>(0), counted[0].get::<i64, _>(1)), (expected, 20));
    // And telemetry tells of the query without it.
    let select = query(&spans, "SELECT tickets");
    assert_eq!(text(select, "db.query.text"), Some("SELECT id FROM tickets WHERE id = $1"));
    assert!(!format!("{spans:?}").contains("shop"));
    capture.assert_ledger_balances();
}

#[tokio::test]
async fn mariadb_reads_them_and_prepares_each_statement_once() {
    let pool = pool::<MySql>("commented").await;
    let capture = Capture::start();
    let before = (kept(&pool).await, prepared_by(&pool).await);
    let work = async {
        let mut seen = Vec::new();
        for id in 0..20_i64 {
            let own = "SELECT info FROM information_schema.processlist WHERE id = connection_id() AND ? >= 0";
            let own = sqlx::query_scalar(own).bind(id);
            let own: String = span!("request").run(own.fetch_one(&pool)).await.unwrap();
            seen.push(own);
        }
        let own = "SELECT info FROM information_schema.processlist AS p WHERE id = connection_id()";
        let row = sqlx::raw_sql(own).fetch_one(&pool).await.unwrap();
        (seen, row.get::<String, _>(0))
    };
    let work = QueryTags::new().route("/tickets/{id}").run(work);
    let (seen, running) = capture.run_async(work).await;
    let spans = capture.spans();

    assert!(running.contains(&trace_parent(spans.last().unwrap())), "{running}");
    for text in &seen {
        assert!(text.ends_with(COMMENT), "{text}");
        assert!(!text.contains("traceparent"), "{text}");
    }
    assert_eq!(kept(&pool).await, before.0 + 1);
    assert_eq!(prepared_by(&pool).await, before.1 + 1);
    assert!(!format!("{spans:?}").contains("shop"));
    capture.assert_ledger_balances();
}

/// How many statements the server has prepared for the pool's connection.
async fn prepared_by(pool: &Pool<MySql>) -> u64 {
    let row = sqlx::raw_sql("SHOW SESSION STATUS LIKE 'Com_stmt_prepare'")
        .fetch_one(pool.raw())
        .await
        .unwrap();
    row.get::<String, _>(1).parse().unwrap()
}
