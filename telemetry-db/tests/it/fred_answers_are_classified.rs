//! What fred may answer with, and where it says that it is connected to.

use ::fred::clients::Client as Fred;
use ::fred::error::{Error, ErrorKind};
use ::fred::types::config::{Config, Server, ServerConfig};
use ::fred::types::{Builder, Map, Value};
use telemetry_core::testing::Capture;
use telemetry_db::fred::{Client, Command};

use crate::support::only;

fn client(server: ServerConfig, database: Option<u8>) -> Client<Fred> {
    let config = Config { server, database, ..Config::default() };
    Client::new(Builder::from_config(config).build().unwrap())
}

fn local() -> Client<Fred> {
    client(ServerConfig::new_centralized("redis.internal", 6379), None)
}

#[tokio::test]
async fn the_target_is_the_server_or_the_first_node_that_was_named() {
    let sentinels = ServerConfig::Sentinel {
        hosts: vec![Server::new("sentinel.internal", 26379)],
        service_name: "main".to_owned(),
    };
    for (server, database, expected) in [
        (
            ServerConfig::new_centralized("redis.internal", 6379),
            None,
            ("redis.internal", None, "0"),
        ),
        (
            ServerConfig::new_centralized("redis.internal", 6380),
            Some(3),
            ("redis.internal", Some(6380), "3"),
        ),
        (
            ServerConfig::new_clustered(vec![("one.internal", 7000), ("two.internal", 7001)]),
            None,
            ("one.internal", Some(7000), "0"),
        ),
        (sentinels, None, ("sentinel.internal", Some(26379), "0")),
    ] {
        let capture = Capture::start();
        let cache = client(server, database);
        let call = std::future::ready(Ok(Value::from("PONG")));
        let answer: String =
            capture.run_async(cache.observe(Command::of("PING"), call)).await.unwrap();
        assert_eq!(answer, "PONG");
        let (address, port, namespace) = expected;
        let span = only(&capture);
        span.expect_no_error()
            .expect_attribute("server.address", address)
            .expect_attribute("db.namespace", namespace);
        let told = span.attribute("server.port").map(ToString::to_string);
        assert_eq!(told, port.map(|port: u16| port.to_string()));
    }
}

#[tokio::test]
async fn each_way_to_fail_has_a_name_and_the_servers_own_is_its_code() {
    for (kind, details, class, code) in [
        (ErrorKind::Timeout, "hunter2", "timeout", false),
        (ErrorKind::IO, "hunter2", "network_error", false),
        (ErrorKind::Auth, "hunter2", "authentication_failed", false),
        (ErrorKind::Parse, "hunter2", "decode_error", false),
        (ErrorKind::Protocol, "hunter2", "decode_error", false),
        (ErrorKind::Config, "hunter2", "configuration_error", false),
        (ErrorKind::Url, "hunter2", "configuration_error", false),
        (ErrorKind::Canceled, "hunter2", "client_closed", false),
        (ErrorKind::Backpressure, "hunter2", "backpressure", false),
        (ErrorKind::Cluster, "hunter2", "cluster_connection_not_found", false),
        (ErrorKind::Routing, "hunter2", "cluster_connection_not_found", false),
        (ErrorKind::Sentinel, "hunter2", "cluster_connection_not_found", false),
        (ErrorKind::InvalidCommand, "hunter2", "client_error", false),
        (ErrorKind::InvalidArgument, "hunter2", "client_error", false),
        (ErrorKind::Unknown, "hunter2", "_OTHER", false),
        (ErrorKind::NotFound, "", "_OTHER", false),
        (ErrorKind::InvalidArgument, "WRONGTYPE Operation against hunter2", "WRONGTYPE", true),
        (ErrorKind::Auth, "NOAUTH Authentication required.", "NOAUTH", true),
        (ErrorKind::Cluster, "CLUSTERDOWN Hash slot not served", "CLUSTERDOWN", true),
        // A script may answer with any word.
        (ErrorKind::Unknown, "HUNTER2 said hunter2", "_OTHER", false),
    ] {
        let capture = Capture::start();
        let call = std::future::ready(Err(Error::new(kind.clone(), details)));
        let cache = local();
        let failed = cache.observe::<()>(Command::read("GET", "session"), call);
        capture.run_async(failed).await.unwrap_err();
        let span = only(&capture);
        span.expect_error(class).expect_no_attribute("telemetry.db.misses");
        let told = span.attribute("db.response.status_code").map(ToString::to_string);
        assert_eq!(told.as_deref(), code.then_some(class), "{kind:?}");
        let recorded = format!("{span:?}{:?}", capture.metrics());
        assert!(!recorded.to_lowercase().contains("hunter2"), "{recorded}");
    }
}

#[tokio::test]
async fn what_was_there_is_told_by_the_shape_of_the_answer() {
    let map = |pairs: Vec<(&'static str, &'static str)>| Value::Map(Map::try_from(pairs).unwrap());
    let (one, all) = (Command::read("GET", "session"), Command::read_all("HGETALL", "cart"));
    for (command, answer, hits, misses) in [
        (one, Value::from("a"), 1, 0),
        (one, Value::Null, 0, 1),
        (one, Value::Array(vec![Value::from("a"), Value::Null, Value::Null]), 1, 2),
        (all, map(vec![("a", "b")]), 1, 0),
        (all, map(Vec::new()), 0, 1),
        (all, Value::Array(vec![Value::from("a")]), 1, 0),
        (all, Value::Array(Vec::new()), 0, 1),
        (all, Value::Null, 0, 1),
        (all, Value::from("a"), 1, 0),
    ] {
        let capture = Capture::start();
        let call = std::future::ready(Ok(answer.clone()));
        let found: Value = capture.run_async(local().observe(command, call)).await.unwrap();
        assert_eq!(found, answer);
        let span = only(&capture);
        span.expect_attribute("telemetry.db.hits", hits)
            .expect_attribute("telemetry.db.misses", misses);
    }
}
