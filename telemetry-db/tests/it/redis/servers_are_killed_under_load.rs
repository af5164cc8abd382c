//! Tasks side by side on each kind of connection, while the server is killed and started again.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use deadpool_redis::{Manager, Runtime};
use redis::AsyncCommands;
use redis::aio::{ConnectionManager, ConnectionManagerConfig, MultiplexedConnection};
use telemetry_core::testing::{Capture, CapturedSpan, OwnedValue};
use telemetry_core::{ContextExt, MetricData};
use telemetry_db::redis::{Connection, Pool};
use tokio::task::JoinSet;

use super::server::{Server, unhurried};

/// Longer than a machine is ever busy.
const PATIENCE: Duration = Duration::from_secs(120);

const TASKS: usize = 6;

/// What came of the commands on one kind of connection.
#[derive(Default)]
struct Load {
    stop: AtomicBool,
    answered: AtomicU64,
    failed: AtomicU64,
    /// There was no connection to ask on.
    refused: AtomicU64,
}

impl Load {
    fn note<T>(&self, result: &redis::RedisResult<T>) {
        let counter = if result.is_ok() { &self.answered } else { &self.failed };
        counter.fetch_add(1, Relaxed);
    }

    fn goes_on(&self) -> bool {
        !self.stop.load(Relaxed)
    }

    fn answers(&self) -> u64 {
        self.answered.load(Relaxed)
    }

    fn failures(&self) -> u64 {
        self.failed.load(Relaxed) + self.refused.load(Relaxed)
    }
}

/// Between two commands of a task, so that the others have their turn.
async fn pause() {
    tokio::time::sleep(Duration::from_millis(2)).await;
}

/// One connection for all tasks. It never comes back: whoever is told so makes another one.
async fn on_multiplexed(
    load: Arc<Load>,
    client: redis::Client,
    mut redis: Connection<MultiplexedConnection>,
) {
    while load.goes_on() {
        let result = redis.incr::<_, _, i64>("n:1", 1).await;
        load.note(&result);
        if result.is_err()
            && let Ok(new) = client.get_multiplexed_async_connection_with_config(&unhurried()).await
        {
            redis = Connection::configured(new, |target| target.pool_named("multiplexed"));
        }
        pause().await;
    }
}

async fn on_manager(load: Arc<Load>, mut redis: Connection<ConnectionManager>) {
    while load.goes_on() {
        load.note(&redis.incr::<_, _, i64>("n:2", 1).await);
        pause().await;
    }
}

/// Pipelines, by tasks of which most have to wait for a connection.
async fn on_pool(load: Arc<Load>, pool: Pool) {
    while load.goes_on() {
        match pool.get().await {
            Ok(mut redis) => {
                let both = redis::pipe().incr("n:3", 1).get("n:3").query_async(&mut redis).await;
                load.note::<(i64, i64)>(&both);
            }
            Err(_) => {
                load.refused.fetch_add(1, Relaxed);
            }
        }
        pause().await;
    }
}

/// Waits until each kind of connection has counted so many more.
async fn more(loads: &[Arc<Load>; 3], what: &str, count: impl Fn(&Load) -> u64) {
    let goals = loads.each_ref().map(|load| count(load) + 30);
    let deadline = Instant::now() + PATIENCE;
    for (load, goal) in loads.iter().zip(goals) {
        while count(load) < goal {
            assert!(Instant::now() < deadline, "no more commands {what}");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

/// How many durations there are, of operations of any kind.
fn durations(capture: &Capture) -> u64 {
    let metrics = capture.metrics();
    match metrics.metric("db.client.operation.duration").map(|metric| &metric.data) {
        Some(MetricData::Histogram { points, .. }) => points.iter().map(|it| it.count()).sum(),
        _ => 0,
    }
}

fn error_of(span: &CapturedSpan) -> Option<&str> {
    match span.attribute("error.type") {
        Some(OwnedValue::Str(name)) => Some(name),
        _ => None,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn every_command_ends_once_and_connections_come_to_rest() {
    let mut server = Server::start();
    let capture = Capture::start();
    let config = ConnectionManagerConfig::new()
        .set_min_delay(Duration::from_millis(10))
        .set_max_delay(Duration::from_millis(50))
        .set_number_of_retries(2)
        .set_response_timeout(None)
        .set_connection_timeout(None);
    let manager = ConnectionManager::new_with_config(server.client(), config).await.unwrap();
    let manager = Connection::configured(manager, |target| target.pool_named("manager"));
    let multiplexed = server.unobserved().await;
    let multiplexed =
        Connection::configured(multiplexed, |target| target.pool_named("multiplexed"));
    let url = format!("unix://{}", server.socket().display());
    let pool = deadpool_redis::Pool::builder(Manager::new_with_config(url, unhurried()).unwrap())
        .max_size(2)
        .wait_timeout(Some(PATIENCE))
        .runtime(Runtime::Tokio1)
        .build()
        .unwrap();

    let loads: [Arc<Load>; 3] = Default::default();
    let work = async {
        let pool = Pool::configured(pool, |target| target.pool_named("pooled"));
        let mut tasks = JoinSet::new();
        let [on_one, on_managed, on_pooled] = &loads;
        for _ in 0..TASKS {
            let client = server.client();
            let one = on_multiplexed(Arc::clone(on_one), client, multiplexed.clone());
            tasks.spawn(one.in_current_context());
            let managed = on_manager(Arc::clone(on_managed), manager.clone());
            tasks.spawn(managed.in_current_context());
            tasks.spawn(on_pool(Arc::clone(on_pooled), pool.clone()).in_current_context());
        }
        more(&loads, "are answered", Load::answers).await;
        server.kill();
        more(&loads, "fail", Load::failures).await;
        server.restart();
        more(&loads, "are answered again", Load::answers).await;
        for load in &loads {
            load.stop.store(true, Relaxed);
        }
        while let Some(task) = tasks.join_next().await {
            task.unwrap();
        }
        // The pool is there for as long as somebody has it.
        let named = [("db.client.connection.pool.name", "pooled")];
        let used = [named[0], ("db.client.connection.state", "used")];
        capture.expect_sum("db.client.connection.pending_requests", &named, 0.0);
        capture.expect_sum("db.client.connection.count", &used, 0.0);
    };
    capture.run_async(work).await;

    let spans = capture.spans();
    let failed: Vec<_> = spans.iter().filter(|span| span.status.is_error()).collect();
    let of_all = |count: fn(&Load) -> u64| loads.iter().map(|load| count(load)).sum::<u64>();
    assert_eq!(failed.len() as u64, of_all(|load| load.failed.load(Relaxed)));
    let operations = failed.len() as u64 + of_all(Load::answers);
    assert_eq!(spans.len() as u64, operations);
    assert_eq!(durations(&capture), operations);
    for span in &failed {
        let class = error_of(span).unwrap();
        assert!(["network_error", "connection_refused"].contains(&class), "{span:#?}");
        span.expect_no_attribute("db.response.status_code");
    }
    for (load, name) in loads.iter().zip(["multiplexed", "manager", "pooled"]) {
        let named = [("db.client.connection.pool.name", name)];
        capture.expect_sum("telemetry.db.connection.errors", &named, load.failures() as f64);
    }
    for name in ["manager", "pooled"] {
        let named = [("db.client.connection.pool.name", name)];
        capture.expect_sum("telemetry.db.connection.up", &named, 1.0);
        assert!(capture.metrics().sum("telemetry.db.connection.reconnects", &named) >= 1.0);
    }
    capture.assert_ledger_balances();
}
