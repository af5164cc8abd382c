//! How many calls an agent makes.

use std::{
    cell::RefCell,
    future::Future,
    mem,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll},
};

use pin_project_lite::pin_project;

thread_local! {
    /// Those of the agent that is at work on this thread.
    static PRESENT: RefCell<Option<Arc<Counts>>> = const { RefCell::new(None) };
}

/// What an agent has called itself; what the agents beneath it call is theirs.
#[derive(Debug, Default)]
pub(super) struct Counts {
    pub(super) inference_calls: AtomicU64,
    pub(super) tool_calls: AtomicU64,
}

/// A model is called.
pub(crate) fn count_inference() {
    count(|counts| &counts.inference_calls);
}

/// A tool is called.
pub(super) fn count_tool() {
    count(|counts| &counts.tool_calls);
}

fn count(which: impl FnOnce(&Counts) -> &AtomicU64) {
    // While the thread ends, nobody counts any more.
    let _ = PRESENT.try_with(|present| {
        if let Ok(present) = present.try_borrow()
            && let Some(counts) = &*present
        {
            which(counts).fetch_add(1, Ordering::Relaxed);
        }
    });
}

/// Puts the counts in place and the former ones back, also when what runs in between panics.
pub(super) struct AtWork(Option<Arc<Counts>>);

impl AtWork {
    pub(super) fn begin(counts: Arc<Counts>) -> Self {
        Self(exchange(Some(counts)))
    }
}

impl Drop for AtWork {
    fn drop(&mut self) {
        exchange(self.0.take());
    }
}

fn exchange(counts: Option<Arc<Counts>>) -> Option<Arc<Counts>> {
    let exchanged = PRESENT.try_with(|present| {
        let mut present = present.try_borrow_mut().ok()?;
        mem::replace(&mut *present, counts)
    });
    exchanged.ok().flatten()
}

pin_project! {
    /// The work of an agent, wherever it is polled; of anything else the work as it is.
    pub(super) struct Counted<F> {
        #[pin]
        work: F,
        counts: Option<Arc<Counts>>,
    }
}

impl<F> Counted<F> {
    pub(super) fn new(work: F, counts: Option<Arc<Counts>>) -> Self {
        Self { work, counts }
    }
}

impl<F: Future> Future for Counted<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let _at_work = this.counts.clone().map(AtWork::begin);
        this.work.poll(task)
    }
}
