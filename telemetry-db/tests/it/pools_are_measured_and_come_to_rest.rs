use std::time::Duration;

use futures_util::future::join_all;
use sqlx::sqlite::SqlitePoolOptions;
use telemetry_core::MetricSnapshot;
use telemetry_core::testing::Capture;
use telemetry_db::sqlx::SqlitePool;
use telemetry_db::{PoolMeter, PoolState};

use crate::support;

fn connections(metrics: &MetricSnapshot, pool: &str, state: &str) -> f64 {
    let labels = [("db.client.connection.pool.name", pool), ("db.client.connection.state", state)];
    metrics.sum("db.client.connection.count", &labels)
}

fn of_pool(metrics: &MetricSnapshot, name: &str, pool: &str) -> f64 {
    metrics.sum(name, &[("db.client.connection.pool.name", pool)])
}

fn count(metrics: &MetricSnapshot, name: &str, pool: &str) -> u64 {
    metrics
        .histogram(name, &[("db.client.connection.pool.name", pool)])
        .map_or(0, |point| point.count())
}

#[tokio::test]
async fn connections_in_use_are_seen_and_return() {
    let capture = Capture::start();
    let name = "pools_counted.db";
    let pool = capture
        .run_async(async { SqlitePool::new(support::raw_pool("pools_counted", 3).await) })
        .await;
    // Visible before the first query.
    assert_eq!(of_pool(&capture.metrics(), "db.client.connection.max", name), 3.0);
    let work = async {
        let first = pool.acquire().await.unwrap();
        let second = pool.begin().await.unwrap();
        let metrics = capture.metrics();
        assert_eq!(connections(&metrics, name, "used"), 2.0);
        assert_eq!(connections(&metrics, name, "idle"), f64::from(pool.size()) - 2.0);
        drop((first, second));
        support::eventually("all connections are idle", || {
            let metrics = capture.metrics();
            connections(&metrics, name, "used") == 0.0
                && connections(&metrics, name, "idle") == f64::from(pool.size())
        })
        .await;
    };
    capture.run_async(work).await;
    // One by acquire, one by begin.
    let metrics = capture.metrics();
    assert_eq!(count(&metrics, "db.client.connection.wait_time", name), 2);
    assert_eq!(count(&metrics, "db.client.connection.use_time", name), 2);
    // How long it took to open them sqlx alone knows.
    assert!(metrics.metric("db.client.connection.create_time").is_none());

    // What is gone is not shown as if it were there.
    pool.close().await;
    drop(pool);
    assert!(capture.metrics().metric("db.client.connection.max").is_none());
}

#[tokio::test]
async fn queries_streams_and_transactions_on_the_pool_wait_too() {
    let capture = Capture::start();
    let pool = support::pool("pools_waits").await;
    let work = async {
        sqlx::query("SELECT 1").execute(&pool).await.unwrap();
        sqlx::query("SELECT 1").fetch_one(&pool).await.unwrap();
        sqlx::query("SELECT 1").fetch_all(&pool).await.unwrap();
        futures_util::StreamExt::count(sqlx::query("SELECT 1").fetch(&pool)).await;
        pool.begin().await.unwrap().commit().await.unwrap();
        support::all_idle(&pool).await;
        drop(pool.try_acquire().unwrap());
    };
    capture.run_async(work).await;
    let metrics = capture.metrics();
    assert_eq!(count(&metrics, "db.client.connection.wait_time", "pools_waits.db"), 6);
    assert_eq!(count(&metrics, "db.client.connection.use_time", "pools_waits.db"), 6);
    // Each operation carries its own.
    let spans = capture.spans();
    let waits = spans.iter().filter(|span| span.attribute("telemetry.db.wait_time").is_some());
    assert_eq!(waits.count(), 5);
}

#[tokio::test]
async fn an_exhausted_pool_is_counted_and_named_as_the_error() {
    let capture = Capture::start();
    let raw = SqlitePoolOptions::new()
        .max_connections(1)
        .acquire_timeout(Duration::from_millis(500))
        .connect_with(support::file("pools_exhausted"))
        .await
        .unwrap();
    let pool = SqlitePool::configured(raw, |target| target.pool_named("tight"));
    let work = async {
        let held = pool.acquire().await.unwrap();
        let waiting = (0..3).map(|_| sqlx::query("SELECT 1").fetch_one(&pool));
        let mut waiting = Box::pin(join_all(waiting));
        assert!(futures_util::poll!(waiting.as_mut()).is_pending());
        let metrics = capture.metrics();
        assert_eq!(of_pool(&metrics, "db.client.connection.pending_requests", "tight"), 3.0);
        for result in waiting.await {
            assert!(matches!(result, Err(sqlx::Error::PoolTimedOut)));
        }
        assert!(pool.begin().await.is_err());
        assert!(pool.acquire().await.is_err());
        drop(held);
        sqlx::query("SELECT 1").fetch_one(&pool).await.unwrap();
    };
    capture.run_async(work).await;

    let metrics = capture.metrics();
    assert_eq!(of_pool(&metrics, "db.client.connection.timeouts", "tight"), 5.0);
    assert_eq!(of_pool(&metrics, "db.client.connection.pending_requests", "tight"), 0.0);
    assert_eq!(count(&metrics, "db.client.connection.wait_time", "tight"), 2);
    let spans = capture.spans();
    let failed: Vec<_> = spans.iter().filter(|span| span.status.is_error()).collect();
    assert_eq!(failed.len(), 4);
    for span in failed {
        assert_eq!(span.attribute("error.type").unwrap(), &"pool_timed_out");
        assert!(support::number(span, "telemetry.db.wait_time") >= 0.5);
    }
    // They waited, but no query was slow: none ran.
    let events = capture.events();
    let mut slow = events.iter().filter(|event| event.event_name == "telemetry.db.slow_query");
    assert!(slow.all(|event| event.span_id.is_none_or(|id| {
        !spans.iter().any(|span| span.span_id == id && span.status.is_error())
    })));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_busy_pool_comes_to_rest() {
    let capture = Capture::start();
    let pool = SqlitePool::new(support::raw_pool("pools_busy", 2).await);
    let name = "pools_busy.db";
    let work = join_all((0..200_u32).map(|n| {
        let pool = pool.clone();
        async move {
            let query = sqlx::query("SELECT title FROM tickets WHERE id = ?")
                .bind(n % 4)
                .fetch_optional(&pool);
            if n % 3 == 0 {
                // Some give up before or while they run.
                tokio::time::timeout(Duration::from_micros(u64::from(n) * 5), query).await.ok();
            } else {
                query.await.unwrap();
            }
        }
    }));
    capture.run_async(work).await;
    support::eventually("nobody waits and nothing is used", || {
        let metrics = capture.metrics();
        of_pool(&metrics, "db.client.connection.pending_requests", name) == 0.0
            && connections(&metrics, name, "used") == 0.0
    })
    .await;
    let metrics = capture.metrics();
    let spans = capture.spans();
    let durations = metrics.histogram("db.client.operation.duration", &[]).unwrap();
    assert_eq!(durations.count(), spans.len() as u64);
    assert_eq!(
        count(&metrics, "db.client.connection.wait_time", name),
        count(&metrics, "db.client.connection.use_time", name)
    );
    capture.assert_ledger_balances();
}

#[tokio::test]
async fn two_pools_on_one_file_have_two_names() {
    let capture = Capture::start();
    let raw = support::raw_pool("pools_twins", 1).await;
    let (first, second) = capture.run(|| (SqlitePool::new(raw.clone()), SqlitePool::new(raw)));
    let metrics = capture.metrics();
    assert_eq!(of_pool(&metrics, "db.client.connection.max", "pools_twins.db"), 1.0);
    assert_eq!(of_pool(&metrics, "db.client.connection.max", "pools_twins.db-2"), 1.0);
    drop(first);
    let metrics = capture.metrics();
    assert_eq!(of_pool(&metrics, "db.client.connection.max", "pools_twins.db"), 0.0);
    assert_eq!(of_pool(&metrics, "db.client.connection.max", "pools_twins.db-2"), 1.0);
    drop(second);
}

/// A pool made before `init!` is seen from its first use on, and in each
/// pipeline that it is used in.
#[tokio::test]
async fn a_pool_is_seen_in_every_pipeline_that_uses_it_and_once_in_each() {
    let pool = support::pool("pools_pipelines").await;
    let captures = [Capture::start(), Capture::start()];
    for _ in 0..3 {
        for capture in &captures {
            capture.run_async(sqlx::query("SELECT 1").execute(&pool)).await.unwrap();
        }
    }
    for capture in &captures {
        let metrics = capture.metrics();
        assert_eq!(of_pool(&metrics, "db.client.connection.max", "pools_pipelines.db"), 4.0);
        assert_eq!(metrics.metric("db.client.connection.max").unwrap().data.points(), 1);
        assert_eq!(count(&metrics, "db.client.connection.use_time", "pools_pipelines.db"), 3);
    }
}

#[tokio::test]
async fn any_other_pool_can_be_measured() {
    let capture = Capture::start();
    let state = || PoolState { idle: 1, used: 2, ..PoolState::default() };
    let meter = capture.run(|| PoolMeter::new("legacy", state));
    assert_eq!(meter.name(), "legacy");
    let work = async {
        let mut waiting = meter.wait();
        let connection = waiting.watch(async { 17 }).await;
        let lease = waiting.obtained();
        assert_eq!(connection, 17);
        drop(lease);
        meter.wait().timed_out();
        drop(meter.wait());
    };
    capture.run_async(work).await;
    let metrics = capture.metrics();
    assert_eq!(connections(&metrics, "legacy", "idle"), 1.0);
    assert_eq!(connections(&metrics, "legacy", "used"), 2.0);
    assert!(metrics.metric("db.client.connection.max").is_none());
    assert_eq!(of_pool(&metrics, "db.client.connection.timeouts", "legacy"), 1.0);
    assert_eq!(count(&metrics, "db.client.connection.wait_time", "legacy"), 1);
    assert_eq!(count(&metrics, "db.client.connection.use_time", "legacy"), 1);
}
