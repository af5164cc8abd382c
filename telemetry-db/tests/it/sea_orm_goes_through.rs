//! What a connection of sea-orm that is wrapped does besides that which all databases do alike.

use sea_orm::entity::prelude::*;
use sea_orm::{
    ConnectOptions, Database, DatabaseConnection, DbBackend, Set, Statement, TransactionError,
    TransactionSession, TransactionTrait, Values,
};
use telemetry_core::testing::Capture;
use telemetry_db::sea_orm::Connection;

use crate::built_by_sea_orm::cake;
use crate::support::{self, names};

const SECRET: &str = "hunter2";

async fn unobserved() -> DatabaseConnection {
    let mut options = ConnectOptions::new("sqlite::memory:");
    // Each connection would have a database of its own.
    options.max_connections(1).min_connections(1).sqlx_logging(false);
    let db = Database::connect(options).await.unwrap();
    db.execute_unprepared(
        "CREATE TABLE cake (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, price INTEGER NOT NULL);
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
async fn a_pool_that_is_closed_fails_without_a_code() {
    let capture = Capture::start();
    let db = connect().await;
    let work = async {
        db.clone().raw().clone().close().await.unwrap();
        cake::Entity::find().all(&db).await.unwrap_err();
    };
    capture.run_async(work).await;
    let spans = capture.spans();
    spans[0].expect_error("pool_closed").expect_no_attribute("db.response.status_code");
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
