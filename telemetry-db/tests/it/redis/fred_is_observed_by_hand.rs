use std::collections::HashMap;
use std::task::Poll;
use std::time::{Duration, Instant};

use fred::error::{Error, ErrorKind};
use fred::interfaces::{ClientLike, HashesInterface, KeysInterface};
use fred::types::config::{Config, ReconnectPolicy, ServerConfig};
use fred::types::{Builder, Value};
use telemetry_core::testing::Capture;
use telemetry_db::fred::{Client, Command};

use super::server::Server;
use crate::support::names;

async fn client(server: &Server) -> Client<fred::clients::Client> {
    let server = ServerConfig::Unix { path: server.socket() };
    let client = Builder::from_config(Config { server, ..Config::default() }).build().unwrap();
    client.init().await.unwrap();
    Client::configured(client, |target| target.server("redis.test", None))
}

fn lookups(capture: &Capture, kind: &str, result: &str) -> f64 {
    let labels = [("telemetry.db.key.prefix", kind), ("telemetry.db.lookup.result", result)];
    capture.metrics().sum("telemetry.db.lookups", &labels)
}

#[tokio::test]
async fn each_call_is_an_operation_with_its_hits_and_misses() {
    let server = Server::start();
    let cache = client(&server).await;
    let raw = cache.raw();
    let capture = Capture::start();
    let work = async {
        let set = raw.set("session:hunter2", "hunter2", None, None, false);
        cache.observe::<()>(Command::of("SET"), set).await.unwrap();
        let read = Command::read("GET", "session");
        let there: Option<String> = cache.observe(read, raw.get("session:hunter2")).await.unwrap();
        assert_eq!(there.as_deref(), Some("hunter2"));
        let missing: Option<String> = cache.observe(read, raw.get("session:9")).await.unwrap();
        assert_eq!(missing, None);
        // What the caller makes of nil is its own affair.
        cache.observe::<String>(read, raw.get("session:9")).await.unwrap_err();
        let keys = vec!["session:hunter2", "session:8", "session:9"];
        let many: Vec<Option<String>> =
            cache.observe(Command::read("MGET", "session"), raw.mget(keys)).await.unwrap();
        assert_eq!(many.iter().flatten().count(), 1);
        let fields = raw.hset("cart:1", ("a", 1));
        cache.observe::<()>(Command::of("HSET"), fields).await.unwrap();
        let all = Command::read_all("HGETALL", "cart");
        let cart: HashMap<String, i64> = cache.observe(all, raw.hgetall("cart:1")).await.unwrap();
        assert_eq!(cart["a"], 1);
        let cart: HashMap<String, i64> = cache.observe(all, raw.hgetall("cart:9")).await.unwrap();
        assert!(cart.is_empty());
        let pipeline = raw.pipeline();
        let _: () = pipeline.incr("session:n").await.unwrap();
        let _: () = pipeline.incr("session:n").await.unwrap();
        let counted: Vec<i64> =
            cache.observe(Command::batch("PIPELINE INCR", 2), pipeline.all()).await.unwrap();
        assert_eq!(counted, [1, 2]);
    };
    capture.run_async(work).await;
    let spans = capture.spans();
    let told = ["SET", "GET", "GET", "GET", "MGET", "HSET", "HGETALL", "HGETALL", "PIPELINE INCR"];
    assert_eq!(names(&spans), told);
    for span in &spans {
        span.expect_no_error()
            .expect_attribute("db.system.name", "redis")
            .expect_attribute("db.namespace", "0")
            .expect_attribute("server.address", "redis.test");
    }
    spans[4].expect_attribute("telemetry.db.hits", 1).expect_attribute("telemetry.db.misses", 2);
    spans[8].expect_attribute("db.operation.batch.size", 2);
    assert_eq!(
        [lookups(&capture, "session", "hit"), lookups(&capture, "session", "miss")],
        [2.0, 4.0]
    );
    assert_eq!([lookups(&capture, "cart", "hit"), lookups(&capture, "cart", "miss")], [1.0, 1.0]);
    let told = format!("{spans:?}{:?}{:?}", capture.events(), capture.metrics());
    assert!(!told.contains("hunter2"));
    capture.assert_ledger_balances();
}

#[tokio::test]
async fn failures_have_the_servers_code_and_what_is_dropped_is_cancelled() {
    let server = Server::start();
    let cache = client(&server).await;
    let raw = cache.raw();
    let capture = Capture::start();
    let work = async {
        let set = raw.set("session:hunter2", "hunter2", None, None, false);
        cache.observe::<()>(Command::of("SET"), set).await.unwrap();
        let wrong = cache.observe::<Value>(
            Command::read("HGET", "session"),
            raw.hget("session:hunter2", "hunter2"),
        );
        wrong.await.unwrap_err();
        let mut dropped = Box::pin(
            cache.observe::<Value>(Command::read("GET", "session"), std::future::pending()),
        );
        assert!(futures_util::poll!(dropped.as_mut()) == Poll::Pending);
        drop(dropped);
        // What fred says when the connection is gone.
        let lost = Error::new(ErrorKind::IO, "hunter2 is gone");
        let lost = cache.observe::<Value>(Command::of("PING"), std::future::ready(Err(lost)));
        lost.await.unwrap_err();
    };
    capture.run_async(work).await;
    let spans = capture.spans();
    assert_eq!(names(&spans), ["SET", "HGET", "GET", "PING"]);
    spans[1]
        .expect_attribute("error.type", "WRONGTYPE")
        .expect_attribute("db.response.status_code", "WRONGTYPE")
        .expect_no_attribute("telemetry.db.hits");
    spans[2].expect_attribute("telemetry.outcome", "cancelled");
    spans[3]
        .expect_attribute("error.type", "network_error")
        .expect_no_attribute("db.response.status_code");
    assert!(!format!("{spans:?}").contains("hunter2"));
    capture.assert_ledger_balances();
}

/// Longer than a machine is ever busy.
const PATIENCE: Duration = Duration::from_secs(60);

#[tokio::test]
async fn a_server_that_is_killed_is_down_until_fred_has_found_it_again() {
    let mut server = Server::start();
    let config = ServerConfig::Unix { path: server.socket() };
    let client = Builder::from_config(Config { server: config, ..Config::default() })
        .set_policy(ReconnectPolicy::new_constant(0, 20))
        .build()
        .unwrap();
    let cache = Client::configured(client, |target| target.pool_named("cache"));
    let capture = Capture::start();
    let pool = [("db.client.connection.pool.name", "cache")];
    let up = || capture.metrics().sum("telemetry.db.connection.up", &pool);
    let reconnects = || capture.metrics().sum("telemetry.db.connection.reconnects", &pool);
    let is = async |what: &str, condition: &dyn Fn() -> bool| {
        let started = Instant::now();
        while !condition() {
            assert!(started.elapsed() < PATIENCE, "never: {what}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    let watch = tokio::spawn(capture.run(|| cache.watch_connection()));
    cache.raw().init().await.unwrap();
    is("it is up", &|| up() == 1.0).await;
    assert_eq!(reconnects(), 0.0);

    server.kill();
    is("it is down", &|| up() == 0.0).await;
    assert_eq!(reconnects(), 0.0);
    let lost = [pool[0], ("error.type", "network_error")];
    let errors = capture.metrics().sum("telemetry.db.connection.errors", &lost);
    assert!(errors >= 1.0, "{:?}", capture.metrics());

    server.restart();
    is("it is up again", &|| up() == 1.0).await;
    assert_eq!(reconnects(), 1.0);

    // It ends with the client.
    cache.raw().quit().await.unwrap();
    drop(cache);
    tokio::time::timeout(PATIENCE, watch).await.unwrap().unwrap();
    capture.assert_ledger_balances();
}

#[tokio::test]
async fn without_a_pipeline_nobody_is_told_of_connections() {
    let server = Server::start();
    let cache = client(&server).await;
    tokio::time::timeout(PATIENCE, cache.watch_connection()).await.unwrap();
    let told: Option<String> = cache.raw().get("session:7").await.unwrap();
    assert_eq!(told, None);
}
