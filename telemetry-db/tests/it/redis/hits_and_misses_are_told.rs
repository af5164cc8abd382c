use std::collections::HashMap;

use redis::AsyncCommands;
use telemetry_core::testing::Capture;
use telemetry_db::redis::Prefixes;

use super::server::Server;

fn lookups(capture: &Capture, prefix: &str, result: &str) -> f64 {
    let labels = [("telemetry.db.key.prefix", prefix), ("telemetry.db.lookup.result", result)];
    capture.metrics().sum("telemetry.db.lookups", &labels)
}

#[tokio::test]
async fn of_each_key_and_field_by_its_prefix() {
    let server = Server::start();
    let mut redis = server.connect().await;
    let capture = Capture::start();
    let work = async {
        redis
            .mset::<_, _, ()>(&[("session:1", "a"), ("session:2", "b"), ("cart:1", "c")])
            .await
            .unwrap();
        redis
            .hset_multiple::<_, _, _, ()>("user:1", &[("name", "x"), ("city", "y")])
            .await
            .unwrap();
        redis.get::<_, Option<String>>("session:1").await.unwrap();
        redis.get::<_, Option<String>>("session:9").await.unwrap();
        redis
            .mget::<_, Vec<Option<String>>>(&["session:1", "cart:9", "cart:1", "7"])
            .await
            .unwrap();
        redis.hmget::<_, _, Vec<Option<String>>>("user:1", &["name", "nothing"]).await.unwrap();
        redis.hgetall::<_, HashMap<String, String>>("user:1").await.unwrap();
        redis.hgetall::<_, HashMap<String, String>>("user:9").await.unwrap();
        redis.exists::<_, i64>(&["session:1", "session:8", "cart:1"]).await.unwrap();
        redis.get_ex::<_, Option<String>>("session:2", redis::Expiry::PERSIST).await.unwrap();
        redis.get_del::<_, Option<String>>("session:2").await.unwrap();
        redis.hget::<_, _, Option<String>>("user:9", "name").await.unwrap();
        redis.incr::<_, _, i64>("session:n", 1).await.unwrap();
        // No read is told of a failure.
        redis.hget::<_, _, Option<String>>("session:1", "name").await.unwrap_err();
    };
    capture.run_async(work).await;
    for (prefix, hits, misses) in
        [("session", 4.0, 1.0), ("cart", 1.0, 1.0), ("user", 2.0, 3.0), ("_OTHER", 2.0, 2.0)]
    {
        assert_eq!(lookups(&capture, prefix, "hit"), hits, "{prefix}");
        assert_eq!(lookups(&capture, prefix, "miss"), misses, "{prefix}");
    }
    let spans = capture.spans();
    let mget = spans.iter().find(|span| span.name == "MGET").unwrap();
    mget.expect_attribute("telemetry.db.hits", 2).expect_attribute("telemetry.db.misses", 2);
    mget.expect_no_error();
    for span in &spans {
        let reads = ["GET", "MGET", "HMGET", "HGETALL", "EXISTS", "GETEX", "GETDEL", "HGET"];
        let told = span.attribute("telemetry.db.hits").is_some();
        let failed = span.attribute("error.type").is_some();
        assert_eq!(told, reads.contains(&span.name.as_str()) && !failed, "{span:#?}");
    }
}

#[tokio::test]
async fn by_the_rule_that_was_chosen() {
    let server = Server::start();
    let known = Prefixes::known(["cart:items:", "7"]);
    let mut some = server.connect().await.with_prefixes(known);
    let mut none = server.connect().await.with_prefixes(Prefixes::none());
    let capture = Capture::start();
    let work = async {
        for key in ["cart:items:1", "cart:2", "7:x"] {
            some.get::<_, Option<String>>(key).await.unwrap();
            none.get::<_, Option<String>>(key).await.unwrap();
        }
    };
    capture.run_async(work).await;
    assert_eq!(lookups(&capture, "cart:items:", "miss"), 1.0);
    assert_eq!(lookups(&capture, "7", "miss"), 1.0);
    assert_eq!(lookups(&capture, "_OTHER", "miss"), 4.0);
}

#[tokio::test]
async fn with_few_prefixes_however_many_there_are() {
    let server = Server::start();
    let mut redis = server.connect().await;
    let capture = Capture::start();
    let letters = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l', 'm', 'n', 'o', 'p'];
    let work = async {
        for one in letters {
            for two in letters {
                let mut pipe = redis::pipe();
                for three in letters {
                    pipe.get(format!("{one}{two}{three}:1"));
                }
                pipe.query_async::<Vec<Option<String>>>(&mut redis).await.unwrap();
            }
        }
    };
    capture.run_async(work).await;
    let metrics = capture.metrics();
    assert_eq!(metrics.sum("telemetry.db.lookups", &[]), 4096.0);
    let series = metrics.metric("telemetry.db.lookups").unwrap();
    // 64 prefixes and the others, hits and misses of each.
    assert!(series.data.points() <= 130, "{}", series.data.points());
    assert!(lookups(&capture, "_OTHER", "miss") >= 4096.0 - 64.0);
}
