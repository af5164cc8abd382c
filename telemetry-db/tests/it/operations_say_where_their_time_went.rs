use std::panic::Location;
use std::process::Command;
use std::time::Duration;

use futures_util::StreamExt;
use sqlx::Executor;
use telemetry_core::testing::{Capture, CapturedSpan, OwnedValue};
use telemetry_db::sqlx::SqlitePool;
use telemetry_db::{Dialect, Operation, Statement, Target};

use crate::support::{self, number, only};

fn seconds(span: &CapturedSpan) -> f64 {
    (span.end_unix_nanos - span.start_unix_nanos) as f64 / 1e9
}

#[tokio::test]
async fn the_wait_the_first_row_the_rest_and_the_caller_are_the_whole() {
    let capture = Capture::start();
    let pool = support::pool("split_whole").await;
    let work = async {
        let mut rows = sqlx::query("SELECT id FROM tickets").fetch(&pool);
        while rows.next().await.is_some() {
            std::thread::sleep(Duration::from_millis(2));
        }
    };
    capture.run_async(work).await;
    let span = only(&capture);
    let part = |name| number(&span, name);
    let parts = [
        part("telemetry.db.wait_time"),
        part("telemetry.db.first_row_time"),
        part("telemetry.db.stream_time"),
        part("telemetry.db.caller_time"),
    ];
    assert!(parts.iter().all(|part| *part >= 0.0), "{parts:?}");
    assert!(parts[3] >= 0.006, "{parts:?}");
    // What is left is the work before the wait and between the clocks' readings.
    assert!(parts.iter().sum::<f64>() <= seconds(&span) + 1e-6, "{parts:?} {}", seconds(&span));
}

#[tokio::test]
async fn a_statement_without_rows_answers_with_its_result_and_a_failed_one_not_at_all() {
    let capture = Capture::start();
    let pool = support::pool("split_no_rows").await;
    let work = async {
        pool.execute("DELETE FROM tickets WHERE id = 99").await.unwrap();
        pool.fetch_optional("SELECT id FROM tickets WHERE id = 99").await.unwrap();
        pool.execute("SELEC").await.unwrap_err();
    };
    capture.run_async(work).await;
    let spans = capture.spans();
    let answered = |span: &CapturedSpan| span.attribute("telemetry.db.first_row_time").is_some();
    assert_eq!(spans.iter().map(answered).collect::<Vec<_>>(), [true, true, false]);
    // One row, or none, is the whole.
    assert_eq!(number(&spans[1], "telemetry.db.stream_time"), 0.0);
}

#[tokio::test]
async fn where_the_connection_came_from_is_how_the_pool_stood() {
    let capture = Capture::start();
    let raw = sqlx::sqlite::SqlitePoolOptions::new()
        .max_connections(1)
        .connect_lazy_with(support::file("split_path"));
    let pool = SqlitePool::new(raw);
    let work = async {
        pool.execute("SELECT 1").await.unwrap();
        support::all_idle(&pool).await;
        pool.execute("SELECT 1").await.unwrap();
        support::all_idle(&pool).await;
        let held = pool.acquire().await.unwrap();
        let mut queued = std::pin::pin!(pool.execute("SELECT 1"));
        assert!(futures_util::poll!(queued.as_mut()).is_pending());
        drop(held);
        queued.await.unwrap();
    };
    capture.run_async(work).await;
    let spans = capture.spans();
    let paths: Vec<_> =
        spans.iter().map(|span| span.attribute("telemetry.db.connection.path").unwrap()).collect();
    assert_eq!(paths, [&"new", &"idle", &"queued"]);
}

#[tokio::test]
async fn calls_from_the_application_have_their_line() {
    let capture = Capture::start();
    let pool = support::pool("split_lines").await;
    let line = line!() + 2;
    let work = async {
        pool.execute("SELECT 1").await.unwrap();
        let tx = pool.begin().await.unwrap();
        tx.rollback().await.unwrap();
        // Called by sqlx's own code, which is nobody's place.
        sqlx::query("SELECT 1").execute(&pool).await.unwrap();
    };
    capture.run_async(work).await;
    let spans = capture.spans();
    let place = |span: &CapturedSpan| {
        let line = span.attribute("code.line.number").cloned();
        let file = span.attribute("code.file.path").map(ToString::to_string);
        (file.is_some_and(|file| file.contains(file!())), line)
    };
    let at = |line: u32| (true, Some(OwnedValue::I64(i64::from(line))));
    assert_eq!(place(&spans[0]), at(line));
    assert_eq!(place(&spans[1]), at(line + 1));
    assert_eq!(place(&spans[2]), (false, None));
    assert_eq!(place(&spans[3]), (false, None));
}

#[test]
fn any_driver_may_say_the_same() {
    let capture = Capture::start();
    let target = Target::new("clickhouse");
    let statement = Statement::of("SELECT a FROM t", Dialect::Postgres);
    capture.run(|| {
        let mut operation = Operation::start(&target, &statement);
        operation.called_at(Location::caller());
        operation.answered();
        operation.end();
    });
    let span = only(&capture);
    assert!(number(&span, "telemetry.db.first_row_time") >= 0.0);
    assert!(span.attribute("code.line.number").is_some());
}

fn old_names(span: &CapturedSpan) -> Vec<Option<String>> {
    ["db.system", "db.name", "db.statement", "db.operation"]
        .map(|name| span.attribute(name).map(ToString::to_string))
        .to_vec()
}

fn operation_of(target: &Target) -> CapturedSpan {
    let capture = Capture::start();
    let statement = Statement::of("SELECT a FROM t WHERE b = 'hunter2'", Dialect::Sqlite);
    capture.run(|| Operation::start(target, &statement).end());
    only(&capture)
}

#[test]
fn old_names_stand_beside_the_stable_ones_where_asked() {
    let target = Target::new("sqlite").namespace("shop");
    let expected = ["sqlite", "shop", "SELECT a FROM t WHERE b = ?", "SELECT"];
    let expected = expected.map(|text| Some(text.to_owned())).to_vec();
    let span = operation_of(&target.with_old_names());
    assert_eq!(old_names(&span), expected);
    assert_eq!(span.attribute("db.system.name").unwrap(), &"sqlite");
}

/// The variable is read once in a process, so each setting is tested in one of
/// its own: this test, run again with the variable set.
#[test]
fn the_environment_asks_for_old_names() {
    const VARIABLE: &str = "OTEL_SEMCONV_STABILITY_OPT_IN";
    if let Ok(list) = std::env::var(VARIABLE) {
        let span = operation_of(&Target::new("sqlite"));
        assert_eq!(span.attribute("db.system").is_some(), list.contains("database/dup"));
        return;
    }
    let module = module_path!().trim_start_matches("it::");
    let name = format!("{module}::the_environment_asks_for_old_names");
    for list in ["database/dup", "http/dup, database/dup", "database", ""] {
        let output = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", &name])
            .env(VARIABLE, list)
            .output()
            .unwrap();
        let printed = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success() && printed.contains("1 passed"), "{list}: {printed}");
    }
}
