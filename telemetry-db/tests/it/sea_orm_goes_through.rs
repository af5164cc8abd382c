//! The idioms of sea-orm's documentation on a wrapped connection, on a real SQLite.

use futures_util::TryStreamExt;
use sea_orm::entity::prelude::*;
use sea_orm::{
    ConnectOptions, Database, DatabaseConnection, DbBackend, QueryOrder, Set, SqlxSqliteConnector,
    Statement, StreamTrait, TransactionError, TransactionSession, TransactionTrait, Values,
};
use telemetry_core::span;
use telemetry_core::testing::Capture;
use telemetry_db::sea_orm::Connection;
use telemetry_db::sqlx::SqlitePool;

use crate::built_by_sea_orm::{cake, fruit};
use crate::support::{self, names};

const SECRET: &str = "hunter2";

async fn unobserved() -> DatabaseConnection {
    let mut options = ConnectOptions::new("sqlite::memory:");
    // Each connection would have a database of its own.
    options.max_connections(1).min_connections(1).sqlx_logging(false);
    let db = Database::connect(options).await.unwrap();
    db.execute_unprepared(
        "CREATE TABLE cake (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, price INTEGER NOT NULL);
         CREATE TABLE fruit (id INTEGER PRIMARY KEY, name TEXT NOT NULL, cake_id INTEGER);
         INSERT INTO cake (name, price) VALUES ('cheese', 5), ('lemon', 7), ('plum', 9);",
    )
    .await
    .unwrap();
    db
}

async fn connect() -> Connection {
    Connection::configured(unobserved().await, |target| target.namespace(":memory:"))
}

/// A function as applications have them.
async fn cake_of<C: ConnectionTrait>(db: &C, id: i32) -> Option<cake::Model> {
    cake::Entity::find_by_id(id).one(db).await.unwrap()
}

fn named(name: &str) -> cake::ActiveModel {
    cake::ActiveModel { name: Set(name.to_owned()), price: Set(1), ..Default::default() }
}

#[tokio::test]
async fn entities_are_found_counted_changed_and_deleted() {
    let capture = Capture::start();
    let db = connect().await;
    let work = async {
        assert_eq!(cake::Entity::find().all(&db).await.unwrap().len(), 3);
        assert_eq!(cake_of(&db, 2).await.unwrap().name, "lemon");
        assert_eq!(cake_of(&db, 9).await, None);
        assert_eq!(cake::Entity::find().count(&db).await.unwrap(), 3);
        let mut made: cake::ActiveModel = named("apple").insert(&db).await.unwrap().into();
        made.price = Set(4);
        made.update(&db).await.unwrap().delete(&db).await.unwrap();
        let both = cake::Entity::find().find_with_related(fruit::Entity).all(&db).await.unwrap();
        assert_eq!(both.len(), 3);
    };
    capture.run_async(work).await;
    let spans = capture.spans();
    assert_eq!(
        names(&spans),
        [
            "SELECT \"cake\"",
            "SELECT \"cake\"",
            "SELECT \"cake\"",
            "SELECT SELECT \"cake\"",
            "INSERT \"cake\"",
            "UPDATE \"cake\"",
            "DELETE \"cake\"",
            "SELECT \"cake\" \"fruit\"",
        ]
    );
    for span in &spans {
        span.expect_attribute("db.system.name", "sqlite")
            .expect_attribute("db.namespace", ":memory:")
            .expect_no_error()
            .expect_no_attribute("db.query.parameter.0");
        assert!(span.attribute("db.query.text").is_some(), "{span:#?}");
    }
    for (span, rows) in spans.iter().zip([3, 1, 0, 1, 1, 1]) {
        span.expect_attribute("db.response.returned_rows", rows);
    }
    spans[6].expect_attribute("telemetry.db.affected_rows", 1);
    let labels = [("db.query.summary", "SELECT \"cake\"")];
    capture.expect_count("db.client.operation.duration", &labels, 3);
}

#[tokio::test]
async fn a_paginator_makes_an_operation_of_each_page() {
    let capture = Capture::start();
    let db = connect().await;
    let work = async {
        let mut pages = cake::Entity::find().order_by_asc(cake::Column::Id).paginate(&db, 2);
        let mut found = Vec::new();
        while let Some(page) = pages.fetch_and_next().await.unwrap() {
            found.push(page.len());
        }
        assert_eq!(found, [2, 1]);
    };
    capture.run_async(work).await;
    let rows: Vec<_> = capture.spans();
    assert_eq!(rows.len(), 3);
    for (span, expected) in rows.iter().zip([2, 1, 0]) {
        span.expect_attribute("db.response.returned_rows", expected);
    }
}

#[tokio::test]
async fn transactions_nest_commit_and_roll_back() {
    let capture = Capture::start();
    let db = connect().await;
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
        assert_eq!(cake::Entity::find().count(&db).await.unwrap(), 5);
    };
    capture.run_async(span!("request").run(work)).await;
    let spans = capture.spans();
    let expected = [
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
        "SELECT SELECT \"cake\"",
        "request",
    ];
    assert_eq!(names(&spans), expected);
    let request = &spans[13];
    for span in &spans[..13] {
        span.expect_child_of(request).expect_no_error();
    }
    spans[11].expect_outcome("dropped");
    spans[4].expect_no_attribute("telemetry.outcome");
}

#[tokio::test]
async fn a_closure_is_committed_or_rolled_back_by_its_result() {
    let capture = Capture::start();
    let db = connect().await;
    let work = async {
        db.transaction::<_, (), DbErr>(|tx| {
            Box::pin(async move { named("one").insert(tx).await.map(drop) })
        })
        .await
        .unwrap();
        let failed = db
            .transaction::<_, (), DbErr>(|tx| {
                Box::pin(async move {
                    named("two").insert(tx).await?;
                    Err(DbErr::Custom("no".into()))
                })
            })
            .await;
        assert!(matches!(failed, Err(TransactionError::Transaction(DbErr::Custom(_)))));
        assert_eq!(cake::Entity::find().count(&db).await.unwrap(), 4);
    };
    capture.run_async(work).await;
    let spans = capture.spans();
    assert_eq!(
        names(&spans)[..6],
        ["BEGIN", "INSERT \"cake\"", "COMMIT", "BEGIN", "INSERT \"cake\"", "ROLLBACK"]
    );
    for span in &spans {
        span.expect_no_error().expect_no_attribute("telemetry.outcome");
    }
}

#[tokio::test]
async fn streams_count_their_rows_and_end_once() {
    let capture = Capture::start();
    let db = connect().await;
    let work = async {
        let all: Vec<_> =
            cake::Entity::find().stream(&db).await.unwrap().try_collect().await.unwrap();
        assert_eq!(all.len(), 3);
        let mut some = cake::Entity::find().stream(&db).await.unwrap();
        some.try_next().await.unwrap().unwrap();
        drop(some);
        let tx = db.begin().await.unwrap();
        let raw = Statement::from_string(DbBackend::Sqlite, "SELECT name FROM cake");
        let rows: Vec<_> = tx.stream_raw(raw).await.unwrap().try_collect().await.unwrap();
        assert_eq!(rows.len(), 3);
        tx.commit().await.unwrap();
    };
    capture.run_async(work).await;
    let spans = capture.spans();
    assert_eq!(
        names(&spans),
        ["SELECT \"cake\"", "SELECT \"cake\"", "BEGIN", "SELECT cake", "COMMIT"]
    );
    spans[0].expect_attribute("db.response.returned_rows", 3);
    spans[0].expect_no_attribute("telemetry.outcome");
    spans[1].expect_attribute("db.response.returned_rows", 1).expect_outcome("cancelled");
    spans[3].expect_attribute("db.response.returned_rows", 3);
}

#[tokio::test]
async fn failures_have_the_databases_code() {
    let capture = Capture::start();
    let db = connect().await;
    let work = async {
        named("cheese").insert(&db).await.unwrap_err();
        db.execute_unprepared("SELEC 1").await.unwrap_err();
        db.clone().raw().clone().close().await.unwrap();
        cake::Entity::find().all(&db).await.unwrap_err();
    };
    capture.run_async(work).await;
    let spans = capture.spans();
    // SQLITE_CONSTRAINT_UNIQUE, and SQLITE_ERROR.
    spans[0].expect_error("2067").expect_attribute("db.response.status_code", "2067");
    spans[1].expect_error("1").expect_attribute("db.response.status_code", "1");
    spans[2].expect_error("pool_closed").expect_no_attribute("db.response.status_code");
}

#[tokio::test]
async fn values_are_shown_only_to_those_who_ask() {
    let capture = Capture::start();
    let quiet = connect().await;
    let loud = connect().await.with_parameters();
    let query = |db: Connection| async move {
        let long = "é".repeat(400);
        let values = Values(vec![
            SECRET.into(),
            7.into(),
            Option::<i32>::None.into(),
            long.into(),
            vec![1_u8, 2].into(),
        ]);
        let sql = "SELECT ?, ?, ?, ?, ?";
        let statement =
            Statement { sql: sql.into(), values: Some(values), db_backend: DbBackend::Sqlite };
        db.query_one_raw(statement).await.unwrap();
        // No values beside the text: it may hold them itself.
        let built = Statement {
            sql: format!("SELECT '{SECRET}'"),
            values: Some(Values(vec![])),
            db_backend: DbBackend::Sqlite,
        };
        db.query_one_raw(built).await.unwrap();
        db.execute_unprepared(&format!("SELECT '{SECRET}'")).await.unwrap();
        cake::Entity::find().filter(cake::Column::Name.eq(SECRET)).all(&db).await.unwrap();
    };
    capture.run_async(query(quiet)).await;
    let everything =
        format!("{:?}\n{:?}\n{:?}", capture.spans(), capture.events(), capture.metrics());
    assert!(!everything.contains(SECRET), "{everything}");
    let before = capture.spans().len();
    capture.run_async(query(loud)).await;
    let spans = capture.spans();
    let shown = &spans[before];
    shown
        .expect_attribute("db.query.parameter.0", SECRET)
        .expect_attribute("db.query.parameter.1", "7")
        .expect_attribute("db.query.parameter.2", "NULL")
        .expect_attribute("db.query.parameter.3", "é".repeat(128).as_str())
        .expect_attribute("db.query.parameter.4", "2 bytes")
        .expect_no_attribute("db.query.parameter.5");
    // Beside the parameters nothing shows it still.
    assert!(!format!("{:?}", &spans[before + 1..before + 3]).contains(SECRET));
    assert!(!format!("{:?}", capture.metrics()).contains(SECRET));
}

#[tokio::test]
async fn a_query_that_is_given_up_is_cancelled() {
    let capture = Capture::start();
    let db = connect().await;
    let work = async {
        let mut query = Box::pin(db.execute_unprepared(support::LONG));
        assert!(futures_util::poll!(&mut query).is_pending());
        drop(query);
    };
    capture.run_async(work).await;
    let spans = capture.spans();
    assert_eq!(spans.len(), 1);
    spans[0].expect_outcome("cancelled");
}

/// Both wrappers on one pool see what they did themselves, and the pool is counted once.
#[tokio::test]
async fn one_pool_serves_both_wrappers() {
    let capture = Capture::start();
    let pool = support::raw_pool("sea_orm_and_sqlx", 2).await;
    let work = async {
        let sqlx = SqlitePool::new(pool.clone());
        let sea = Connection::new(SqlxSqliteConnector::from_sqlx_sqlite_pool(sqlx.raw().clone()));
        sqlx::query("INSERT INTO tickets (title) VALUES ('four')").execute(&sqlx).await.unwrap();
        let count = Statement::from_string(DbBackend::Sqlite, "SELECT count(*) FROM tickets");
        let row = sea.query_one_raw(count).await.unwrap().unwrap();
        assert_eq!(row.try_get_by_index::<i64>(0).unwrap(), 4);
    };
    capture.run_async(work).await;
    assert_eq!(names(&capture.spans()), ["INSERT tickets", "SELECT tickets"]);
}

#[tokio::test]
async fn futures_may_be_spawned() {
    let capture = Capture::start();
    let db = connect().await;
    let task = tokio::spawn(capture.run_async(async move {
        let tx = db.begin().await.unwrap();
        let found = cake_of(&tx, 1).await.unwrap().name;
        tx.commit().await.unwrap();
        found
    }));
    assert_eq!(task.await.unwrap(), "cheese");
    assert_eq!(names(&capture.spans()), ["BEGIN", "SELECT \"cake\"", "COMMIT"]);
}

#[tokio::test]
async fn without_a_pipeline_nothing_is_different() {
    let db = connect().await.with_parameters();
    assert_eq!(cake::Entity::find().all(&db).await.unwrap().len(), 3);
    let tx = db.begin().await.unwrap();
    named("one").insert(&tx).await.unwrap();
    drop(tx);
    assert_eq!(cake::Entity::find().count(&db).await.unwrap(), 3);
}
