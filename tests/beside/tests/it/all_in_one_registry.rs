use std::collections::BTreeSet;
use std::io;
use std::net::TcpListener;
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use opentelemetry::trace::TracerProvider;
use opentelemetry_sdk::trace::SdkTracerProvider;
use telemetry_core::bridge::{self, Directives};
use telemetry_core::testing::Capture;
use telemetry_core::{ContextExt, Pipeline, span};
use tokio::time::sleep;
use tracing::Instrument;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer};

use crate::console_subscriber::{PATIENCE, tasks};
use crate::tracing_opentelemetry::Exported;

const STEPS: usize = 20;

/// What `fmt` has written.
#[derive(Clone, Debug, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl io::Write for Written {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Written {
    fn lines_with(&self, text: &str) -> usize {
        let written = self.0.lock().unwrap();
        String::from_utf8_lossy(&written).lines().filter(|line| line.contains(text)).count()
    }
}

async fn work() {
    for step in 0..STEPS {
        sleep(Duration::from_millis(1)).await;
        span!("native").in_scope(|| tracing::info!(step, "a step"));
        tracing::info!(target: "chatty", "a word");
        tracing::debug_span!("detail").in_scope(|| tracing::info_span!("inner").in_scope(|| ()));
    }
}

#[test]
fn fmt_a_filter_of_all_the_console_opentelemetry_and_the_bridge_have_each_their_own() {
    // The runtime's own spans go through the program's subscriber, of which a process has one.
    const MARK: &str = "BESIDE_OWN_PROCESS";
    let Some(mirrors) = std::env::var_os(MARK).map(|mirrors| mirrors == "mirrors") else {
        let name = "all_in_one_registry::fmt_a_filter_of_all_the_console_opentelemetry_and_the_bridge_have_each_their_own";
        for mark in ["1", "mirrors"] {
            let mut command = Command::new(std::env::current_exe().unwrap());
            command.args(["--exact", name, "--nocapture"]).env(MARK, mark);
            let output = command.output().unwrap();
            let text = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "{text}");
            assert!(String::from_utf8_lossy(&output.stdout).contains("1 passed"), "{text}");
        }
        return;
    };
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let console = console_subscriber::ConsoleLayer::builder().server_addr(address).spawn();
    let (written, exported) = (Written::default(), Exported::default());
    let writer = written.clone();
    let fmt = tracing_subscriber::fmt::layer()
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .with_filter(EnvFilter::new("info,chatty=warn"));
    let provider = SdkTracerProvider::builder().with_simple_exporter(exported.clone()).build();
    let theirs = tracing_opentelemetry::layer()
        .with_tracer(provider.tracer("beside"))
        .with_filter(EnvFilter::new("info,tokio=off,runtime=off"));
    let directives: Directives = "info,tokio=off,runtime=off".parse().unwrap();
    let ours = bridge::tracing::layer().with_filter(directives.filter());
    tracing_subscriber::registry()
        .with(EnvFilter::new("info,tokio=trace,runtime=trace"))
        .with(console)
        .with(fmt)
        .with(theirs)
        .with(ours)
        .init();

    let capture = Capture::with(Pipeline::builder().mirror_to_tracing(mirrors));
    let context = capture.pipeline().context();
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    let runtime = runtime.worker_threads(2).enable_all().build().unwrap();
    let tasks = runtime.block_on(async {
        let job = context.in_scope(|| tracing::info_span!("job"));
        tokio::spawn(work().instrument(job).in_context(context.clone())).await.unwrap();
        let waiting = tokio::spawn(sleep(PATIENCE));
        let tasks = tasks(address).await;
        waiting.abort();
        tasks
    });

    assert!(tasks > 0, "the console has the tasks");
    assert_eq!((written.lines_with("a step"), written.lines_with("a word")), (STEPS, 0));
    assert_eq!(written.lines_with("job:"), STEPS, "fmt has the span around what it writes");
    // Native spans are there for all, once they are mirrored.
    let native = if mirrors { STEPS } else { 0 };
    assert_eq!(written.lines_with("otel.name=native "), native);
    assert_eq!(exported.count("native"), native);
    let job = exported.one("job");
    assert_eq!(job.events.len(), 2 * STEPS - native, "OpenTelemetry has events within their span");
    assert_eq!(exported.count("inner"), STEPS);
    assert_eq!(exported.count("detail"), 0, "the filter of all leaves it out for all");

    let spans = capture.spans();
    let names: BTreeSet<&str> = spans.iter().map(|span| &*span.name).collect();
    assert_eq!(names, BTreeSet::from(["inner", "job", "native"]));
    assert_eq!((spans.len(), capture.events().len()), (1 + 2 * STEPS, 2 * STEPS));
    let ours = &capture.spans_named("job")[0];
    let beneath = |name: &str| {
        let spans = capture.spans_named(name);
        spans.iter().filter(|span| span.parent_span_id == Some(ours.span_id)).count()
    };
    assert_eq!((beneath("native"), beneath("inner")), (STEPS, STEPS));
    capture.assert_ledger_balances();
}
