//! Native spans as other layers of `tracing` see them.

use std::collections::HashMap;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::task::{Context as Task, Poll, Waker};

use telemetry_core::bridge;
use telemetry_core::testing::Capture;
use telemetry_core::{Baggage, Context, ContextExt, Pipeline, Sampler, span};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id};
use tracing::{Dispatch, Instrument, Subscriber};
use tracing_subscriber::layer::{Context as LayerContext, Layer, SubscriberExt};
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::{EnvFilter, Registry};

/// What a layer has been told.
#[derive(Clone, Debug, Default)]
struct Told(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    open: HashMap<u64, Seen>,
    closed: Vec<Seen>,
    /// Parent and child by name.
    problems: Vec<String>,
}

#[derive(Clone, Debug, Default)]
struct Seen {
    name: String,
    parent: Option<String>,
    entered: usize,
    exited: usize,
    fields: HashMap<String, String>,
}

impl Visit for Seen {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        self.fields.insert(field.name().to_owned(), format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.fields.insert(field.name().to_owned(), value.to_owned());
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Told {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: LayerContext<'_, S>) {
        let mut seen = Seen::default();
        attributes.record(&mut seen);
        let name = seen.fields.get("otel.name").cloned();
        seen.name = name.unwrap_or_else(|| attributes.metadata().name().to_owned());
        let parent = context.span(id).unwrap().parent().map(|parent| parent.id().into_u64());
        let mut state = self.0.lock().unwrap();
        seen.parent = parent.map(|parent| state.open[&parent].name.clone());
        state.open.insert(id.into_u64(), seen);
    }

    fn on_enter(&self, id: &Id, _: LayerContext<'_, S>) {
        self.0.lock().unwrap().open.get_mut(&id.into_u64()).unwrap().entered += 1;
    }

    fn on_exit(&self, id: &Id, _: LayerContext<'_, S>) {
        let mut state = self.0.lock().unwrap();
        let seen = state.open.get_mut(&id.into_u64()).unwrap();
        seen.exited += 1;
        if seen.exited > seen.entered {
            let problem = format!("{} was left more often than entered", seen.name);
            state.problems.push(problem);
        }
    }

    fn on_close(&self, id: Id, _: LayerContext<'_, S>) {
        let mut state = self.0.lock().unwrap();
        let seen = state.open.remove(&id.into_u64()).unwrap();
        state.closed.push(seen);
    }
}

impl Told {
    /// The only span of this name, which is closed.
    fn one(&self, name: &str) -> Seen {
        let state = self.0.lock().unwrap();
        let mut found = state.closed.iter().filter(|seen| seen.name == name);
        let seen = found.next().cloned();
        assert!(seen.is_some(), "no {name} in {state:?}");
        let seen = seen.unwrap();
        assert!(found.next().is_none(), "one {name}");
        seen
    }

    fn names(&self) -> Vec<String> {
        self.0.lock().unwrap().closed.iter().map(|seen| seen.name.clone()).collect()
    }

    fn is_open(&self, name: &str) -> bool {
        self.0.lock().unwrap().open.values().any(|seen| seen.name == name)
    }

    /// All that was entered has been left, all that was opened closed.
    fn assert_is_balanced(&self) {
        let state = self.0.lock().unwrap();
        assert!(state.open.is_empty() && state.problems.is_empty(), "{state:?}");
        for seen in &state.closed {
            assert_eq!(seen.entered, seen.exited, "{seen:?}");
        }
    }
}

fn mirroring() -> Capture {
    Capture::with(Pipeline::builder().mirror_to_tracing(true))
}

/// A subscriber with the bridge and a layer that is told.
fn told() -> (Told, Dispatch) {
    let told = Told::default();
    let layers = Registry::default().with(bridge::tracing::layer()).with(told.clone());
    (told, Dispatch::new(layers))
}

fn with<R>(dispatch: &Dispatch, capture: &Capture, work: impl FnOnce() -> R) -> R {
    tracing::dispatcher::with_default(dispatch, || capture.run(work))
}

/// Pending once, then done.
fn once() -> impl Future<Output = ()> {
    let mut pending = true;
    std::future::poll_fn(
        move |_| {
            if std::mem::take(&mut pending) { Poll::Pending } else { Poll::Ready(()) }
        },
    )
}

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
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

/// What `fmt` writes of `work`.
fn written(filter: &str, capture: &Capture, work: impl FnOnce()) -> String {
    let written = Written::default();
    let writer = written.clone();
    let fmt = tracing_subscriber::fmt::layer().with_ansi(false).without_time();
    let fmt = fmt.with_writer(move || writer.clone()).with_filter(EnvFilter::new(filter));
    let layers = Registry::default().with(bridge::tracing::layer()).with(fmt);
    with(&Dispatch::new(layers), capture, work);
    written.text()
}

#[test]
fn fmt_writes_native_spans_with_their_ids_before_what_is_logged_in_them() {
    let capture = mirroring();
    let text = written("info", &capture, || {
        span!("order.place", "order.id" = 17, "shop" = "north").in_scope(|| {
            span!("stock.reserve").kind(telemetry_core::SpanKind::Client).in_scope(|| {
                tracing::info!("reserved");
            });
        });
    });
    let (place, reserve) =
        (super::one(&capture, "order.place"), super::one(&capture, "stock.reserve"));
    let (trace, outer, inner) = (place.trace_id, place.span_id, reserve.span_id);
    let target = module_path!();
    assert_eq!(
        text,
        format!(
            " INFO telemetry.span{{otel.name=order.place trace_id={trace} span_id={outer} \
             attributes=order.id=17 shop=\"north\"}}:telemetry.span{{\
             otel.name=stock.reserve otel.kind=\"client\" trace_id={trace} span_id={inner}}}: \
             {target}: reserved\n"
        )
    );
    let event = &capture.events()[0];
    assert_eq!((event.trace_id, event.span_id), (Some(trace), Some(inner)));
    assert_eq!(capture.spans().len(), 2, "the bridge makes no doubles");
}

#[test]
fn a_directive_leaves_mirrors_out() {
    let capture = mirroring();
    let work = || span!("order.place").in_scope(|| tracing::info!("placed"));
    assert!(!written("info,telemetry::span=off", &capture, work).contains("order.place"));
    assert!(written("info", &capture, work).contains("order.place"));
    assert_eq!(capture.spans_named("order.place").len(), 2);
}

#[test]
fn without_the_option_nothing_is_mirrored() {
    // Others of the process may be.
    let (_other, capture) = (mirroring(), Capture::start());
    let (told, dispatch) = told();
    with(&dispatch, &capture, || span!("order.place").in_scope(|| ()));
    assert_eq!((told.names().len(), capture.spans().len()), (0, 1));
}

#[test]
fn closures_enter_and_leave_what_they_nest() {
    let (capture, (told, dispatch)) = (mirroring(), told());
    with(&dispatch, &capture, || {
        span!("outer").in_scope(|| {
            let mut inner = span!("inner").start();
            inner.in_scope(|| ());
            inner.lent(|| ());
            assert!(told.is_open("inner"));
            inner.end();
            assert!(!told.is_open("inner") && told.is_open("outer"));
        });
    });
    told.assert_is_balanced();
    let (outer, inner) = (told.one("outer"), told.one("inner"));
    assert_eq!((outer.entered, outer.parent), (1, None));
    assert_eq!((inner.entered, inner.parent.as_deref()), (2, Some("outer")));
}

#[test]
fn a_future_is_entered_at_each_poll_on_whatever_thread() {
    let (capture, (told, dispatch)) = (mirroring(), told());
    with(&dispatch, &capture, || {
        let future = span!("future").run(async {
            once().await;
            span!("within").run(once()).await;
        });
        let mut future = Box::pin(future);
        for poll in 0..3 {
            std::thread::scope(|scope| {
                scope.spawn(|| {
                    with(&dispatch, &capture, || {
                        let polled = future.as_mut().poll(&mut Task::from_waker(Waker::noop()));
                        assert_eq!(polled.is_ready(), poll == 2);
                    });
                });
            });
        }
    });
    told.assert_is_balanced();
    let (future, within) = (told.one("future"), told.one("within"));
    assert_eq!((future.entered, within.entered), (3, 2));
    assert_eq!(within.parent.as_deref(), Some("future"));
}

#[test]
fn what_is_cancelled_or_panics_is_left_and_closed() {
    let (capture, (told, dispatch)) = (mirroring(), told());
    with(&dispatch, &capture, || {
        {
            let mut future = pin!(span!("cancelled").run(once()));
            assert!(future.as_mut().poll(&mut Task::from_waker(Waker::noop())).is_pending());
        }
        let panic = || span!("outer").in_scope(|| span!("panicked").in_scope(|| panic!("planned")));
        assert!(catch_unwind(AssertUnwindSafe(panic)).is_err());
        let mut future = Box::pin(span!("future").run(async { panic!("planned") }));
        let poll = || future.as_mut().poll(&mut Task::from_waker(Waker::noop())).is_ready();
        assert!(catch_unwind(AssertUnwindSafe(poll)).is_err());
        drop(future);
        assert!(Context::current().span_context().is_none());
        assert!(tracing::Span::current().is_none());
    });
    told.assert_is_balanced();
    for name in ["cancelled", "outer", "panicked", "future"] {
        assert_eq!(told.one(name).entered, 1, "{name}");
    }
    capture.assert_ledger_balances();
}

#[test]
fn a_span_may_outlive_its_parent_and_end_where_it_is_not_entered() {
    let (capture, (told, dispatch)) = (mirroring(), told());
    with(&dispatch, &capture, || {
        let parent = span!("parent").start();
        let child = parent.in_scope(|| span!("child").start());
        let context = parent.context().clone();
        // It ends while it is current.
        context.in_scope(|| parent.end());
        child.in_scope(|| tracing::info!("late"));
        // The parent's mirror is gone, its context isn't.
        context.in_scope(|| span!("late child").in_scope(|| ()));
        std::thread::scope(|scope| {
            // A registry lets go of a parent by way of the thread's subscriber.
            scope.spawn(|| tracing::dispatcher::with_default(&dispatch, || child.end()));
        });
    });
    told.assert_is_balanced();
    assert_eq!(told.one("child").parent.as_deref(), Some("parent"));
    let (parent, late) = (super::one(&capture, "parent"), super::one(&capture, "late child"));
    assert_eq!(late.parent_span_id, Some(parent.span_id));
    assert_eq!(told.one("late child").entered, 1);
    assert_eq!(capture.events()[0].span_id, Some(super::one(&capture, "child").span_id));
}

#[test]
fn native_and_tracing_spans_nest_in_each_other() {
    let (capture, (told, dispatch)) = (mirroring(), told());
    with(&dispatch, &capture, || {
        span!("native").in_scope(|| {
            tracing::info_span!("theirs").in_scope(|| {
                span!("innermost").in_scope(|| tracing::info!("here"));
            });
            tracing::info_span!(parent: tracing::Span::current(), "given").in_scope(|| ());
            span!("detached").detached().in_scope(|| ());
            span!("root").root().in_scope(|| ());
        });
    });
    told.assert_is_balanced();
    let (native, theirs) = (super::one(&capture, "native"), super::one(&capture, "theirs"));
    let innermost = super::one(&capture, "innermost");
    for (name, above) in [("theirs", "native"), ("innermost", "theirs"), ("given", "native")] {
        assert_eq!(told.one(name).parent.as_deref(), Some(above), "{name}");
    }
    for name in ["native", "detached", "root"] {
        assert_eq!(told.one(name).parent, None, "{name}");
    }
    assert_eq!(theirs.parent_span_id, Some(native.span_id));
    assert_eq!(innermost.parent_span_id, Some(theirs.span_id));
    assert_eq!(super::one(&capture, "given").parent_span_id, Some(native.span_id));
    assert_eq!(capture.events()[0].span_id, Some(innermost.span_id));
    assert_eq!((capture.spans().len(), told.names().len()), (6, 6), "no doubles");
}

#[test]
fn the_mirror_carries_the_native_context_into_tasks_that_tracing_instruments() {
    let (capture, (told, dispatch)) = (mirroring(), told());
    with(&dispatch, &capture, || {
        let native = span!("native").start();
        let task = native.in_scope(|| async { span!("task").run(once()).await }.in_current_span());
        let mut task = Box::pin(task);
        for _ in 0..2 {
            let _ = task.as_mut().poll(&mut Task::from_waker(Waker::noop()));
            assert!(Context::current().span_context().is_none());
        }
        native.end();
        assert!(told.is_open("native"), "the task has it");
    });
    told.assert_is_balanced();
    let native = super::one(&capture, "native");
    assert_eq!(super::one(&capture, "task").parent_span_id, Some(native.span_id));
}

#[test]
fn contexts_that_are_carried_elsewhere_take_the_mirror_along() {
    let (capture, (told, dispatch)) = (mirroring(), told());
    with(&dispatch, &capture, || {
        let native = span!("native").start();
        let baggage = Baggage::default().with("tenant.id", "acme");
        let context = native.context().with_baggage(baggage);
        let work = async { span!("carried").in_scope(|| ()) }.in_context(context);
        assert!(pin!(work).poll(&mut Task::from_waker(Waker::noop())).is_ready());
        // A given parent wins over what is current, of `tracing` too.
        tracing::info_span!("elsewhere").in_scope(|| {
            span!("given").parent(native.context()).in_scope(|| ());
            span!("of nothing").parent(&capture.pipeline().context()).in_scope(|| ());
        });
    });
    told.assert_is_balanced();
    assert_eq!(told.one("native").entered, 1);
    assert_eq!(told.one("carried").parent.as_deref(), Some("native"));
    assert_eq!(told.one("given").parent.as_deref(), Some("native"));
    assert_eq!(told.one("of nothing").parent, None);
}

#[test]
fn what_sampling_leaves_out_is_mirrored_too() {
    let builder = Pipeline::builder().mirror_to_tracing(true).sampler(Sampler::AlwaysOff);
    let (capture, (told, dispatch)) = (Capture::with(builder), told());
    with(&dispatch, &capture, || span!("quiet", "order.id" = 17).in_scope(|| ()));
    told.assert_is_balanced();
    assert_eq!(told.one("quiet").fields["attributes"], "order.id=17");
    assert!(capture.spans().is_empty());
    capture.assert_ledger_balances();
}

#[test]
fn secrets_are_taken_out_and_texts_are_bounded() {
    let capture = mirroring();
    let (key, password) = ("sk-live-4242424242424242", "hunter2");
    let text = written("trace", &capture, || {
        let url = format!("postgres://app:{password}@db/shop");
        let long = "word ".repeat(2_000);
        span!("connect", "url" = url.as_str(), "api_key" = key, "password" = password)
            .in_scope(|| tracing::info!("connected"));
        span!("long", "long" = long.as_str()).in_scope(|| tracing::info!("long"));
        let name = format!("call with {key} {long}");
        telemetry_core::SpanBuilder::new(&SCOPE, name).in_scope(|| tracing::info!("named"));
    });
    static SCOPE: telemetry_core::Scope = telemetry_core::Scope::new("mirroring", "");
    assert!(text.contains("connect") && text.contains("***@db/shop"), "{text}");
    assert!(!text.contains(key) && !text.contains(password), "{text}");
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 3);
    assert!(lines.iter().all(|line| line.len() < 2_000), "{text}");
}

/// Makes native spans whenever it is told of something, and panics the third time.
#[derive(Debug)]
struct Wild(Mutex<u32>);

impl Wild {
    fn act(&self) {
        span!("of the layer").in_scope(|| ());
        let mut times = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        *times += 1;
        assert!(*times != 3, "planned");
    }
}

impl<S: Subscriber> Layer<S> for Wild {
    fn on_new_span(&self, _: &Attributes<'_>, _: &Id, _: LayerContext<'_, S>) {
        self.act();
    }

    fn on_enter(&self, _: &Id, _: LayerContext<'_, S>) {
        self.act();
    }

    fn on_exit(&self, _: &Id, _: LayerContext<'_, S>) {
        self.act();
    }

    fn on_close(&self, _: Id, _: LayerContext<'_, S>) {
        self.act();
    }
}

#[test]
fn a_layer_that_makes_spans_or_panics_does_no_harm() {
    let capture = mirroring();
    let dispatch = Dispatch::new(Registry::default().with(Wild(Mutex::new(0))));
    with(&dispatch, &capture, || {
        for _ in 0..3 {
            span!("work").in_scope(|| ());
        }
        assert!(Context::current().span_context().is_none());
    });
    assert_eq!(capture.spans_named("work").len(), 3);
    // Whenever it was told that one of three was entered, left, closed; while one is being made there
    // is no current context.
    assert_eq!(capture.spans_named("of the layer").len(), 9);
    capture.assert_ledger_balances();
}

#[test]
fn ids_of_one_subscriber_mean_nothing_to_another() {
    let capture = mirroring();
    let ((here, one), (there, other)) = (told(), told());
    let parent = with(&one, &capture, || span!("parent").start());
    with(&other, &capture, || {
        span!("filler").in_scope(|| {
            span!("child").parent(parent.context()).in_scope(|| ());
        });
    });
    parent.end();
    here.assert_is_balanced();
    there.assert_is_balanced();
    assert_eq!(here.names(), ["parent"]);
    assert_eq!(there.one("child").parent, None);
    let (parent, child) = (super::one(&capture, "parent"), super::one(&capture, "child"));
    assert_eq!(child.parent_span_id, Some(parent.span_id));
}
