//! What a server of Redis, or the way to it, may answer with, and what of a key is shown.

use std::io;

use ::redis::aio::ConnectionLike;
use ::redis::{
    Client, Cmd, ErrorKind, IntoConnectionInfo, Pipeline, RedisError, RedisFuture, Value, cmd, pipe,
};
use telemetry_core::testing::Capture;
use telemetry_db::redis::{Connection, Prefixes, target};

use crate::support::only;

/// A connection that answers so, whatever is asked.
struct Answering(Result<Value, RedisError>);

impl ConnectionLike for Answering {
    fn req_packed_command<'a>(&'a mut self, _: &'a Cmd) -> RedisFuture<'a, Value> {
        let answer = self.0.clone();
        Box::pin(async move { answer })
    }

    fn req_packed_commands<'a>(
        &'a mut self,
        _: &'a Pipeline,
        _: usize,
        _: usize,
    ) -> RedisFuture<'a, Vec<Value>> {
        let answer = self.0.clone();
        Box::pin(async move { answer.map(|value| vec![value]) })
    }

    fn get_db(&self) -> i64 {
        3
    }
}

/// The answer as a server sends it.
fn sent(answer: &str) -> Value {
    ::redis::parse_redis_value(answer.as_bytes()).unwrap()
}

#[tokio::test]
async fn each_way_to_fail_has_a_name_and_the_servers_own_is_its_code() {
    let of = |kind| RedisError::from((kind, "hunter2"));
    let io = |kind| RedisError::from(io::Error::new(kind, "hunter2"));
    for (error, class, up) in [
        (io(io::ErrorKind::TimedOut), "timeout", None),
        (io(io::ErrorKind::ConnectionRefused), "connection_refused", Some(0.0)),
        (io(io::ErrorKind::BrokenPipe), "network_error", Some(0.0)),
        (io(io::ErrorKind::ConnectionReset), "network_error", Some(0.0)),
        (io(io::ErrorKind::InvalidData), "network_error", None),
        (of(ErrorKind::Io), "network_error", Some(0.0)),
        (of(ErrorKind::AuthenticationFailed), "authentication_failed", None),
        (of(ErrorKind::Parse), "decode_error", None),
        (of(ErrorKind::UnexpectedReturnType), "decode_error", None),
        (of(ErrorKind::InvalidClientConfig), "configuration_error", None),
        (of(ErrorKind::ClusterConnectionNotFound), "cluster_connection_not_found", None),
        (of(ErrorKind::Client), "client_error", None),
        (of(ErrorKind::EmptySentinelList), "_OTHER", None),
        (of(ErrorKind::RESP3NotSupported), "_OTHER", None),
    ] {
        for batch in [false, true] {
            let capture = Capture::start();
            let mut redis = Connection::new(Answering(Err(error.clone())));
            let work = async {
                if batch {
                    let pipeline = pipe().get("session:1").get("session:2").to_owned();
                    redis.req_packed_commands(&pipeline, 0, 2).await.unwrap_err();
                } else {
                    redis.req_packed_command(cmd("GET").arg("session:1")).await.unwrap_err();
                }
            };
            capture.run_async(work).await;
            let span = only(&capture);
            assert_eq!(span.name, if batch { "PIPELINE GET" } else { "GET" });
            span.expect_error(class)
                .expect_attribute("db.namespace", "3")
                .expect_no_attribute("db.response.status_code")
                .expect_no_attribute("telemetry.db.hits");
            let metrics = capture.metrics();
            let labels = [("error.type", class)];
            assert_eq!(metrics.sum("telemetry.db.connection.errors", &labels), 1.0, "{error:?}");
            let points = metrics.metric("telemetry.db.connection.up").map(|it| it.data.points());
            let told = points.is_some_and(|points| points > 0);
            let is_up = told.then(|| metrics.sum("telemetry.db.connection.up", &[]));
            assert_eq!(is_up, up, "{error:?}");
            assert!(!format!("{span:?}{metrics:?}").contains("hunter2"));
        }
    }
}

#[tokio::test]
async fn an_error_among_answers_has_the_servers_code_if_it_is_one_of_the_servers() {
    for (answer, class, code) in [
        ("-WRONGTYPE Operation against hunter2\r\n", "WRONGTYPE", true),
        ("-NOAUTH Authentication required.\r\n", "NOAUTH", true),
        ("-READONLY You can't write against a read only replica.\r\n", "READONLY", true),
        ("-OOM command not allowed\r\n", "OOM", true),
        ("-LOADING Redis is loading\r\n", "LOADING", true),
        ("-ERR unknown command 'hunter2'\r\n", "ERR", true),
        // A script may answer with any word.
        ("-HUNTER2 said a script\r\n", "_OTHER", false),
    ] {
        for batch in [false, true] {
            let capture = Capture::start();
            let mut redis = Connection::new(Answering(Ok(sent(answer))));
            let work = async {
                let told = if batch {
                    let pipeline = pipe().get("session:1").to_owned();
                    redis.req_packed_commands(&pipeline, 0, 1).await.unwrap().remove(0)
                } else {
                    redis.req_packed_command(cmd("GET").arg("session:1")).await.unwrap()
                };
                assert!(matches!(told, Value::ServerError(_)));
            };
            capture.run_async(work).await;
            let span = only(&capture);
            span.expect_error(class).expect_no_attribute("telemetry.db.misses");
            let told = span.attribute("db.response.status_code").map(ToString::to_string);
            assert_eq!(told.as_deref(), code.then_some(class));
            assert!(!format!("{span:?}").to_lowercase().contains("hunter2"));
            // A server that answers is there, whatever it says.
            let up = capture.metrics().sum("telemetry.db.connection.up", &[]);
            assert_eq!(up, 1.0, "{answer}");
        }
    }
}

#[tokio::test]
async fn what_was_there_is_told_by_the_shape_of_the_answer() {
    let pair = "%1\r\n+a\r\n+b\r\n";
    for (command, answer, hits_and_misses) in [
        (cmd("GET").arg("session:1").to_owned(), "$1\r\na\r\n", Some((1, 0))),
        (cmd("GET").arg("session:1").to_owned(), "_\r\n", Some((0, 1))),
        (cmd("HGETALL").arg("session:1").to_owned(), pair, Some((1, 0))),
        (cmd("HGETALL").arg("session:1").to_owned(), "%0\r\n", Some((0, 1))),
        (cmd("SMEMBERS").arg("session:1").to_owned(), "~1\r\n+a\r\n", Some((1, 0))),
        (cmd("SMEMBERS").arg("session:1").to_owned(), "*0\r\n", Some((0, 1))),
        (cmd("HGETALL").arg("session:1").to_owned(), "_\r\n", Some((0, 1))),
        (cmd("HGETALL").arg("session:1").to_owned(), "+QUEUED\r\n", Some((1, 0))),
        (
            cmd("MGET").arg("session:1").arg("session:2").to_owned(),
            "*2\r\n+a\r\n_\r\n",
            Some((1, 1)),
        ),
        (
            cmd("HMGET").arg("session:1").arg("a").arg("b").to_owned(),
            "*2\r\n_\r\n_\r\n",
            Some((0, 2)),
        ),
        (cmd("EXISTS").arg("session:1").arg("session:2").to_owned(), ":1\r\n", Some((1, 1))),
        (cmd("EXISTS").arg("session:1").to_owned(), ":9\r\n", Some((1, 0))),
        // What a proxy answers that knows no better says nothing.
        (cmd("EXISTS").arg("session:1").to_owned(), "+OK\r\n", None),
        (cmd("MGET").arg("session:1").to_owned(), "+OK\r\n", None),
        (cmd("INCR").arg("session:1").to_owned(), ":1\r\n", None),
    ] {
        let capture = Capture::start();
        let mut redis = Connection::new(Answering(Ok(sent(answer))));
        capture.run_async(redis.req_packed_command(&command)).await.unwrap();
        let span = only(&capture);
        span.expect_no_error();
        let number =
            |key| span.attribute(key).map(|value| value.to_string().parse::<i64>().unwrap());
        let told = number("telemetry.db.hits").zip(number("telemetry.db.misses"));
        assert_eq!(told, hits_and_misses, "{command:?} {answer:?}");
    }
}

#[tokio::test]
async fn the_wrapped_connection_is_within_reach() {
    let mut redis = Connection::new(Answering(Ok(Value::Nil)));
    assert_eq!((redis.get_db(), redis.raw().get_db()), (3, 3));
    redis.raw_mut().0 = Ok(Value::Okay);
    let capture = Capture::start();
    let answer = capture.run_async(redis.req_packed_command(cmd("SET").arg("a").arg("b"))).await;
    assert_eq!(answer.unwrap(), Value::Okay);
    // Not observed, since it goes past the wrapper.
    capture.run_async(redis.raw_mut().req_packed_command(&cmd("PING"))).await.unwrap();
    assert_eq!(only(&capture).name, "SET");
}

#[test]
fn of_a_key_only_what_the_rule_names_is_shown() {
    let words = Prefixes::words();
    for (key, shown) in [
        ("session:1", Some("session")),
        ("cart-items:7:total", Some("cart-items")),
        ("a.b_c:1", Some("a.b_c")),
        ("session", None),
        ("session:", None),
        (":1", None),
        ("", None),
        ("s3ssion:1", None),
        ("alice@example.com:cart", None),
        ("a word:1", None),
        ("sch\u{e4}fer:1", None),
        ("twenty-four-letters-long:1", Some("twenty-four-letters-long")),
        ("twenty-five-letters-longer:1", None),
    ] {
        assert_eq!(words.of(key.as_bytes()), shown, "{key}");
        assert_eq!(Prefixes::none().of(key.as_bytes()), None, "{key}");
        assert_eq!(Prefixes::default().of(key.as_bytes()), shown, "{key}");
    }
    assert_eq!(words.of(b"\xff\xfe:1"), None);
    let known = Prefixes::known(["cart:items:", "cart:", "7"]);
    for (key, shown) in [
        ("cart:items:7", Some("cart:items:")),
        ("cart:7", Some("cart:")),
        ("7:cart", Some("7")),
        ("alice:7", None),
        ("cart", None),
    ] {
        assert_eq!(known.of(key.as_bytes()), shown, "{key}");
    }
}

#[test]
fn the_target_of_a_client_leaves_out_the_usual_port_and_every_secret() {
    for (url, name) in [
        ("redis://redis.internal/", "redis.internal/0"),
        ("redis://redis.internal:6379/2", "redis.internal/2"),
        ("redis://app:hunter2@redis.internal:6380/3", "redis.internal:6380/3"),
        ("redis://[::1]:7000/", "::1:7000/0"),
        ("unix:///run/redis.sock?db=4&pass=hunter2", "/run/redis.sock/4"),
    ] {
        let client = Client::open(url).unwrap();
        let target = target(client.get_connection_info());
        assert_eq!(target.pool_name(), name, "{url}");
        assert!(!format!("{target:?}").contains("hunter2"), "{url}");
    }
    // With TLS it is the same server.
    let addr = ::redis::ConnectionAddr::TcpTls {
        host: "redis.internal".to_owned(),
        port: 6379,
        insecure: false,
        tls_params: None,
    };
    let info = addr.into_connection_info().unwrap();
    assert_eq!(target(&info).pool_name(), "redis.internal/0");
}
