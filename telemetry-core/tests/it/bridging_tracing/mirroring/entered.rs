//! When mirrors are entered, left and closed, and beneath what they stand.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::pin;
use std::sync::Mutex;
use std::task::{Context as Task, Poll, Waker};

use telemetry_core::{Baggage, Context, ContextExt, span};
use tracing::span::{Attributes, Id, Record};
use tracing::{Dispatch, Instrument, Subscriber};
use tracing_subscriber::Registry;
use tracing_subscriber::layer::{Context as LayerContext, Layer, SubscriberExt};

use super::super::one;
use super::{mirroring, told, with};

/// Pending once, then done.
fn once() -> impl Future<Output = ()> {
    let mut pending = true;
    std::future::poll_fn(
        move |_| {
            if std::mem::take(&mut pending) { Poll::Pending } else { Poll::Ready(()) }
        },
    )
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
    let (parent, late) = (one(&capture, "parent"), one(&capture, "late child"));
    assert_eq!(late.parent_span_id, Some(parent.span_id));
    assert_eq!(told.one("late child").entered, 1);
    assert_eq!(capture.events()[0].span_id, Some(one(&capture, "child").span_id));
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
    let (native, theirs) = (one(&capture, "native"), one(&capture, "theirs"));
    let innermost = one(&capture, "innermost");
    for (name, above) in [("theirs", "native"), ("innermost", "theirs"), ("given", "native")] {
        assert_eq!(told.one(name).parent.as_deref(), Some(above), "{name}");
    }
    for name in ["native", "detached", "root"] {
        assert_eq!(told.one(name).parent, None, "{name}");
    }
    assert_eq!(theirs.parent_span_id, Some(native.span_id));
    assert_eq!(innermost.parent_span_id, Some(theirs.span_id));
    assert_eq!(one(&capture, "given").parent_span_id, Some(native.span_id));
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
    let native = one(&capture, "native");
    assert_eq!(one(&capture, "task").parent_span_id, Some(native.span_id));
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

    fn on_record(&self, _: &Id, _: &Record<'_>, _: LayerContext<'_, S>) {
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

/// Panics when it is told how a span ended, and again when that closes.
#[derive(Debug)]
struct Late;

impl<S: Subscriber> Layer<S> for Late {
    fn on_record(&self, _: &Id, _: &Record<'_>, _: LayerContext<'_, S>) {
        resume_unwind(Box::new("planned"));
    }

    fn on_close(&self, _: Id, _: LayerContext<'_, S>) {
        resume_unwind(Box::new("planned"));
    }
}

#[test]
fn a_layer_that_panics_at_the_end_of_a_span_does_no_harm() {
    let capture = mirroring();
    let dispatch = Dispatch::new(Registry::default().with(Late));
    with(&dispatch, &capture, || {
        span!("outer").in_scope(|| {
            let mut span = span!("work").start();
            span.set("late", true);
            span.end();
        });
        let panic = || span!("panicked").in_scope(|| panic!("planned"));
        assert!(catch_unwind(AssertUnwindSafe(panic)).is_err());
        assert!(Context::current().span_context().is_none());
    });
    assert_eq!(one(&capture, "work").attribute("late").unwrap(), &true);
    assert_eq!(one(&capture, "panicked").attribute("error.type").unwrap(), &"panic");
    assert_eq!(capture.spans().len(), 3);
    capture.assert_ledger_balances();
}

#[test]
fn ids_of_one_subscriber_mean_nothing_to_another() {
    let capture = mirroring();
    let ((here, first), (there, other)) = (told(), told());
    let parent = with(&first, &capture, || span!("parent").start());
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
    let (parent, child) = (one(&capture, "parent"), one(&capture, "child"));
    assert_eq!(child.parent_span_id, Some(parent.span_id));
}
