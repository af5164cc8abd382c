//! A pipeline of which a thread can't be started is an error, and leaves none behind.

use std::env;
use std::process::Command;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use telemetry_core::{Batch, Pipeline, Receipt, Signal, Sink};

struct Idle;

impl Sink for Idle {
    fn name(&self) -> &'static str {
        "idle"
    }
    fn accepts(&self, _: Signal) -> bool {
        true
    }
    fn export(&mut self, batch: &Arc<Batch>) -> Receipt {
        Receipt::exported(batch)
    }
}

/// Threads of this process that are telemetry's.
fn threads() -> usize {
    let tasks = std::fs::read_dir("/proc/self/task").unwrap().flatten();
    let names = tasks.filter_map(|task| std::fs::read_to_string(task.path().join("comm")).ok());
    names
        .filter(|name| name.starts_with("telemetry-idle") || name.starts_with("telemetry-colle"))
        .count()
}

/// A thread has its name only once it runs.
fn wait_for(count: usize) {
    let begun = Instant::now();
    while threads() != count {
        assert!(begun.elapsed() < Duration::from_secs(60), "there are {} threads", threads());
        thread::sleep(Duration::from_millis(5));
    }
}

/// In a process whose memory the system limits, so that there is no room for the stacks of so many threads.
#[test]
fn when_a_later_one_finds_no_room() {
    const MARK: &str = "THREADS_WITHOUT_ROOM";
    if env::var_os(MARK).is_none() {
        let name = "threads_that_cannot_all_start_end::when_a_later_one_finds_no_room";
        let mut limited = Command::new("/bin/sh");
        limited.args(["-c", r#"ulimit -v 4000000; exec "$0" "$@""#]);
        limited.arg(env::current_exe().unwrap()).args(["--exact", name, "--nocapture"]);
        let output = limited.env(MARK, "1").output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let (out, err) = (text(&output.stdout), text(&output.stderr));
        assert!(output.status.success() && out.contains("1 passed"), "{out}\n{err}");
        return;
    }
    let build = |sinks: usize| {
        let sinks = (0..sinks).map(|_| Box::new(Idle) as Box<dyn Sink>);
        sinks.fold(Pipeline::builder(), |builder, sink| builder.sink(sink)).build()
    };
    // Two MiB of stack each, and what the allocator has for each thread.
    let error = build(4_000).unwrap_err();
    assert_ne!(error.kind(), std::io::ErrorKind::InvalidInput, "{error}");
    wait_for(0);
    // What was taken is there again.
    let pipeline = build(3).unwrap();
    wait_for(4);
    assert!(pipeline.shutdown(Duration::from_secs(60)).is_complete());
}
