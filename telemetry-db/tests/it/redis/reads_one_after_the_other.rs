use std::time::{Duration, Instant};

use redis::AsyncCommands;
use telemetry_core::span;
use telemetry_core::testing::{Capture, CapturedSpan, OwnedValue};
use telemetry_db::testing::assert_no_patterns;

use super::server::Server;

#[tokio::test]
async fn should_have_been_one() {
    let server = Server::start();
    let mut redis = server.connect().await;
    let capture = Capture::start();
    let found = || {
        let events = capture.events().into_iter();
        events.filter(|event| event.event_name == "telemetry.db.serial_reads").collect::<Vec<_>>()
    };
    // On a machine that is so busy that they are far from each other they are not one after the
    // other: then they come again.
    let started = Instant::now();
    while found().is_empty() {
        assert!(started.elapsed() < Duration::from_secs(60), "not found");
        let work = async {
            for number in 0..12 {
                redis.get::<_, Option<i64>>(format!("n:{number}")).await.unwrap();
            }
        };
        capture.run_async(span!("request").run(work)).await;
    }
    found()[0]
        .expect_attribute("db.operation.name", "GET")
        .expect_attribute("telemetry.db.repeats", 10)
        .expect_no_attribute("db.query.summary");
    let spans = capture.spans();
    let told = |span: &&CapturedSpan| {
        span.attribute("telemetry.db.serial_reads.repeats") == Some(&OwnedValue::I64(10))
    };
    found()[0].expect_in(spans.iter().find(told).unwrap());
}

#[tokio::test]
async fn but_not_at_once_nor_by_one_command_nor_by_many_requests() {
    let server = Server::start();
    let redis = server.connect().await;
    let capture = Capture::start();
    let keys: Vec<String> = (0..40).map(|number| format!("n:{number}")).collect();
    let at_once = async {
        let reads = keys.iter().map(|key| {
            let mut redis = redis.clone();
            async move { redis.get::<_, Option<i64>>(key).await.unwrap() }
        });
        futures_util::future::join_all(reads).await;
    };
    capture.run_async(span!("request").run(at_once)).await;
    let mut redis = redis.clone();
    for key in &keys {
        let one = async { redis.get::<_, Option<i64>>(key).await.unwrap() };
        capture.run_async(span!("request").run(one)).await;
    }
    let together = async {
        let mut pipe = redis::pipe();
        for key in &keys {
            pipe.get(key);
        }
        pipe.query_async::<Vec<Option<i64>>>(&mut redis).await.unwrap();
        for _ in 0..20 {
            redis.mget::<_, Vec<Option<i64>>>(&keys).await.unwrap();
            redis.set::<_, _, ()>("n:1", 1).await.unwrap();
        }
    };
    capture.run_async(span!("request").run(together)).await;
    assert_no_patterns(&capture);
}
