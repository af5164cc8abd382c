use std::io;
use std::sync::{Arc, Mutex};

use telemetry_core::testing::Capture;
use telemetry_core::{bridge, span};
use tracing_subscriber::filter::{EnvFilter, FilterFn, LevelFilter};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer as _, fmt};

use super::one;

/// What another layer has written.
#[derive(Clone, Debug, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl Written {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl io::Write for Written {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Written {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

fn work() {
    tracing::info_span!("outer", number = 1).in_scope(|| {
        tracing::info!("in outer");
        tracing::debug_span!("detail").in_scope(|| {
            tracing::debug!("in detail");
            tracing::info_span!("inner").in_scope(|| tracing::warn!("in inner"));
        });
        span!("native").in_scope(|| tracing::info!("in native"));
    });
}

fn bodies(capture: &Capture) -> Vec<String> {
    capture.events().into_iter().map(|event| event.body).collect()
}

#[test]
fn beside_fmt_both_see_everything_in_either_order() {
    for bridge_first in [true, false] {
        let (capture, written) = (Capture::start(), Written::default());
        let ours = bridge::tracing::layer();
        let _subscriber = if bridge_first {
            let text = fmt::layer().with_writer(written.clone()).with_ansi(false);
            tracing_subscriber::registry().with(ours).with(text).set_default()
        } else {
            let text = fmt::layer().with_writer(written.clone()).with_ansi(false);
            tracing_subscriber::registry().with(text).with(ours).set_default()
        };
        capture.run(work);
        assert_eq!(bodies(&capture), ["in outer", "in detail", "in inner", "in native"]);
        assert_eq!(capture.spans().len(), 4);
        let text = written.text();
        assert!(text.contains("outer{number=1}:detail:inner"), "{text}");
        assert!(text.contains("in native"), "{text}");
    }
}

#[test]
fn an_env_filter_over_all_or_over_one_decides_what_each_sees() {
    let filter = || EnvFilter::new("off,it::bridging_tracing=info");
    // Over all layers.
    let capture = Capture::start();
    let all = tracing_subscriber::registry().with(filter()).with(bridge::tracing::layer());
    tracing::subscriber::with_default(all, || capture.run(work));
    assert_eq!(bodies(&capture), ["in outer", "in inner", "in native"]);
    assert!(capture.spans_named("detail").is_empty());
    assert_eq!(one(&capture, "inner").parent_span_id, Some(one(&capture, "outer").span_id));

    // Over the bridge alone; then over the other alone.
    for over_bridge in [true, false] {
        let (capture, written) = (Capture::start(), Written::default());
        let (ours, theirs) = match over_bridge {
            true => (filter(), EnvFilter::new("trace")),
            false => (EnvFilter::new("trace"), filter()),
        };
        let text = fmt::layer().with_writer(written.clone()).with_ansi(false);
        let each = tracing_subscriber::registry()
            .with(text.with_filter(theirs))
            .with(bridge::tracing::layer().with_filter(ours));
        tracing::subscriber::with_default(each, || capture.run(work));
        assert_eq!(capture.spans_named("detail").is_empty(), over_bridge);
        assert_eq!(written.text().contains("detail"), over_bridge);
        let above = if over_bridge { "outer" } else { "detail" };
        let inner = one(&capture, "inner");
        assert_eq!(inner.parent_span_id, Some(one(&capture, above).span_id));
        assert_eq!(bodies(&capture).len(), if over_bridge { 3 } else { 4 });
    }
}

#[test]
fn spans_that_only_another_layer_wants_are_skipped() {
    // As a console for tasks does it: a layer for the runtime's own spans at the finest level, and a
    // filter that keeps those from everybody else.
    let (capture, written) = (Capture::start(), Written::default());
    let is_runtime = |target: &str| target.starts_with("runtime") || target.starts_with("tokio");
    let console = fmt::layer().with_writer(written.clone()).with_ansi(false);
    let console = console.with_filter(FilterFn::new(move |it| is_runtime(it.target())));
    let ours = bridge::tracing::layer()
        .with_filter(FilterFn::new(move |it| !is_runtime(it.target())))
        .with_filter(LevelFilter::INFO);
    let _subscriber = tracing_subscriber::registry().with(console).with(ours).set_default();
    capture.run(|| {
        let task = tracing::trace_span!(target: "runtime.spawn", parent: None, "task", id = 1);
        task.in_scope(|| {
            tracing::trace!(target: "runtime::poll", "polled");
            tracing::info_span!("request").in_scope(|| tracing::info!("handled"));
        });
    });
    assert_eq!(capture.spans().len(), 1);
    assert_eq!(one(&capture, "request").parent_span_id, None);
    assert_eq!(bodies(&capture), ["handled"]);
    let text = written.text();
    assert!(text.contains("polled") && !text.contains("handled"), "{text}");
}
