use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use tracing::field::Empty;
use tracing::span::EnteredSpan;
use tracing::{Level, Span, dispatcher};
use tracing_core::{Dispatch, Metadata};
use tracing_subscriber::Registry;

use super::ended::{Begun, Ended};
use super::mirrored::Mirrored;
use crate::context::{Context, Frame, FrameArc};
use crate::pipeline::Pipeline;
use crate::sync::lock;

/// The span of `tracing` that stands for a native one, for the layers of others. It lies in the native
/// span's frame: made when that starts, entered wherever that becomes current, let go of when it ends.
///
/// Layers are other people's code, which may panic and may make spans of its own: while it is told of
/// a mirror its native spans have none, so that this comes to an end.
#[derive(Debug)]
pub(crate) struct Mirror {
    span: Mutex<Option<Span>>,
    begun: Begun,
}

/// Whether a pipeline of this process has ever mirrored: what all others pay is one look at it.
static IS_USED: AtomicBool = AtomicBool::new(false);

/// Says that there is a pipeline that mirrors.
pub(crate) fn turn_on() {
    IS_USED.store(true, Ordering::Relaxed);
}

/// Whether there may be mirrors.
#[inline]
pub(crate) fn is_used() -> bool {
    IS_USED.load(Ordering::Relaxed)
}

/// Shows `mirrored` to `tracing`; none if no layer wants it.
pub(crate) fn show(mirrored: &Mirrored<'_>) -> Option<Mirror> {
    if Pipeline::is_own_thread() {
        return None;
    }
    let _telling = Telling::begin()?;
    let _shown = Shown::of(mirrored.frame);
    let make = AssertUnwindSafe(|| {
        let above = mirrored.above();
        let parent = above.as_ref().and_then(Span::id);
        tracing::span!(
            target: TARGET,
            parent: parent,
            Level::INFO,
            NAME,
            otel.name = mirrored.name(),
            otel.kind = mirrored.kind(),
            trace_id = tracing::field::display(mirrored.frame.span.trace_id),
            span_id = tracing::field::display(mirrored.frame.span.span_id),
            attributes = mirrored.attributes(),
            // What only the end tells, as `Ended` does.
            otel.status_code = Empty,
            otel.status_description = Empty,
            error.type = Empty,
            late_attributes = Empty,
        )
    });
    let span = catch_unwind(make).ok()?;
    (!span.is_disabled()).then(|| Mirror { span: Mutex::new(Some(span)), begun: mirrored.begun() })
}

impl Mirror {
    /// The span, if it is open and the calling thread's subscriber has it. Ids mean nothing to others.
    pub(super) fn for_children(&self) -> Option<Span> {
        let span = lock(&self.span).clone()?;
        let theirs = span.with_subscriber(|(_, dispatch)| registry(dispatch)).flatten()?;
        let present = dispatcher::get_default(registry);
        (present == Some(theirs)).then_some(span)
    }

    /// Shows how the native span ended and closes its mirror.
    #[cold]
    pub(crate) fn end(&self, ended: &Ended<'_>) {
        let Some(span) = lock(&self.span).take() else { return };
        quietly(|| ended.show(&self.begun, &span));
        // Apart, for two panics at once would end the program.
        quietly(|| drop(span));
    }

    /// Closes the span, as soon as nobody has it entered.
    #[cold]
    pub(crate) fn close(&self) {
        let span = lock(&self.span).take();
        quietly(|| drop(span));
    }
}

impl Drop for Mirror {
    fn drop(&mut self) {
        self.close();
    }
}

/// Enters the mirror of the span that is about to become current, if it has one, until [`leave`].
#[inline]
pub(crate) fn enter(frame: Option<&Frame>) {
    if is_used() {
        enter_of(frame);
    }
}

/// Leaves what was entered last: contexts come and go in order. There is nothing to leave for one that
/// became current before anybody mirrored, which lies beneath all others.
#[inline]
pub(crate) fn leave() {
    if is_used() {
        leave_last();
    }
}

#[cold]
#[inline(never)]
fn enter_of(frame: Option<&Frame>) {
    let mirror = frame.and_then(Frame::mirror);
    let span = mirror.and_then(|mirror| lock(&mirror.span).clone());
    let entered = span.and_then(|span| quietly(|| span.entered()));
    let _ = ENTERED.try_with(|stack| stack.borrow_mut().push(entered));
}

#[cold]
#[inline(never)]
fn leave_last() {
    let entered = ENTERED.try_with(|stack| stack.borrow_mut().pop()).ok().flatten().flatten();
    if let Some(entered) = entered {
        quietly(|| drop(entered));
    }
}

/// Runs `work` without mirrors of what starts in it: the spans of the bridge, which are `tracing`'s
/// already.
#[inline]
pub(super) fn without<R>(work: impl FnOnce() -> R) -> R {
    if !is_used() {
        return work();
    }
    let _telling = Telling::begin();
    work()
}

/// Whether it is telemetry itself that enters or leaves a span on the calling thread.
#[inline]
pub(super) fn is_telling() -> bool {
    is_used() && IS_TELLING.try_with(Cell::get).unwrap_or(false)
}

/// Whether a span of `tracing` is a mirror.
#[inline]
pub(super) fn is_mirror(metadata: &Metadata<'_>) -> bool {
    is_used() && metadata.target() == TARGET && metadata.name() == NAME
}

/// Whether a span of `tracing` is a mirror, that of the native span that starts on the calling thread.
#[inline]
pub(super) fn original(metadata: &Metadata<'_>) -> Option<Context> {
    is_mirror(metadata)
        .then(|| SHOWN.try_with(|shown| shown.borrow().clone()).ok().flatten())
        .flatten()
}

const TARGET: &str = "telemetry::span";
const NAME: &str = "telemetry.span";

thread_local! {
    static IS_TELLING: Cell<bool> = const { Cell::new(false) };
    /// What is entered, one for each context that was made current.
    static ENTERED: RefCell<Vec<Option<EnteredSpan>>> = const { RefCell::new(Vec::new()) };
    static SHOWN: RefCell<Option<Context>> = const { RefCell::new(None) };
}

/// As long as it is there, layers are being told of a mirror.
struct Telling;

impl Telling {
    /// None if they are already, or if the thread is at its end.
    fn begin() -> Option<Self> {
        let was = IS_TELLING.try_with(|telling| telling.replace(true)).unwrap_or(true);
        // Made only then: dropping one says that nobody is told any more.
        (!was).then(|| Self)
    }
}

impl Drop for Telling {
    fn drop(&mut self) {
        let _ = IS_TELLING.try_with(|telling| telling.set(false));
    }
}

/// As long as it is there, the span of this frame is being shown.
struct Shown;

impl Shown {
    fn of(frame: &FrameArc) -> Self {
        let context = Context(Some(frame.clone()));
        let _ = SHOWN.try_with(|shown| shown.replace(Some(context)));
        Self
    }
}

impl Drop for Shown {
    fn drop(&mut self) {
        let _ = SHOWN.try_with(RefCell::take);
    }
}

/// Tells layers of something. A panic of theirs ends here: it may come while another unwinds.
fn quietly<R>(tell: impl FnOnce() -> R) -> Option<R> {
    let _telling = Telling::begin();
    catch_unwind(AssertUnwindSafe(tell)).ok()
}

/// Tells subscribers apart.
fn registry(dispatch: &Dispatch) -> Option<usize> {
    dispatch.downcast_ref::<Registry>().map(|it| std::ptr::from_ref(it) as usize)
}
