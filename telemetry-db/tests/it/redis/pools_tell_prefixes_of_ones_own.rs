use deadpool_redis::{Manager, Runtime};
use redis::AsyncCommands;
use redis::aio::ConnectionLike;
use telemetry_core::testing::Capture;
use telemetry_db::redis::{Pool, Prefixes, target};

use super::server::{Server, unhurried};

fn raw(server: &Server) -> deadpool_redis::Pool {
    let url = format!("unix://{}", server.socket().display());
    let manager = Manager::new_with_config(url, unhurried()).unwrap();
    deadpool_redis::Pool::builder(manager).max_size(2).runtime(Runtime::Tokio1).build().unwrap()
}

fn lookups(capture: &Capture, prefix: &str, result: &str) -> f64 {
    let labels = [("telemetry.db.key.prefix", prefix), ("telemetry.db.lookup.result", result)];
    capture.metrics().sum("telemetry.db.lookups", &labels)
}

#[tokio::test]
async fn every_connection_of_a_pool_counts_by_the_pools_rule() {
    let server = Server::start();
    let capture = Capture::start();
    let work = async {
        // Keys that begin with a name: what they are comes after it.
        let rule = Prefixes::known(["alice:cart:", "bob:cart:"]);
        let pool = Pool::new(raw(&server)).with_prefixes(rule);
        let (mut one, mut other) = (pool.get().await.unwrap(), pool.get().await.unwrap());
        one.set::<_, _, ()>("alice:cart:1", "a").await.unwrap();
        one.get::<_, Option<String>>("alice:cart:1").await.unwrap();
        other.get::<_, Option<String>>("bob:cart:1").await.unwrap();
        other.get::<_, Option<String>>("carol:cart:1").await.unwrap();
    };
    capture.run_async(work).await;
    assert_eq!(lookups(&capture, "alice:cart:", "hit"), 1.0);
    assert_eq!(lookups(&capture, "bob:cart:", "miss"), 1.0);
    assert_eq!(lookups(&capture, "_OTHER", "miss"), 1.0);
    let told = format!("{:?}{:?}", capture.spans(), capture.metrics());
    assert!(!told.contains("carol"), "{told}");
}

#[tokio::test]
async fn a_pool_that_nobody_names_is_called_by_its_system_and_its_own_pool_is_within_reach() {
    let server = Server::start();
    let capture = Capture::start();
    let work = async {
        let pool = Pool::new(raw(&server)).with_prefixes(Prefixes::none());
        let mut connection = pool.get().await.unwrap();
        assert_eq!(connection.get_db(), 0);
        connection.get::<_, Option<String>>("session:1").await.unwrap();
        let name =
            [("db.client.connection.pool.name", "redis"), ("db.client.connection.state", "used")];
        assert_eq!(capture.metrics().sum("db.client.connection.count", &name), 1.0);
        // What is taken from the pool itself is counted, and not observed.
        let mut unobserved = pool.raw().get().await.unwrap();
        unobserved.get::<_, Option<String>>("session:1").await.unwrap();
        assert_eq!(pool.raw().status().size, 2);
        assert_eq!(capture.metrics().sum("db.client.connection.count", &name), 2.0);
    };
    capture.run_async(work).await;
    assert_eq!(capture.spans().len(), 1);
    assert_eq!(lookups(&capture, "_OTHER", "miss"), 1.0);
}

#[tokio::test]
async fn over_tcp_the_server_is_named_with_the_port_that_it_listens_on() {
    let (server, [port, _]) = Server::start_node().await;
    let client = redis::Client::open(format!("redis://127.0.0.1:{port}/0")).unwrap();
    let connection =
        client.get_multiplexed_async_connection_with_config(&unhurried()).await.unwrap();
    let mut redis = telemetry_db::redis::Connection::configured(connection, |_| {
        target(client.get_connection_info())
    });
    let capture = Capture::start();
    let answer: String =
        capture.run_async(redis::cmd("PING").query_async(&mut redis)).await.unwrap();
    assert_eq!(answer, "PONG");
    let span = capture.spans().remove(0);
    span.expect_attribute("server.address", "127.0.0.1")
        .expect_attribute("server.port", i64::from(port))
        .expect_attribute("db.namespace", "0");
    drop(server);
}
