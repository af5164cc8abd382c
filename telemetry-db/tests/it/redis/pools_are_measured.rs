use std::time::Duration;

use deadpool_redis::{Manager, Runtime};
use futures_util::poll;
use redis::AsyncCommands;
use telemetry_core::testing::Capture;
use telemetry_db::redis::Pool;

use super::server::{Server, unhurried};
use crate::support::names;

fn pool(server: &Server, name: &str, size: usize, wait: Duration) -> Pool {
    let url = format!("unix://{}", server.socket().display());
    let manager = Manager::new_with_config(url, unhurried()).unwrap();
    let pool = deadpool_redis::Pool::builder(manager)
        .max_size(size)
        .wait_timeout(Some(wait))
        .runtime(Runtime::Tokio1)
        .build()
        .unwrap();
    Pool::configured(pool, |target| target.pool_named(name))
}

#[tokio::test]
async fn connections_are_counted_while_they_are_lent() {
    let server = Server::start();
    let capture = Capture::start();
    let work = async {
        let pool = pool(&server, "redis-lent", 2, Duration::from_secs(60));
        let connections = |state| {
            let labels = [
                ("db.client.connection.pool.name", "redis-lent"),
                ("db.client.connection.state", state),
            ];
            capture.metrics().sum("db.client.connection.count", &labels)
        };
        let mut first = pool.get().await.unwrap();
        first.set::<_, _, ()>("n:1", 1).await.unwrap();
        let second = pool.get().await.unwrap();
        assert_eq!((connections("used"), connections("idle")), (2.0, 0.0));
        let mut third = Box::pin(pool.get());
        assert!(poll!(&mut third).is_pending());
        let pending = capture.metrics().sum("db.client.connection.pending_requests", &[]);
        assert_eq!(pending, 1.0);
        drop(second);
        let third = third.await.unwrap();
        drop((first, third));
        assert_eq!((connections("used"), connections("idle")), (0.0, 2.0));
        let name = [("db.client.connection.pool.name", "redis-lent")];
        capture.expect_sum("db.client.connection.max", &name, 2.0);
        capture.expect_sum("db.client.connection.pending_requests", &name, 0.0);
        capture.expect_count("db.client.connection.wait_time", &name, 3);
        capture.expect_count("db.client.connection.use_time", &name, 3);
    };
    capture.run_async(work).await;
    // The pool's own PING is no operation of ours.
    assert_eq!(names(&capture.spans()), ["SET"]);
}

#[tokio::test]
async fn an_exhausted_pool_is_counted() {
    let server = Server::start();
    let capture = Capture::start();
    let work = async {
        let pool = pool(&server, "redis-tight", 1, Duration::from_millis(50));
        let held = pool.get().await.unwrap();
        pool.get().await.unwrap_err();
        drop(held);
        let name = [("db.client.connection.pool.name", "redis-tight")];
        capture.expect_sum("db.client.connection.timeouts", &name, 1.0);
        capture.expect_sum("db.client.connection.pending_requests", &name, 0.0);
    };
    capture.run_async(work).await;
}
