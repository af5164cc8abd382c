use std::task::Poll;

use redis::{AsyncCommands, Script, Value};
use telemetry_core::testing::Capture;
use telemetry_core::{SpanKind, span};
use telemetry_db::redis::{Connection, target};

use super::server::Server;
use crate::support::names;

#[tokio::test]
async fn a_command_is_a_span_and_a_duration() {
    let server = Server::start();
    let mut redis = server.connect().await;
    let capture = Capture::start();
    let work = async {
        redis.set::<_, _, ()>("user:1", "a").await.unwrap();
        assert_eq!(redis.get::<_, String>("user:1").await.unwrap(), "a");
        redis::cmd("lpush").arg("list").arg(1).arg(2).query_async::<u64>(&mut redis).await.unwrap();
    };
    capture.run_async(span!("request").run(work)).await;
    let spans = capture.spans();
    assert_eq!(names(&spans), ["SET", "GET", "lpush", "request"]);
    for span in &spans[..3] {
        assert_eq!(span.kind, SpanKind::Client);
        span.expect_child_of(&spans[3])
            .expect_attribute("db.system.name", "redis")
            .expect_attribute("db.namespace", "0")
            .expect_attribute("server.address", "redis.test")
            .expect_no_attribute("db.query.summary")
            .expect_no_attribute("db.query.text")
            .expect_no_attribute("db.operation.batch.size")
            .expect_no_error();
        span.expect_attribute("db.operation.name", span.name.as_str());
        capture.expect_count(
            "db.client.operation.duration",
            &[("db.operation.name", &span.name)],
            1,
        );
    }
}

#[tokio::test]
async fn a_pipeline_is_one_operation_and_a_transaction_too() {
    let server = Server::start();
    let mut redis = server.connect().await;
    let capture = Capture::start();
    let work = async {
        let found: (Option<i64>, Option<i64>) =
            redis::pipe().get("n:1").get("n:2").query_async(&mut redis).await.unwrap();
        assert_eq!(found, (None, None));
        let _: () = redis::pipe()
            .set("n:1", 1)
            .ignore()
            .get("n:1")
            .ignore()
            .query_async(&mut redis)
            .await
            .unwrap();
        let (sum,): (i64,) = redis::pipe()
            .atomic()
            .set("n:1", 2)
            .ignore()
            .incr("n:1", 1)
            .query_async(&mut redis)
            .await
            .unwrap();
        assert_eq!(sum, 3);
        let _: () = redis::pipe()
            .atomic()
            .incr("n:1", 1)
            .incr("n:1", 1)
            .ignore()
            .exec_async(&mut redis)
            .await
            .unwrap();
        let _: () = redis::pipe().set("n:1", 1).ignore().query_async(&mut redis).await.unwrap();
    };
    capture.run_async(work).await;
    let spans = capture.spans();
    assert_eq!(
        names(&spans),
        ["PIPELINE GET", "PIPELINE", "MULTI", "MULTI INCRBY", "PIPELINE SET"]
    );
    for span in &spans[..4] {
        span.expect_attribute("db.operation.batch.size", 2).expect_no_error();
    }
    spans[4].expect_no_attribute("db.operation.batch.size");
    spans[0].expect_attribute("telemetry.db.misses", 2).expect_attribute("telemetry.db.hits", 0);
    spans[1].expect_attribute("telemetry.db.hits", 1);
}

#[tokio::test]
async fn errors_of_the_server_have_its_prefix() {
    let server = Server::start();
    let mut redis = server.connect().await;
    let capture = Capture::start();
    let work = async {
        redis.set::<_, _, ()>("text", "x").await.unwrap();
        redis.lpush::<_, _, ()>("text", 1).await.unwrap_err();
        redis::cmd("EVALSHA")
            .arg("e0e1f9fabfc9d4800c877a703b823ac0578ff8db")
            .arg(0)
            .query_async::<()>(&mut redis)
            .await
            .unwrap_err();
        redis::cmd("NOSUCHCOMMAND").query_async::<()>(&mut redis).await.unwrap_err();
        redis::pipe()
            .get("text")
            .incr("text", 1)
            .get("text")
            .query_async::<()>(&mut redis)
            .await
            .unwrap_err();
        redis.get::<_, Option<String>>("none").await.unwrap();
    };
    capture.run_async(work).await;
    let spans = capture.spans();
    for (span, code) in spans[1..5].iter().zip(["WRONGTYPE", "NOSCRIPT", "ERR", "ERR"]) {
        span.expect_error(code).expect_attribute("db.response.status_code", code);
    }
    spans[5].expect_no_error();
    let labels = [("db.operation.name", "LPUSH"), ("error.type", "WRONGTYPE")];
    capture.expect_count("db.client.operation.duration", &labels, 1);
    // It answered all along.
    capture.expect_sum("telemetry.db.connection.up", &[], 1.0);
    capture.expect_sum("telemetry.db.connection.reconnects", &[], 0.0);
    capture.expect_sum("telemetry.db.connection.errors", &[("error.type", "ERR")], 2.0);
}

#[tokio::test]
async fn scripts_and_cursors_go_through() {
    let server = Server::start();
    let mut redis = server.connect().await;
    let capture = Capture::start();
    let script = Script::new("return redis.call('INCRBY', KEYS[1], ARGV[1])");
    let work = async {
        assert_eq!(script.key("n").arg(5).invoke_async::<i64>(&mut redis).await.unwrap(), 5);
        assert_eq!(script.key("n").arg(5).invoke_async::<i64>(&mut redis).await.unwrap(), 10);
        let mut keys = redis.scan::<String>().await.unwrap();
        assert_eq!(keys.next_item().await.unwrap().unwrap(), "n");
        assert!(keys.next_item().await.is_none());
    };
    capture.run_async(work).await;
    let spans = capture.spans();
    let evaluations: Vec<_> = spans.iter().filter(|span| span.name == "EVALSHA").collect();
    // The first one finds no script there.
    evaluations[0].expect_error("NOSCRIPT");
    for span in &evaluations {
        span.expect_attribute("db.stored_procedure.name", script.get_hash());
    }
    assert!(names(&spans).contains(&"SCAN"), "{:?}", names(&spans));
}

#[tokio::test]
async fn a_command_that_is_given_up_is_cancelled() {
    let server = Server::start();
    let mut redis = server.connect().await;
    let capture = Capture::start();
    let work = async {
        let mut waits = Box::pin(redis.blpop::<_, Value>("nothing", 0.0));
        assert!(futures_util::poll!(&mut waits).is_pending());
        drop(waits);
    };
    capture.run_async(work).await;
    let spans = capture.spans();
    assert_eq!(names(&spans), ["BLPOP"]);
    spans[0].expect_outcome("cancelled");
}

/// Polls `future` at most so many times, then drops it.
async fn polled<F: Future>(future: F, times: usize) -> Option<F::Output> {
    let mut future = std::pin::pin!(future);
    let mut left = times;
    std::future::poll_fn(|task| {
        if left == 0 {
            return Poll::Ready(None);
        }
        left -= 1;
        future.as_mut().poll(task).map(Some)
    })
    .await
}

#[tokio::test]
async fn what_is_given_up_at_any_point_ends_once() {
    let server = Server::start();
    let mut redis = server.connect().await;
    let capture = Capture::start();
    let mut operations = 0;
    let work = async {
        for times in 1..40 {
            operations += 1;
            if polled(redis.get::<_, Option<i64>>("n:1"), times).await.is_some() {
                break;
            }
        }
        for times in 1..40 {
            operations += 1;
            let mut pipeline = redis::pipe();
            let pipeline = pipeline.atomic().set("n:2", 1).ignore().get("n:2");
            if polled(pipeline.query_async::<(i64,)>(&mut redis), times).await.is_some() {
                break;
            }
        }
        // What was given up did no harm to what comes after it on the connection.
        assert_eq!(redis.get::<_, Option<i64>>("n:2").await.unwrap(), Some(1));
        operations += 1;
    };
    capture.run_async(work).await;
    let spans = capture.spans();
    assert_eq!(spans.len(), operations);
    for span in &spans {
        span.expect_no_error();
    }
    let cancelled = spans.iter().filter(|span| span.attribute("telemetry.outcome").is_some());
    assert!(cancelled.count() >= 2, "{spans:#?}");
    let durations: u64 = ["GET", "MULTI"]
        .iter()
        .filter_map(|name| {
            let labels = [("db.operation.name", *name)];
            let metrics = capture.metrics();
            metrics.histogram("db.client.operation.duration", &labels).map(|it| it.count())
        })
        .sum();
    assert_eq!(durations, operations as u64);
    capture.assert_ledger_balances();
}

#[tokio::test]
async fn a_manager_and_spawned_tasks_are_served_too() {
    let server = Server::start();
    let client = server.client();
    let config = redis::aio::ConnectionManagerConfig::new()
        .set_response_timeout(None)
        .set_connection_timeout(None);
    let manager =
        redis::aio::ConnectionManager::new_with_config(client.clone(), config).await.unwrap();
    let redis = Connection::configured(manager, |_| target(client.get_connection_info()));
    let capture = Capture::start();
    let tasks = (0..8).map(|number| {
        let mut redis = redis.clone();
        let work = async move { redis.incr::<_, _, i64>("n", number).await.unwrap() };
        tokio::spawn(capture.run_async(work))
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.unwrap();
    }
    let spans = capture.spans();
    assert_eq!(spans.len(), 8);
    let socket = server.socket().display().to_string();
    spans[0].expect_attribute("server.address", socket.as_str()).expect_no_attribute("server.port");
    capture.expect_count("db.client.operation.duration", &[("db.operation.name", "INCRBY")], 8);
}

#[tokio::test]
async fn without_a_pipeline_nothing_is_different() {
    let server = Server::start();
    let mut redis = server.connect().await;
    redis.set::<_, _, ()>("a:1", 1).await.unwrap();
    let all: (i64, Vec<Option<i64>>) =
        redis::pipe().get("a:1").mget(&["a:1", "a:2"]).query_async(&mut redis).await.unwrap();
    assert_eq!(all, (1, vec![Some(1), None]));
    redis.lpush::<_, _, ()>("a:1", 1).await.unwrap_err();
}
