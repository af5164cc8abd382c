//! What must hold for every database that sea-orm has a backend for.

use std::time::Duration;

use futures_util::TryStreamExt;
use sea_orm::entity::prelude::*;
use sea_orm::{QueryOrder, Set, Statement, StreamTrait, TransactionSession, TransactionTrait};
use sqlx::{AssertSqlSafe, ColumnIndex, IntoArguments};
use telemetry_core::span;
use telemetry_core::testing::{Capture, CapturedSpan};
use telemetry_db::sea_orm::Connection;
use telemetry_db::sqlx::Pool;
use telemetry_tests::PATIENCE;

use super::Backend;
use super::entities::{cake, fruit};
use crate::sqlx::servers::raw_pool;
use crate::sqlx::support::{assert_each_once, comes_to_rest, text, used};

/// The suite over one of them: its module, and sqlx's type for it.
macro_rules! over {
    ($module:ident, $database:ident) => {
        mod $module {
            use super::suite;
            use sqlx::$database;

            #[tokio::test]
            async fn entities_are_found_counted_changed_and_deleted() {
                suite::entities::<$database>().await;
            }

            #[tokio::test]
            async fn a_paginator_makes_an_operation_of_each_page() {
                suite::paginator::<$database>().await;
            }

            #[tokio::test]
            async fn transactions_nest_commit_and_roll_back() {
                suite::transactions::<$database>().await;
            }

            #[tokio::test]
            async fn raw_statements_and_streams_count_their_rows() {
                suite::raw_and_streams::<$database>().await;
            }

            #[tokio::test]
            async fn failures_have_the_codes_of_the_database() {
                suite::failures::<$database>().await;
            }

            #[tokio::test]
            async fn one_pool_serves_both_wrappers() {
                suite::both_wrappers::<$database>().await;
            }
        }
    };
}

pub(super) use over;

const SECRET: &str = "hunter2";

/// sqlx's own pool on three cakes without fruit.
pub(super) async fn cakes<DB: Backend>(name: &str) -> sqlx::Pool<DB> {
    let pool = raw_pool::<DB>(&format!("sea_orm_{name}"), 3).await;
    let db = DB::connection(pool.clone());
    for sql in [
        &format!(
            "CREATE TABLE cake (id {}, name VARCHAR(80) NOT NULL UNIQUE, price INTEGER NOT NULL)",
            DB::KEY
        ),
        &format!("CREATE TABLE fruit (id {}, name VARCHAR(80) NOT NULL, cake_id INTEGER)", DB::KEY),
        "INSERT INTO cake (name, price) VALUES ('cheese', 5), ('lemon', 7), ('plum', 9)",
    ] {
        db.execute_unprepared(sql).await.unwrap();
    }
    pool
}

pub(super) fn observed<DB: Backend>(pool: sqlx::Pool<DB>) -> Connection {
    Connection::configured(DB::connection(pool), |target| DB::described(target).namespace("bakery"))
}

fn named(name: &str) -> cake::ActiveModel {
    cake::ActiveModel { name: Set(name.to_owned()), price: Set(1), ..Default::default() }
}

/// The names that are expected, of which `INSERT` and `UPDATE` ask for the row again where the
/// database doesn't return it.
fn expected<DB: Backend>(operations: &[&str]) -> Vec<String> {
    let quoted = |operation: &str| operation.replace('"', &DB::QUOTE.to_string());
    let mut names = Vec::new();
    for operation in operations {
        names.push(quoted(operation));
        if !DB::RETURNING && (operation.starts_with("INSERT") || operation.starts_with("UPDATE")) {
            names.push(quoted("SELECT \"cake\""));
        }
    }
    names
}

#[track_caller]
fn assert_names<DB: Backend>(spans: &[CapturedSpan], operations: &[&str]) {
    let names: Vec<_> = spans.iter().map(|span| span.name.to_string()).collect();
    assert_eq!(names, expected::<DB>(operations));
    for span in spans {
        assert_eq!(text(span, "db.system.name"), Some(DB::PRODUCT), "{span:#?}");
        assert_eq!(text(span, "db.namespace"), Some("bakery"), "{span:#?}");
    }
}

pub(super) async fn entities<DB: Backend>() {
    let capture = Capture::start();
    let db = observed(cakes::<DB>("entities").await);
    let work = async {
        assert_eq!(cake::Entity::find().all(&db).await.unwrap().len(), 3);
        let lemon = cake::Entity::find_by_id(2).one(&db).await.unwrap().unwrap();
        assert_eq!(lemon.name, "lemon");
        assert_eq!(cake::Entity::find_by_id(9).one(&db).await.unwrap(), None);
        assert_eq!(cake::Entity::find().count(&db).await.unwrap(), 3);
        let mut made: cake::ActiveModel = named(SECRET).insert(&db).await.unwrap().into();
        made.price = Set(4);
        made.update(&db).await.unwrap().delete(&db).await.unwrap();
        let both = cake::Entity::find().find_with_related(fruit::Entity).all(&db).await.unwrap();
        assert_eq!(both.len(), 3);
    };
    capture.run_async(work).await;
    let spans = capture.spans();
    assert_names::<DB>(
        &spans,
        &[
            "SELECT \"cake\"",
            "SELECT \"cake\"",
            "SELECT \"cake\"",
            "SELECT SELECT \"cake\"",
            "INSERT \"cake\"",
            "UPDATE \"cake\"",
            "DELETE \"cake\"",
            "SELECT \"cake\" \"fruit\"",
        ],
    );
    for span in &spans {
        span.expect_no_error();
        assert!(text(span, "db.query.text").is_some(), "{span:#?}");
    }
    for (span, rows) in spans.iter().zip([3, 1, 0, 1]) {
        span.expect_attribute("db.response.returned_rows", rows);
    }
    let deleted = spans.iter().find(|span| span.name.starts_with("DELETE")).unwrap();
    deleted.expect_attribute("telemetry.db.affected_rows", 1);
    assert!(!format!("{spans:?}{:?}", capture.metrics()).contains(SECRET));
    assert_each_once(&capture, spans.len());
}

pub(super) async fn paginator<DB: Backend>() {
    let capture = Capture::start();
    let db = observed(cakes::<DB>("paginator").await);
    let work = async {
        let mut pages = cake::Entity::find().order_by_asc(cake::Column::Id).paginate(&db, 2);
        let mut found = Vec::new();
        while let Some(page) = pages.fetch_and_next().await.unwrap() {
            found.push(page.len());
        }
        assert_eq!(found, [2, 1]);
    };
    capture.run_async(work).await;
    let spans = capture.spans();
    assert_names::<DB>(&spans, &["SELECT \"cake\""; 3]);
    for (span, rows) in spans.iter().zip([2, 1, 0]) {
        span.expect_attribute("db.response.returned_rows", rows);
    }
}

pub(super) async fn transactions<DB: Backend>() {
    let capture = Capture::start();
    let db = observed(cakes::<DB>("transactions").await);
    let work = async {
        let outer = db.begin().await.unwrap();
        named("one").insert(&outer).await.unwrap();
        let inner = outer.begin().await.unwrap();
        named("two").insert(&inner).await.unwrap();
        inner.rollback().await.unwrap();
        let kept = outer.begin().await.unwrap();
        named("three").insert(&kept).await.unwrap();
        kept.commit().await.unwrap();
        outer.commit().await.unwrap();
        let dropped = db.begin().await.unwrap();
        named("four").insert(&dropped).await.unwrap();
        drop(dropped);
        let closed = db.transaction::<_, (), DbErr>(|tx| {
            Box::pin(async move {
                named("five").insert(tx).await?;
                Err(DbErr::Custom("no".into()))
            })
        });
        closed.await.unwrap_err();
        assert_eq!(cake::Entity::find().count(&db).await.unwrap(), 5);
    };
    capture.run_async(span!("request").run(work)).await;
    let mut spans = capture.spans();
    let request = spans.pop().unwrap();
    assert_eq!(request.name, "request");
    assert_names::<DB>(
        &spans,
        &[
            "BEGIN",
            "INSERT \"cake\"",
            "SAVEPOINT",
            "INSERT \"cake\"",
            "ROLLBACK TO SAVEPOINT",
            "SAVEPOINT",
            "INSERT \"cake\"",
            "RELEASE SAVEPOINT",
            "COMMIT",
            "BEGIN",
            "INSERT \"cake\"",
            "ROLLBACK",
            "BEGIN",
            "INSERT \"cake\"",
            "ROLLBACK",
            "SELECT SELECT \"cake\"",
        ],
    );
    for span in &spans {
        span.expect_child_of(&request).expect_no_error();
    }
    let mut rollbacks = spans.iter().filter(|span| span.name == "ROLLBACK");
    rollbacks.next().unwrap().expect_outcome("dropped");
    rollbacks.next().unwrap().expect_no_attribute("telemetry.outcome");
    capture.assert_ledger_balances();
}

pub(super) async fn raw_and_streams<DB: Backend>() {
    let capture = Capture::start();
    let db = observed(cakes::<DB>("raw").await);
    let backend = ConnectionTrait::get_database_backend(&db);
    let cheaper = || {
        let sql = DB::placeholders("SELECT name FROM cake WHERE price < ?");
        Statement::from_sql_and_values(backend, sql, [8.into()])
    };
    let work = async {
        assert_eq!(db.query_all_raw(cheaper()).await.unwrap().len(), 2);
        let count = Statement::from_string(backend, "SELECT count(*) FROM cake WHERE price > 6");
        let row = db.query_one_raw(count).await.unwrap().unwrap();
        assert_eq!(row.try_get_by_index::<i64>(0).unwrap(), 2);
        let done = db.execute_unprepared("UPDATE cake SET price = price + 1").await.unwrap();
        assert_eq!(done.rows_affected(), 3);

        let all: Vec<_> =
            cake::Entity::find().stream(&db).await.unwrap().try_collect().await.unwrap();
        assert_eq!(all.len(), 3);
        let mut some = cake::Entity::find().stream(&db).await.unwrap();
        some.try_next().await.unwrap().unwrap();
        drop(some);
        let tx = db.begin().await.unwrap();
        let rows: Vec<_> = tx.stream_raw(cheaper()).await.unwrap().try_collect().await.unwrap();
        assert_eq!(rows.len(), 1);
        tx.commit().await.unwrap();
    };
    capture.run_async(work).await;
    let spans = capture.spans();
    let names = [
        "SELECT cake",
        "SELECT cake",
        "UPDATE cake",
        "SELECT \"cake\"",
        "SELECT \"cake\"",
        "BEGIN",
        "SELECT cake",
        "COMMIT",
    ];
    let told: Vec<_> = spans.iter().map(|span| span.name.to_string()).collect();
    assert_eq!(told, names.map(|name| name.replace('"', &DB::QUOTE.to_string())));
    for (span, rows) in [(0, 2), (1, 1), (3, 3), (4, 1), (6, 1)] {
        spans[span].expect_attribute("db.response.returned_rows", rows);
    }
    // The value is within the text, and is taken out of it.
    spans[1].expect_attribute("db.query.text", "SELECT count(*) FROM cake WHERE price > ?");
    spans[4].expect_outcome("cancelled");
    spans[3].expect_no_attribute("telemetry.outcome");
    assert_each_once(&capture, names.len());
}

pub(super) async fn failures<DB: Backend>() {
    let capture = Capture::start();
    let db = observed(cakes::<DB>("failures").await);
    let work = async {
        named("cheese").insert(&db).await.unwrap_err();
        db.execute_unprepared(&format!("SELEC '{SECRET}'")).await.unwrap_err();
    };
    capture.run_async(work).await;
    let spans = capture.spans();
    assert_eq!(spans.len(), 2);
    for (span, code) in spans.iter().zip(DB::CODES) {
        span.expect_error(code).expect_attribute("db.response.status_code", code);
    }
    assert!(!format!("{spans:?}{:?}", capture.events()).contains(SECRET));
}

/// Both wrappers on one pool see what they did themselves, and the pool is counted once.
pub(super) async fn both_wrappers<DB: Backend>()
where
    DB::Arguments: IntoArguments<DB>,
    for<'c> &'c mut DB::Connection: sqlx::Executor<'c, Database = DB>,
    usize: ColumnIndex<DB::Row>,
{
    let capture = Capture::start();
    let raw = cakes::<DB>("both").await;
    let work = async {
        let pool = Pool::configured(raw, |target| DB::described(target).namespace("bakery"));
        let db = observed(pool.raw().clone());
        let sql = AssertSqlSafe("INSERT INTO cake (name, price) VALUES ('apple', 3)".to_owned());
        sqlx::query::<DB>(sql).execute(&pool).await.unwrap();
        assert_eq!(cake::Entity::find().count(&db).await.unwrap(), 4);
        let tx = db.begin().await.unwrap();
        // That of the operation before comes back in a task of its own.
        let lent_to_tx = async {
            while used(&capture.metrics(), pool.name()) != 1.0 {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(PATIENCE, lent_to_tx).await.unwrap();
        tx.commit().await.unwrap();
        comes_to_rest(&capture, pool.name()).await;
    };
    capture.run_async(work).await;
    let names: Vec<_> = capture.spans().iter().map(|span| span.name.to_string()).collect();
    let counted = format!("SELECT SELECT {0}cake{0}", DB::QUOTE);
    assert_eq!(names, ["INSERT cake", &counted, "BEGIN", "COMMIT"]);
    assert_each_once(&capture, 4);
}
