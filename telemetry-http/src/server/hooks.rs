use std::any::Any;
use std::borrow::Cow;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use telemetry_core::{ErrorClass, Pipeline, Span};

use super::identity::Identity;
use super::instruments::INSTRUMENTS;
use super::request_head::RequestHead;
use super::response_head::ResponseHead;
use super::route::Route;

/// Code of the service's that a [`Layer`](super::Layer) asks. What panics in it counts as having said
/// nothing, is counted, and goes no further.
#[derive(Clone, Default)]
pub(super) struct Hooks {
    pub(super) identify: Option<Hook<dyn OfRequest<Option<Identity>>>>,
    pub(super) exclude: Option<Hook<dyn OfRequest<bool>>>,
    pub(super) route: Option<Hook<dyn OfRequest<Option<Route>>>>,
    pub(super) name: Option<Hook<Name>>,
    pub(super) error_type: Option<Hook<ErrorType>>,
    pub(super) classify: Vec<Hook<ClassifyAny>>,
    pub(super) on_request: Vec<Hook<OnRequest>>,
    pub(super) on_response: Vec<Hook<OnResponse>>,
}

pub(super) type Hook<F> = Arc<F>;
type Name = dyn Fn(&RequestHead<'_>, Option<&str>) -> Option<Cow<'static, str>> + Send + Sync;
type ErrorType = dyn Fn(&ResponseHead<'_>) -> Option<Cow<'static, str>> + Send + Sync;
type ClassifyAny = dyn Fn(&dyn Any) -> Option<ErrorClass> + Send + Sync;
type OnRequest = dyn Fn(&RequestHead<'_>, &mut Span) + Send + Sync;
type OnResponse = dyn Fn(&ResponseHead<'_>, &mut Span) + Send + Sync;

/// A closure that reads a request.
pub(super) trait OfRequest<R>: Send + Sync {
    fn ask(&self, head: &RequestHead<'_>) -> R;
}

impl<R, F: Fn(&RequestHead<'_>) -> R + Send + Sync> OfRequest<R> for F {
    fn ask(&self, head: &RequestHead<'_>) -> R {
        self(head)
    }
}

impl Hooks {
    pub(super) fn excludes(&self, head: &RequestHead<'_>) -> bool {
        let hook = self.exclude.as_ref();
        hook.and_then(|hook| guarded("exclude_when", || hook.ask(head))).unwrap_or_default()
    }

    pub(super) fn identify(&self, head: &RequestHead<'_>) -> Option<Identity> {
        guarded("identify", || self.identify.as_ref()?.ask(head)).flatten()
    }

    /// The route as the hook has it; none where there is no hook.
    pub(super) fn route(&self, head: &RequestHead<'_>) -> Option<Option<Route>> {
        let hook = self.route.as_ref()?;
        Some(guarded("route_by", || hook.ask(head)).flatten())
    }

    pub(super) fn name(
        &self,
        head: &RequestHead<'_>,
        route: Option<&str>,
    ) -> Option<Cow<'static, str>> {
        guarded("name_by", || self.name.as_ref()?(head, route)).flatten()
    }

    pub(super) fn error_type(&self, head: &ResponseHead<'_>) -> Option<Cow<'static, str>> {
        guarded("error_type_by", || self.error_type.as_ref()?(head)).flatten()
    }

    pub(super) fn classify(&self, error: &dyn Any) -> Option<ErrorClass> {
        let mut classes = self.classify.iter();
        classes.find_map(|hook| guarded("classify_errors", || hook(error)).flatten())
    }

    pub(super) fn on_request(&self, head: &RequestHead<'_>, span: &mut Span) {
        for hook in &self.on_request {
            guarded("on_request", || hook(head, span));
        }
    }

    pub(super) fn on_response(&self, head: &ResponseHead<'_>, span: &mut Span) {
        for hook in &self.on_response {
            guarded("on_response", || hook(head, span));
        }
    }
}

impl fmt::Debug for Hooks {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Hooks").finish_non_exhaustive()
    }
}

/// What `ask` says; nothing when it panics.
fn guarded<R>(name: &'static str, ask: impl FnOnce() -> R) -> Option<R> {
    // Whatever state the hook left half-changed is its own.
    let answer = catch_unwind(AssertUnwindSafe(ask)).ok();
    if answer.is_none() {
        count_panic(name);
    }
    answer
}

#[cold]
fn count_panic(name: &'static str) {
    if let Some(pipeline) = Pipeline::current() {
        let labels = [(crate::names::HOOK, name.into())];
        INSTRUMENTS.with(&pipeline, |instruments| instruments.hook_panics.add(1, &labels));
    }
}
