use std::time::Duration;

use sqlx::Executor;
use sqlx::sqlite::SqlitePoolOptions;
use telemetry_core::testing::{Capture, CapturedLog};
use telemetry_core::{Severity, span};
use telemetry_db::sqlx::SqlitePool;
use telemetry_db::{PoolMeter, PoolState, Target};

use crate::support;

fn events(capture: &Capture, name: &str) -> Vec<CapturedLog> {
    capture.events().into_iter().filter(|event| event.event_name == name).collect()
}

fn text(event: &CapturedLog, key: &str) -> String {
    event.attribute(key).unwrap_or_else(|| panic!("no {key}: {event:#?}")).to_string()
}

fn pool(
    name: &str,
    connections: u32,
    timeout: Duration,
    configure: impl FnOnce(Target) -> Target,
) -> SqlitePool {
    let raw = SqlitePoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(timeout)
        .connect_lazy_with(support::file(name));
    SqlitePool::configured(raw, configure)
}

#[tokio::test]
async fn when_a_wait_is_in_vain_it_is_told_who_has_them_and_what_they_do() {
    let capture = Capture::start();
    let pool = pool("culprit_vain", 2, Duration::from_secs(2), |target| target);
    let (mut first, mut second) = (0, 0);
    let work = async {
        let holder = span!("checkout").run(async {
            first = line!() + 1;
            let mut held = pool.acquire().await.unwrap();
            (&mut *held).execute("SELECT 'hunter2' AS secret").await.unwrap();
            held
        });
        let held = holder.await;
        second = line!() + 1;
        let tx = pool.begin().await.unwrap();
        // Two wait; one of them tells.
        for _ in 0..2 {
            assert!(pool.execute("SELECT 1").await.is_err());
        }
        drop((held, tx));
    };
    capture.run_async(work).await;

    let exhausted = events(&capture, "telemetry.db.pool.exhausted");
    let [event] = &exhausted[..] else { panic!("{exhausted:#?}") };
    assert_eq!(event.severity, Severity::Warn);
    assert_eq!(text(event, "db.client.connection.pool.name"), "culprit_vain.db");
    assert_eq!(text(event, "error.type"), "pool_timed_out");
    assert_eq!(event.attribute("telemetry.db.pool.lent").unwrap(), &2);
    // The query that waited is the one that tells.
    let spans = capture.spans();
    let waiting = spans.iter().find(|span| span.status.is_error()).unwrap();
    assert_eq!(event.span_id, Some(waiting.span_id));
    let holders = text(event, "telemetry.db.pool.holders");
    let checkout = spans.iter().find(|span| span.name == "checkout").unwrap();
    assert!(holders.contains(&format!("{}:{first}", file!())), "{holders}");
    assert!(holders.contains(&format!("{}:{second}", file!())), "{holders}");
    assert!(holders.contains(&checkout.span_id.to_string()), "{holders}");
    assert!(holders.contains(&checkout.trace_id.to_string()), "{holders}");
    assert!(holders.contains("idle after SELECT"), "{holders}");
    assert!(holders.contains("idle after BEGIN"), "{holders}");
    assert!(!format!("{:?}", capture.events()).contains("hunter2"));
}

#[tokio::test]
async fn a_query_that_runs_is_told_apart_from_a_connection_that_idles() {
    let capture = Capture::start();
    let pool =
        pool("culprit_runs", 1, Duration::from_secs(60), |it| it.long_wait_after(Duration::ZERO));
    let work = async {
        let mut running = std::pin::pin!(sqlx::query(support::LONG).fetch_all(&pool));
        while pool.size() == 0 || pool.num_idle() > 0 {
            assert!(futures_util::poll!(running.as_mut()).is_pending());
            tokio::task::yield_now().await;
        }
        // Polled on until its query runs, whatever that takes.
        running.await.unwrap();
        // This one had to wait no longer than nothing, which is too long here.
        pool.execute("SELECT 1").await.unwrap();
    };
    capture.run_async(work).await;
    // One event at most every 10 s, the first of them.
    assert_eq!(events(&capture, "telemetry.db.pool.exhausted").len(), 1);
}

#[tokio::test]
async fn who_was_to_blame_for_a_long_wait_is_told_though_the_connection_is_back() {
    // On a busy machine another wait may be the first that is too long, and the one that is told of.
    for attempt in 0..50 {
        let capture = Capture::start();
        let expected = somebody_waits_for_long(&capture, attempt).await;
        let told = events(&capture, "telemetry.db.pool.exhausted");
        let event = &told[0];
        if !event.body.ends_with("; 1 returned after long") {
            continue;
        }
        assert!(event.attribute("error.type").is_none());
        let holders = text(event, "telemetry.db.pool.holders");
        assert!(holders.contains(&expected), "{holders} has no {expected}");
        assert!(!format!("{:?}", capture.events()).contains("hunter2"));
        return;
    }
    panic!("never told");
}

/// Somebody keeps the only connection while another one waits, and gives it back; how that is told.
async fn somebody_waits_for_long(capture: &Capture, attempt: usize) -> String {
    let limit = Duration::from_millis(100);
    let name = format!("culprit_past_{attempt}");
    let pool = pool(&name, 1, Duration::from_secs(60), |it| it.long_wait_after(limit));
    let mut line = 0;
    let work = async {
        let blame = async {
            line = line!() + 1;
            let mut held = pool.acquire().await.unwrap();
            (&mut *held).execute("SELECT 'hunter2' AS secret").await.unwrap();
            held
        };
        let held = span!("blame").run(blame).await;
        let give_back = async {
            support::eventually("somebody waits", || {
                let label = [("db.client.connection.pool.name", pool.name())];
                capture.metrics().sum("db.client.connection.pending_requests", &label) == 1.0
            })
            .await;
            // For longer than anybody should have to wait.
            tokio::time::sleep(2 * limit).await;
            drop(held);
        };
        tokio::join!(pool.execute("SELECT 1"), give_back).0.unwrap();
    };
    capture.run_async(work).await;
    let spans = capture.spans();
    let blame = spans.iter().find(|span| span.name == "blame").unwrap();
    let (trace, span) = (blame.trace_id, blame.span_id);
    format!("returned after SELECT, from {}:{line}, trace {trace} span {span}", file!())
}

#[tokio::test]
async fn who_waits_for_a_second_connection_is_told() {
    let capture = Capture::start();
    let pool = pool("culprit_nested", 1, Duration::from_secs(2), |target| target);
    let work = span!("nested").run(async {
        let _tx = pool.begin().await.unwrap();
        assert!(pool.execute("SELECT 1").await.is_err());
    });
    capture.run_async(work).await;
    let nested = events(&capture, "telemetry.db.pool.nested_acquire");
    let [event] = &nested[..] else { panic!("{nested:#?}") };
    assert!(text(event, "telemetry.db.pool.holders").contains("idle after BEGIN"));
    assert!(text(event, "code.file.path").contains(file!()));

    // In traces of their own they wait for others, not for themselves.
    let capture = Capture::start();
    let work = async {
        let tx = span!("one").run(pool.begin()).await.unwrap();
        assert!(span!("other").run(pool.execute("SELECT 1")).await.is_err());
        drop(tx);
    };
    capture.run_async(work).await;
    assert!(events(&capture, "telemetry.db.pool.nested_acquire").is_empty());
}

#[tokio::test]
async fn a_connection_that_does_not_come_back_is_told_of_once() {
    let capture = Capture::start();
    let overdue = |target: Target| target.overdue_after(Duration::ZERO);
    let pool = pool("culprit_overdue", 2, Duration::from_secs(60), overdue);
    let work = async {
        let leaked = span!("leaks").run(pool.acquire()).await.unwrap();
        for _ in 0..3 {
            capture.metrics();
        }
        drop(leaked);
    };
    capture.run_async(work).await;
    capture.metrics();
    let told = events(&capture, "telemetry.db.connection.overdue");
    let [event] = &told[..] else { panic!("{told:#?}") };
    let spans = capture.spans();
    assert_eq!(
        event.span_id,
        Some(spans.iter().find(|span| span.name == "leaks").unwrap().span_id)
    );
    assert!(text(event, "telemetry.db.pool.holders").contains(file!()));
}

#[tokio::test]
async fn limits_and_utilization_are_shown() {
    let capture = Capture::start();
    let raw = SqlitePoolOptions::new()
        .max_connections(4)
        .min_connections(1)
        .connect_lazy_with(support::file("culprit_limits"));
    let pool = capture.run(|| SqlitePool::new(raw));
    let work = async {
        let held = pool.acquire().await.unwrap();
        let metrics = capture.metrics();
        let labels = [("db.client.connection.pool.name", "culprit_limits.db")];
        assert_eq!(metrics.sum("db.client.connection.idle.max", &labels), 4.0);
        assert_eq!(metrics.sum("db.client.connection.idle.min", &labels), 1.0);
        let share = metrics.metric("telemetry.db.connection.utilization").unwrap();
        assert!(format!("{share:?}").contains("0.25"), "{share:?}");
        drop(held);
    };
    capture.run_async(work).await;
}

#[tokio::test]
async fn a_pool_of_any_other_kind_tells_as_well() {
    let capture = Capture::start();
    let meter = capture.run(|| {
        PoolMeter::new("legacy-culprit", || PoolState {
            max: Some(1),
            used: 1,
            ..PoolState::default()
        })
    });
    let work = async {
        let lease = meter.wait().obtained();
        meter.wait().timed_out();
        drop(lease);
        // With nobody left to be named.
        meter.wait().timed_out();
    };
    capture.run_async(work).await;
    let told = events(&capture, "telemetry.db.pool.exhausted");
    assert_eq!(told.len(), 1);
    assert!(text(&told[0], "telemetry.db.pool.holders").contains(file!()));
}
