//! Pools of real servers with nothing left to lend: who has the connections, and what each of them does
//! with it.

use std::time::Duration;

use sqlx::mysql::MySql;
use sqlx::pool::PoolOptions;
use sqlx::postgres::Postgres;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor};
use telemetry_core::testing::{Capture, CapturedLog, CapturedSpan, OwnedValue};
use telemetry_core::{Severity, span};
use telemetry_db::Target;
use telemetry_db::sqlx::{Pool, PoolConnection};
use telemetry_tests::PATIENCE;

use super::servers::Product;
use super::support::{comes_to_rest, used};

/// A product that can be told to be busy for as long as a test wants.
trait Busy: Product {
    /// A query that runs for ten minutes, if nobody interrupts it.
    const SLEEP: &'static str;

    /// The queries of that kind on the database of `options`, as its server numbers them.
    fn sleeping(connection: &mut Self::Connection, name: &str) -> impl Future<Output = Vec<i64>>;

    /// Ends the query that has this number.
    fn interrupt(connection: &mut Self::Connection, number: i64) -> impl Future<Output = ()>;
}

impl Busy for Postgres {
    const SLEEP: &'static str = "SELECT pg_sleep(600)";

    async fn sleeping(connection: &mut sqlx::PgConnection, name: &str) -> Vec<i64> {
        let sql = "SELECT pid::bigint FROM pg_stat_activity
                   WHERE datname = $1 AND state = 'active' AND query LIKE 'SELECT pg_sleep%'";
        sqlx::query_scalar(sql).bind(name).fetch_all(connection).await.unwrap()
    }

    async fn interrupt(connection: &mut sqlx::PgConnection, number: i64) {
        let sql = AssertSqlSafe(format!("SELECT pg_cancel_backend({number})"));
        connection.execute(sql).await.unwrap();
    }
}

impl Busy for MySql {
    const SLEEP: &'static str = "SELECT SLEEP(600)";

    async fn sleeping(connection: &mut sqlx::MySqlConnection, name: &str) -> Vec<i64> {
        let sql = "SELECT id FROM information_schema.processlist
                   WHERE db = ? AND info LIKE 'SELECT SLEEP%'";
        sqlx::query_scalar(sql).bind(name).fetch_all(connection).await.unwrap()
    }

    async fn interrupt(connection: &mut sqlx::MySqlConnection, number: i64) {
        let sql = AssertSqlSafe(format!("KILL QUERY {number}"));
        connection.execute(sql).await.unwrap();
    }
}

/// An observed pool with two connections that are open already and are lent without asking the server,
/// so that a wait times out where it must and nowhere else.
async fn pool<DB: Busy>(name: &str, configure: impl FnOnce(Target) -> Target) -> Pool<DB> {
    let raw = PoolOptions::<DB>::new()
        .max_connections(2)
        .acquire_timeout(Duration::from_millis(300))
        .test_before_acquire(false)
        .idle_timeout(None)
        .max_lifetime(None)
        .connect_lazy_with(DB::fresh(name).await);
    let open = async || loop {
        match raw.acquire().await {
            Ok(connection) => break connection,
            Err(error) => assert!(matches!(error, sqlx::Error::PoolTimedOut), "{error}"),
        }
    };
    let both = (open().await, open().await);
    drop(both);
    eventually("both connections are free", async || raw.num_idle() == 2).await;
    Pool::configured(raw, |target| configure(target).pool_named(name))
}

/// A name that no other database's test has: a second pool of one name would get a number.
fn name_of<DB: Busy>(test: &str) -> String {
    format!("{test}_{}", DB::NAME.to_lowercase())
}

async fn eventually(what: &str, condition: impl AsyncFn() -> bool) {
    let deadline = std::time::Instant::now() + PATIENCE;
    while !condition().await {
        assert!(std::time::Instant::now() < deadline, "never: {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

fn events(capture: &Capture, name: &str) -> Vec<CapturedLog> {
    capture.events().into_iter().filter(|event| event.event_name == name).collect()
}

fn holders(event: &CapturedLog) -> Vec<String> {
    match event.attribute("telemetry.db.pool.holders") {
        // Lists are captured as JSON.
        Some(OwnedValue::Str(holders)) => serde_json::from_str(holders).unwrap(),
        other => panic!("{other:?}"),
    }
}

fn named<'s>(spans: &'s [CapturedSpan], name: &str) -> &'s CapturedSpan {
    spans.iter().find(|span| span.name == name).unwrap_or_else(|| panic!("no {name}: {spans:#?}"))
}

/// `held 0.300 s, <state>, from <this file>:<line>, trace <trace> span <span>`.
#[track_caller]
fn assert_tells(told: &str, state: &str, line: u32, span: &CapturedSpan) {
    let rest = told.strip_prefix("held ").unwrap_or_else(|| panic!("{told}"));
    let (seconds, rest) = rest.split_once(" s, ").unwrap_or_else(|| panic!("{told}"));
    assert!(seconds.parse::<f64>().is_ok_and(|it| (0.0..600.0).contains(&it)), "{told}");
    let (trace, id) = (span.trace_id, span.span_id);
    assert_eq!(rest, format!("{state}, from {}:{line}, trace {trace} span {id}", file!()));
}

async fn one_idles_and_one_runs<DB: Busy>() {
    let name = name_of::<DB>("told_exhausted");
    let name = name.as_str();
    let capture = Capture::start();
    let pool = capture.run_async(pool::<DB>(name, |target| target)).await;
    let mut admin = pool.connect_options().connect().await.unwrap();
    let (mut idles, mut runs) = (0, 0);
    let work = async {
        let checkout = async {
            idles = line!() + 1;
            let mut held = pool.acquire().await.unwrap();
            (&mut *held).execute("SELECT 'hunter2' AS secret").await.unwrap();
            held
        };
        let held: PoolConnection<DB> = span!("checkout").run(checkout).await;
        let report = async {
            runs = line!() + 1;
            let _ = pool.execute(DB::SLEEP).await;
        };
        let in_vain = async {
            // What runs is seen by the server before anybody waits.
            let deadline = std::time::Instant::now() + PATIENCE;
            let sleeping = loop {
                if let [sleeping] = DB::sleeping(&mut admin, name).await[..] {
                    break sleeping;
                }
                assert!(std::time::Instant::now() < deadline, "the query never runs");
                tokio::time::sleep(Duration::from_millis(10)).await;
            };
            eventually("both are counted", async || used(&capture.metrics(), name) == 2.0).await;
            for _ in 0..2 {
                let error = span!("in vain").run(pool.acquire()).await.unwrap_err();
                assert!(matches!(error, sqlx::Error::PoolTimedOut), "{error}");
            }
            DB::interrupt(&mut admin, sleeping).await;
        };
        tokio::join!(span!("report").run(report), in_vain);
        drop(held);
    };
    capture.run_async(work).await;
    admin.close().await.unwrap();
    comes_to_rest(&capture, name).await;

    let exhausted = events(&capture, "telemetry.db.pool.exhausted");
    let [event, ..] = &exhausted[..] else { panic!("{exhausted:#?}") };
    assert_eq!(event.severity, Severity::Warn);
    event_is_of(event, name, "pool_timed_out");
    let spans = capture.spans();
    let told = holders(event);
    assert_eq!(told.len(), 2, "{told:?}");
    // The longest first.
    assert_tells(&told[0], "idle after SELECT", idles, named(&spans, "checkout"));
    let report = named(&spans, "report");
    let query = spans.iter().find(|span| span.parent_span_id == Some(report.span_id)).unwrap();
    assert_tells(&told[1], "running SELECT", runs, query);
    // It is told in the trace of the one that waited.
    assert_eq!(event.trace_id, Some(named(&spans, "in vain").trace_id));
    let timeouts = capture.metrics();
    let label = [("db.client.connection.pool.name", name)];
    assert_eq!(timeouts.sum("db.client.connection.timeouts", &label), 2.0);
    assert!(!format!("{:?}", capture.events()).contains("hunter2"));
    capture.assert_ledger_balances();
}

#[track_caller]
fn event_is_of(event: &CapturedLog, pool: &str, error: &str) {
    assert_eq!(event.attribute("db.client.connection.pool.name").unwrap(), &pool);
    assert_eq!(event.attribute("error.type").unwrap(), &error);
    assert_eq!(event.attribute("telemetry.db.pool.lent").unwrap(), &2);
}

/// Two requests of which each has a connection and waits for the other's.
async fn each_waits_for_the_other<DB: Busy>() {
    let name = name_of::<DB>("told_nested");
    let name = name.as_str();
    let capture = Capture::start();
    let pool = capture.run_async(pool::<DB>(name, |target| target)).await;
    let both_have_one = tokio::sync::Barrier::new(2);
    const BEGUN: u32 = line!() + 2;
    let transfer = async || {
        let tx = pool.begin().await.unwrap();
        both_have_one.wait().await;
        assert!(matches!(pool.execute("SELECT 1").await, Err(sqlx::Error::PoolTimedOut)));
        both_have_one.wait().await;
        tx.rollback().await.unwrap();
    };
    let work = async {
        tokio::join!(span!("transfer").run(transfer()), span!("transfer").run(transfer()));
    };
    capture.run_async(work).await;
    comes_to_rest(&capture, name).await;

    let nested = events(&capture, "telemetry.db.pool.nested_acquire");
    let [event, ..] = &nested[..] else { panic!("{nested:#?}") };
    let spans = capture.spans();
    // The connection is that of the very trace that waits.
    let begins: Vec<_> = spans.iter().filter(|span| span.name == "BEGIN").collect();
    let begin = begins.iter().find(|span| Some(span.trace_id) == event.trace_id).unwrap();
    let told = holders(event);
    assert_eq!(told.len(), 1, "{told:?}");
    assert_tells(&told[0], "idle after BEGIN", BEGUN, begin);
    assert!(!events(&capture, "telemetry.db.pool.exhausted").is_empty());
    capture.assert_ledger_balances();
}

async fn one_does_not_come_back<DB: Busy>() {
    let name = name_of::<DB>("told_overdue");
    let name = name.as_str();
    let capture = Capture::start();
    let limit = |target: Target| target.overdue_after(Duration::ZERO);
    let pool = capture.run_async(pool::<DB>(name, limit)).await;
    let mut line = 0;
    let mut kept = Vec::new();
    let work = async {
        let forgetful = async {
            line = line!() + 1;
            kept.push(pool.acquire().await.unwrap());
        };
        span!("forgetful").run(forgetful).await;
        for _ in 0..3 {
            eventually("it is counted", async || used(&capture.metrics(), name) == 1.0).await;
        }
    };
    capture.run_async(work).await;
    let overdue = events(&capture, "telemetry.db.connection.overdue");
    let [event] = &overdue[..] else { panic!("{overdue:#?}") };
    let spans = capture.spans();
    let told = holders(event);
    assert_eq!(told.len(), 1, "{told:?}");
    assert_tells(&told[0], "idle", line, named(&spans, "forgetful"));
    assert_eq!(event.span_id, Some(named(&spans, "forgetful").span_id));
    capture.run(|| drop(kept));
    comes_to_rest(&capture, name).await;
}

macro_rules! of_both {
    ($($test:ident => $shows:ident;)*) => {
        mod postgres {
            $(#[tokio::test]
            async fn $test() {
                super::$shows::<sqlx::Postgres>().await;
            })*
        }

        mod mariadb {
            $(#[tokio::test]
            async fn $test() {
                super::$shows::<sqlx::MySql>().await;
            })*
        }
    };
}

of_both! {
    who_idles_and_who_runs_a_query_is_told_when_a_wait_is_in_vain => one_idles_and_one_runs;
    who_waits_for_a_second_connection_is_told => each_waits_for_the_other;
    who_does_not_give_a_connection_back_is_told_of_once => one_does_not_come_back;
}
