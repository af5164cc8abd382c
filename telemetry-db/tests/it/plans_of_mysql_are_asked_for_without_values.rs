//! A server of MySQL's kind has no plan for whatever values: only what has none is explained.

use std::time::Duration;

use sqlx::Executor;
use sqlx::mysql::MySqlPoolOptions;
use telemetry_core::testing::{Capture, CapturedLog};
use telemetry_db::sqlx::MySqlPool;
use telemetry_servers::MariaDb;

use crate::support::eventually;

const PLAIN: [&str; 3] = [
    "SELECT title FROM tickets ORDER BY id",
    "SELECT title FROM tickets ORDER BY title",
    "SELECT id FROM tickets ORDER BY title",
];

fn plans(capture: &Capture) -> Vec<CapturedLog> {
    let events = capture.events().into_iter();
    events.filter(|event| event.event_name == "telemetry.db.query_plan").collect()
}

#[tokio::test]
async fn a_slow_query_with_parameters_is_not_explained_and_one_without_is() {
    let server = MariaDb::start();
    let options =
        MySqlPoolOptions::new().max_connections(3).acquire_timeout(Duration::from_secs(60));
    let raw = options.connect(&server.url()).await.unwrap();
    raw.execute("CREATE TABLE tickets (id INTEGER PRIMARY KEY, title VARCHAR(64) NOT NULL)")
        .await
        .unwrap();
    let pool = MySqlPool::configured(raw, |target| {
        target.system("mariadb").slow_after(Duration::ZERO).explain_slow()
    });
    let capture = Capture::start();
    let idle = || eventually("all are back", || pool.num_idle() == pool.size() as usize);
    let work = async {
        // Enough connections that one is free beside those in use.
        drop((pool.acquire().await.unwrap(), pool.acquire().await.unwrap()));
        idle().await;
        let by_title = sqlx::query("SELECT id FROM tickets WHERE title = ?");
        by_title.bind("hunter2").fetch_all(&pool).await.unwrap();
        idle().await;
        // Neither is one that shows a value.
        pool.execute("SELECT id FROM tickets WHERE title = 'hunter2'").await.unwrap();
        idle().await;
        // When one of these is told, the others would have been. A server that takes too long for a
        // plan is not waited for, but it is asked for the next query's.
        for query in PLAIN {
            pool.execute(query).await.unwrap();
            idle().await;
            if !plans(&capture).is_empty() {
                return;
            }
        }
    };
    capture.run_async(work).await;
    let told = plans(&capture);
    assert_eq!(told.len(), 1, "{told:#?}");
    let text = |key: &str| told[0].attribute(key).unwrap().to_string();
    assert!(PLAIN.contains(&&*text("db.query.text")), "{told:#?}");
    let plan = text("telemetry.db.plan");
    assert!(plan.contains("query_block") && plan.contains("tickets"), "{plan}");
    let spans = capture.spans();
    assert!(spans.iter().all(|span| !span.name.contains("EXPLAIN")), "{spans:#?}");
    assert!(!format!("{told:?}{spans:?}").contains("hunter2"));
    pool.close().await;
}
