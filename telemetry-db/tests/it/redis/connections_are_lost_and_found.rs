use std::time::{Duration, Instant};

use redis::AsyncCommands;
use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use telemetry_core::testing::Capture;
use telemetry_db::redis::Connection;

use super::server::Server;

/// Longer than a machine is ever busy.
const PATIENCE: Duration = Duration::from_secs(60);

#[tokio::test]
async fn a_server_that_is_killed_is_down_until_it_answers_again() {
    let mut server = Server::start();
    let config = ConnectionManagerConfig::new()
        .set_min_delay(Duration::from_millis(10))
        .set_max_delay(Duration::from_millis(50))
        .set_number_of_retries(2)
        .set_response_timeout(None)
        .set_connection_timeout(None);
    let manager = ConnectionManager::new_with_config(server.client(), config).await.unwrap();
    let mut redis = Connection::configured(manager, |target| target.pool_named("cache"));
    let capture = Capture::start();
    let pool = [("db.client.connection.pool.name", "cache")];
    let scope = async {
        redis.set::<_, _, ()>("n:1", 1).await.unwrap();
        assert_eq!(capture.metrics().sum("telemetry.db.connection.up", &pool), 1.0);

        server.kill();
        let started = Instant::now();
        while redis.get::<_, i64>("n:1").await.is_ok() {
            assert!(started.elapsed() < PATIENCE, "the server is dead and answers");
        }
        assert_eq!(capture.metrics().sum("telemetry.db.connection.up", &pool), 0.0);
        capture.expect_sum("telemetry.db.connection.reconnects", &pool, 0.0);

        server.restart();
        let started = Instant::now();
        while redis.get::<_, Option<i64>>("n:1").await.is_err() {
            assert!(started.elapsed() < PATIENCE, "the manager doesn't find the server again");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    capture.run_async(scope).await;
    assert_eq!(capture.metrics().sum("telemetry.db.connection.up", &pool), 1.0);
    capture.expect_sum("telemetry.db.connection.reconnects", &pool, 1.0);
    let failed: Vec<_> =
        capture.spans().into_iter().filter(|span| span.attribute("error.type").is_some()).collect();
    assert!(!failed.is_empty());
    for span in &failed {
        span.expect_no_attribute("db.response.status_code");
    }
    let errors = capture.metrics().sum("telemetry.db.connection.errors", &pool);
    assert_eq!(errors, failed.len() as f64);
    capture.assert_ledger_balances();
}
