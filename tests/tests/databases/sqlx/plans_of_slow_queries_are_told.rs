//! Plans of slow queries with parameters: PostgreSQL tells them from version 16 on, for whatever values.

use std::time::Duration;

use sqlx::Postgres;
use sqlx::pool::PoolOptions;
use telemetry_core::testing::{Capture, CapturedLog};
use telemetry_db::sqlx::PgPool;
use telemetry_tests::{PATIENCE, servers};

use super::servers::{Product, postgres_told};

const QUERY: &str = "SELECT id FROM tickets WHERE title = $1 AND id > $2";

/// An observed pool with three connections and a table, for which every query is a slow one.
async fn pool(options: sqlx::postgres::PgConnectOptions) -> PgPool {
    let raw = PoolOptions::<Postgres>::new()
        .max_connections(3)
        .acquire_timeout(PATIENCE)
        .connect_with(options)
        .await
        .unwrap();
    sqlx::raw_sql("CREATE TABLE tickets (id BIGINT PRIMARY KEY, title TEXT NOT NULL)")
        .execute(&raw)
        .await
        .unwrap();
    // So many that one is free beside the one in use.
    let all = (raw.acquire().await.unwrap(), raw.acquire().await.unwrap());
    drop(all);
    PgPool::configured(raw, |target| target.slow_after(Duration::ZERO).explain_slow())
}

/// Runs the query again until its plan is told: nobody asks while the connections are in use.
async fn plan_of(capture: &Capture, pool: &PgPool, query: &'static str) -> CapturedLog {
    let deadline = std::time::Instant::now() + PATIENCE;
    loop {
        let found = sqlx::query(query).bind("hunter2").bind(7_i64).fetch_all(pool);
        assert!(found.await.unwrap().is_empty());
        tokio::time::sleep(Duration::from_millis(5)).await;
        let told = capture.events().into_iter().find(|event| {
            event.event_name == "telemetry.db.query_plan"
                && event.attribute("db.query.text").is_some_and(|text| *text == query)
        });
        if let Some(told) = told {
            return told;
        }
        assert!(std::time::Instant::now() < deadline, "no plan: {:#?}", capture.events());
    }
}

#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
#[tokio::test]
async fn postgres_18_tells_the_plan_of_whatever_values() {
    let server = servers::Postgres::start_18();
    let pool = pool(server.url().parse().unwrap()).await;
    let version: String =
        sqlx::query_scalar("SHOW server_version").fetch_one(pool.raw()).await.unwrap();
    assert!(version.starts_with("18"), "{version}");
    let capture = Capture::start();
    let told = capture.run_async(plan_of(&capture, &pool, QUERY)).await;
    let plan = told.attribute("telemetry.db.plan").unwrap().to_string();
    // The very parameters, and the index.
    assert!(plan.contains("(title = $1)") && plan.contains("tickets"), "{plan}");
    assert!(plan.contains("(id > $2)"), "{plan}");
    assert!(!format!("{:?}{:?}", capture.events(), capture.spans()).contains("hunter2"));
    assert!(!server.told().contains("ERROR"), "{}", server.told());
    // Asking is no operation of the application.
    assert!(capture.spans().iter().all(|span| span.name == "SELECT tickets"));
}

#[tokio::test]
async fn a_postgres_before_16_is_not_asked_for_what_it_cannot_tell() {
    let pool = pool(Postgres::fresh("plans").await).await;
    let version: String =
        sqlx::query_scalar("SHOW server_version_num").fetch_one(pool.raw()).await.unwrap();
    let capture = Capture::start();
    if version.parse::<u32>().unwrap() >= 160_000 {
        // The system's own is a newer one, which can.
        capture.run_async(plan_of(&capture, &pool, QUERY)).await;
        return;
    }
    let work = async {
        for _ in 0..20 {
            let found = sqlx::query(QUERY).bind("hunter2").bind(7_i64);
            found.fetch_all(&pool).await.unwrap();
        }
        // What it can tell it is asked for, and by then would have been for the other.
        let deadline = std::time::Instant::now() + PATIENCE;
        let is_told =
            || capture.events().iter().any(|it| it.event_name == "telemetry.db.query_plan");
        while !is_told() {
            sqlx::query("SELECT title FROM tickets").fetch_all(&pool).await.unwrap();
            tokio::time::sleep(Duration::from_millis(5)).await;
            assert!(std::time::Instant::now() < deadline, "no plan: {:#?}", capture.events());
        }
    };
    capture.run_async(work).await;
    for event in capture.events() {
        if event.event_name == "telemetry.db.query_plan" {
            assert_eq!(event.attribute("db.query.text").unwrap(), &"SELECT title FROM tickets");
        }
    }
    let told = postgres_told();
    assert!(!told.to_ascii_lowercase().contains("generic_plan"), "{told}");
}
