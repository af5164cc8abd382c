use std::time::Duration;

use redis::{AsyncCommands, RedisResult};
use telemetry_core::testing::Capture;
use telemetry_db::redis::Connection;

use super::server::Server;

const SECRET: &str = "hunter2";

#[tokio::test]
async fn by_span_event_or_metric() {
    let server = Server::start();
    let connection = server.unobserved().await;
    let mut redis = Connection::configured(connection, |target| target.slow_after(Duration::ZERO));
    let capture = Capture::start();
    let work = async {
        let secret_key = format!("session:{SECRET}");
        for key in [SECRET, &secret_key, &format!("{SECRET}:1"), &format!("{SECRET}@x.y:mail")] {
            let _: RedisResult<()> = redis.set(key, SECRET).await;
            let _: RedisResult<String> = redis.get(key).await;
            let _: RedisResult<Vec<String>> = redis.mget(&[key, SECRET]).await;
            let _: RedisResult<()> = redis.lpush(key, SECRET).await;
            let _: RedisResult<()> = redis.hset(key, SECRET, SECRET).await;
            let _: RedisResult<()> =
                redis::pipe().atomic().get(key).incr(key, 1).query_async(&mut redis).await;
        }
        // Whatever a script answers with is its own choice.
        for answer in [format!("{SECRET} is wrong"), "HUNTERTWO is wrong".to_owned()] {
            let code = format!("return redis.error_reply('{answer}')");
            redis::cmd("EVAL").arg(code).arg(0).query_async::<()>(&mut redis).await.unwrap_err();
        }
        redis::cmd(SECRET).arg(SECRET).query_async::<()>(&mut redis).await.unwrap_err();
        redis::cmd("AUTH").arg(SECRET).arg(SECRET).query_async::<()>(&mut redis).await.unwrap_err();
    };
    capture.run_async(work).await;
    assert!(capture.spans().len() >= 26);
    assert!(capture.events().len() >= 26, "each was slow");
    let recorded =
        format!("{:?}\n{:?}\n{:?}", capture.spans(), capture.events(), capture.metrics());
    for secret in [SECRET, "HUNTERTWO"] {
        let at = recorded.find(secret).map(|at| &recorded[at.saturating_sub(300)..at + 20]);
        assert_eq!(at, None);
    }
    assert!(recorded.contains("session"), "the prefix of a key may be told");
    assert!(!format!("{redis:?}").contains(SECRET));
}
