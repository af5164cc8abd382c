//! The macros of sqlx that check a query when it is compiled, against what is written down in `.sqlx`, on
//! the stand-ins for PostgreSQL and MariaDB.
//!
//! What is known of a query is kept by its text, so a text is of one database alone.

use futures_util::TryStreamExt;
use sqlx::{MySql, Postgres};
use telemetry_core::testing::Capture;

use super::servers::{Product, raw_pool};
use super::support::{assert_each_once, text};

#[derive(Debug, PartialEq)]
struct Ticket {
    id: i64,
    title: String,
}

const TABLE: &str =
    "CREATE TABLE tickets (id BIGINT NOT NULL PRIMARY KEY, title VARCHAR(200) NOT NULL)";

const NAMES: [&str; 6] =
    ["BEGIN", "INSERT tickets", "COMMIT", "SELECT tickets", "SELECT tickets", "SELECT tickets"];

fn assert_told(capture: &Capture, system: &str) {
    let spans = capture.spans();
    let names: Vec<_> = spans.iter().map(|span| span.name.to_string()).collect();
    assert_eq!(names, NAMES);
    for (span, (key, rows)) in [
        (1, ("telemetry.db.affected_rows", 2)),
        (3, ("db.response.returned_rows", 1)),
        (4, ("db.response.returned_rows", 2)),
        (5, ("db.response.returned_rows", 1)),
    ] {
        assert_eq!(text(&spans[span], "db.system.name"), Some(system));
        spans[span].expect_attribute(key, rows);
    }
    assert!(!format!("{spans:?}").contains("hunter2"));
    assert_each_once(capture, NAMES.len());
}

#[tokio::test]
async fn postgres() {
    let raw = raw_pool::<Postgres>("checked", 2).await;
    sqlx::raw_sql(TABLE).execute(&raw).await.unwrap();
    let pool = Postgres::observe(raw);
    let capture = Capture::start();
    let work = async {
        let mut tx = pool.begin().await.unwrap();
        let sql = sqlx::query!(
            "INSERT INTO tickets (id, title) VALUES ($1, 'one'), ($2, $3)",
            1,
            2,
            "hunter2"
        );
        sql.execute(&mut *tx).await.unwrap();
        tx.commit().await.unwrap();
        let one = sqlx::query!("SELECT id, title FROM tickets WHERE id = $1", 1)
            .fetch_one(&pool)
            .await
            .unwrap();
        assert_eq!((one.id, &*one.title), (1, "one"));
        let ids = [1_i64, 2];
        let all: Vec<Ticket> = sqlx::query_as!(
            Ticket,
            "SELECT id, title FROM tickets WHERE id = ANY($1) ORDER BY id",
            &ids
        )
        .fetch(&pool)
        .try_collect()
        .await
        .unwrap();
        assert_eq!(all[1], Ticket { id: 2, title: "hunter2".to_owned() });
        let mut connection = pool.acquire().await.unwrap();
        let count = sqlx::query_scalar!("SELECT count(id) FROM tickets")
            .fetch_one(&mut *connection)
            .await
            .unwrap();
        assert_eq!(count, Some(2));
    };
    capture.run_async(work).await;
    assert_told(&capture, "postgresql");
}

#[tokio::test]
async fn mariadb() {
    let raw = raw_pool::<MySql>("checked", 2).await;
    sqlx::raw_sql(TABLE).execute(&raw).await.unwrap();
    let pool = MySql::observe(raw);
    let capture = Capture::start();
    let work = async {
        let mut tx = pool.begin().await.unwrap();
        let sql = sqlx::query!(
            "INSERT INTO tickets (id, title) VALUES (?, 'one'), (?, ?)",
            1,
            2,
            "hunter2"
        );
        sql.execute(&mut *tx).await.unwrap();
        tx.commit().await.unwrap();
        let one = sqlx::query!("SELECT id, title FROM tickets WHERE id = ? LIMIT 1", 1)
            .fetch_one(&pool)
            .await
            .unwrap();
        assert_eq!((one.id, &*one.title), (1, "one"));
        let all: Vec<Ticket> =
            sqlx::query_as!(Ticket, "SELECT id, title FROM tickets ORDER BY id ASC")
                .fetch(&pool)
                .try_collect()
                .await
                .unwrap();
        assert_eq!(all[1], Ticket { id: 2, title: "hunter2".to_owned() });
        let mut connection = pool.acquire().await.unwrap();
        let count = sqlx::query_scalar!("SELECT count(title) FROM tickets")
            .fetch_one(&mut *connection)
            .await
            .unwrap();
        assert_eq!(count, 2);
    };
    capture.run_async(work).await;
    assert_told(&capture, "mariadb");
}
