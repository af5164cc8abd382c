//! A root of six attributes of which a tenth is recorded. What sampling leaves out counts as delivered,
//! as long as it is nine tenths.

use std::cell::Cell;
use std::hint::black_box;
use std::rc::Rc;

use opentelemetry::trace::{Span as _, TraceContextExt, Tracer};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::trace::SdkTracer;
use telemetry_core::{Ratio, Sampler, span};

use crate::case::{Case, Comparison, Cores, Load, Peer, Subject};
use crate::cases::traced::{self, Request};
use crate::destination::Destination;
use crate::failure::Failure;
use crate::ours::Ours;
use crate::peers::opentelemetry_sdk::Sdk;
use crate::tally::Shape;

pub(in crate::cases) const CASE: Case = Case {
    area: "core",
    name: "span_unsampled",
    comparison: Comparison::Added { bare: traced::bare },
    cores: Cores::One,
    load: Load::SHORT,
    ours,
    peers: &[Peer::new("opentelemetry_sdk", opentelemetry_sdk).expected(3.0)],
};

const SHAPE: Shape = Shape::spans(1, 6);
const RATIO: f64 = 0.1;

fn ours() -> Result<Subject, Failure> {
    let ratio = Ratio::new(RATIO).ok_or("not a ratio")?;
    let sampler = Sampler::ParentBased(Box::new(Sampler::TraceIdRatio(ratio)));
    let destination = Sampled::new(Ours::install_sampling(SHAPE, sampler)?);
    let requests = Request::several();
    let decisions = destination.decisions();
    let operation = move |turn| {
        let request = black_box(Request::at(&requests, turn));
        let span = span!(
            "GET /orders/{id}",
            "http.request.method" = "GET",
            "http.route" = "/orders/{id}",
            "tenant.id" = &request.tenant,
            "http.response.status_code" = request.status,
            "order.lines" = request.lines,
            "cache.hit" = request.cached,
        )
        .start();
        decisions.note(span.is_recording());
        span.in_scope(|| black_box(request));
    };
    Ok(Subject::new(operation, destination))
}

fn opentelemetry_sdk() -> Result<Subject, Failure> {
    use opentelemetry_sdk::trace::Sampler;
    let sampler = Sampler::ParentBased(Box::new(Sampler::TraceIdRatioBased(RATIO)));
    let sdk = Sdk::sampling(SHAPE, sampler);
    let tracer = sdk.tracer();
    let destination = Sampled::new(sdk);
    let requests = Request::several();
    let decisions = destination.decisions();
    let operation = move |turn| {
        let request = black_box(Request::at(&requests, turn));
        sdk_span(&tracer, request, |span| decisions.note(span.is_recording()));
    };
    Ok(Subject::new(operation, destination))
}

/// The same span by the SDK's own interface.
pub(super) fn sdk_span(
    tracer: &SdkTracer,
    request: &Request,
    note: impl FnOnce(&opentelemetry_sdk::trace::Span),
) {
    let attributes = vec![
        KeyValue::new("http.request.method", "GET"),
        KeyValue::new("http.route", "/orders/{id}"),
        KeyValue::new("tenant.id", request.tenant.clone()),
        KeyValue::new("http.response.status_code", request.status),
        KeyValue::new("order.lines", request.lines),
        KeyValue::new("cache.hit", request.cached),
    ];
    let span = tracer.span_builder("GET /orders/{id}").with_attributes(attributes).start(tracer);
    note(&span);
    let _span = Context::current_with_span(span).attach();
    black_box(request);
}

/// The destination of spans of which only some get there.
#[derive(Debug)]
struct Sampled<D> {
    recorded: D,
    decisions: Rc<Decisions>,
}

#[derive(Debug, Default)]
struct Decisions {
    taken: Cell<u64>,
    left_out: Cell<u64>,
}

impl<D> Sampled<D> {
    fn new(recorded: D) -> Self {
        Self { recorded, decisions: Rc::default() }
    }

    fn decisions(&self) -> Rc<Decisions> {
        Rc::clone(&self.decisions)
    }
}

impl Decisions {
    fn note(&self, is_recording: bool) {
        self.taken.set(self.taken.get() + 1);
        self.left_out.set(self.left_out.get() + u64::from(!is_recording));
    }
}

impl<D: Destination> Destination for Sampled<D> {
    /// Fails as well when the share that was left out can't be chance.
    fn flush(&self) -> Result<(), Failure> {
        let taken = self.decisions.taken.get() as f64;
        let recorded = taken - self.decisions.left_out.get() as f64;
        let deviation = (taken * RATIO * (1.0 - RATIO)).sqrt();
        if (recorded - taken * RATIO).abs() > 6.0 * deviation {
            return Err(format!("{recorded} of {taken} spans were recorded").into());
        }
        self.recorded.flush()
    }

    fn delivered(&self) -> Option<u64> {
        self.recorded.delivered().map(|recorded| recorded + self.decisions.left_out.get())
    }
}
