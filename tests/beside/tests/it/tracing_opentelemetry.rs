use std::sync::{Arc, Mutex};

use opentelemetry::trace::{SpanId, Status, TracerProvider};
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{SdkTracerProvider, SpanData, SpanExporter};
use telemetry_core::testing::Capture;
use telemetry_core::{Context, SpanContext, TraceId, bridge, span};
use tracing::instrument;
use tracing_subscriber::layer::SubscriberExt;

/// What the peer has exported.
#[derive(Clone, Debug, Default)]
pub(crate) struct Exported(Arc<Mutex<Vec<SpanData>>>);

impl SpanExporter for Exported {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        self.0.lock().unwrap().extend(batch);
        Ok(())
    }
}

impl Exported {
    pub(crate) fn count(&self, name: &str) -> usize {
        self.0.lock().unwrap().iter().filter(|span| span.name == name).count()
    }

    pub(crate) fn one(&self, name: &str) -> SpanData {
        let spans = self.0.lock().unwrap();
        let mut named = spans.iter().filter(|span| span.name == name);
        let found = named.next().cloned();
        assert!(named.next().is_none(), "several spans are named {name}");
        found.unwrap_or_else(|| panic!("no span is named {name}: {spans:?}"))
    }
}

#[instrument(err)]
async fn reserve(count: u32) -> Result<(), &'static str> {
    tokio::task::yield_now().await;
    tracing::info!(count, "reserving");
    Err("out of stock")
}

fn one(capture: &Capture, name: &str) -> telemetry_core::testing::CapturedSpan {
    let mut spans = capture.spans_named(name);
    assert_eq!(spans.len(), 1, "spans named {name}");
    spans.remove(0)
}

#[tokio::test]
async fn both_have_every_span_under_ids_of_their_own_in_either_order() {
    for ours_first in [true, false] {
        let (capture, exported) = (Capture::start(), Exported::default());
        let provider = SdkTracerProvider::builder().with_simple_exporter(exported.clone()).build();
        let tracer = provider.tracer("beside");
        let dispatch = if ours_first {
            let theirs = tracing_opentelemetry::layer().with_tracer(tracer);
            let layers = tracing_subscriber::registry().with(bridge::tracing::layer());
            tracing::Dispatch::new(layers.with(theirs))
        } else {
            let theirs = tracing_opentelemetry::layer().with_tracer(tracer);
            let layers = tracing_subscriber::registry().with(theirs);
            tracing::Dispatch::new(layers.with(bridge::tracing::layer()))
        };
        let subscribed = tracing::dispatcher::set_default(&dispatch);
        let work = async {
            let outer =
                tracing::info_span!("outer", otel.kind = "server", late = tracing::field::Empty);
            outer.record("late", 7);
            let _entered = outer.enter();
            span!("native").in_scope(|| tracing::info_span!("inner").in_scope(|| ()));
        };
        capture.run_async(work).await;
        assert!(capture.run_async(reserve(3)).await.is_err());
        drop(subscribed);
        drop(dispatch);

        let (ours, theirs) = (one(&capture, "outer"), exported.one("outer"));
        assert_eq!(ours.attribute("late").unwrap(), &7);
        assert!(theirs.attributes.iter().any(|it| it.key.as_str() == "late"));
        assert_ne!(ours.trace_id.to_bytes(), theirs.span_context.trace_id().to_bytes());

        // The native span is between them here; there it is unknown.
        let native = one(&capture, "native");
        assert_eq!(native.parent_span_id, Some(ours.span_id));
        assert_eq!(one(&capture, "inner").parent_span_id, Some(native.span_id));
        assert_eq!(exported.one("inner").parent_span_id, theirs.span_context.span_id());
        assert_eq!(theirs.parent_span_id, SpanId::INVALID);

        let (ours, theirs) = (one(&capture, "reserve"), exported.one("reserve"));
        assert!(ours.status.is_error());
        assert!(matches!(theirs.status, Status::Error { .. }));
        let logs = capture.events();
        assert_eq!(logs.len(), 2);
        assert!(logs.iter().all(|log| log.span_id == Some(ours.span_id)));
        assert_eq!(theirs.events.len(), 2);
        capture.assert_ledger_balances();
    }
}

#[test]
fn each_has_its_own_way_to_give_a_parent() {
    let (capture, exported) = (Capture::start(), Exported::default());
    let provider = SdkTracerProvider::builder().with_simple_exporter(exported.clone()).build();
    let theirs = tracing_opentelemetry::layer().with_tracer(provider.tracer("beside"));
    let layers = tracing_subscriber::registry().with(bridge::tracing::layer()).with(theirs);
    let trace = TraceId::parse("4bf92f3577b34da6a3ce929d0e0e4736").unwrap();
    let parent = telemetry_core::SpanId::parse("00f067aa0ba902b7").unwrap();
    tracing::subscriber::with_default(layers, || {
        capture.run(|| {
            use telemetry_core::bridge::tracing::SpanExt as _;
            let remote = Context::current().with_remote(SpanContext::remote(trace, parent, true));
            let span = tracing::info_span!("receive");
            assert!(span.set_parent(&remote));
            span.in_scope(|| ());
        });
    });
    assert_eq!(one(&capture, "receive").parent_span_id, Some(parent));
    assert_eq!(exported.one("receive").parent_span_id, SpanId::INVALID);
}
