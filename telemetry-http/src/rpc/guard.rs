use std::borrow::Cow;
use std::sync::Arc;
use std::thread;
#[cfg(feature = "tonic")]
use std::time::Duration;

use telemetry_core::{Context, Span, SpanKind, Value, semconv};

use super::failure::Failure;
use super::instruments::RpcInstruments;
use crate::watch::{Watched, watched};

/// A call under way: the one observation from which its span and its metric are made.
///
/// Whoever answers the call, or waits for the answer, owns it. It ends exactly once, by
/// [`end`](Self::end) or [`fail`](Self::fail), or when it is dropped: nobody waits any more then, or
/// something panics. Without a pipeline it does nothing.
///
/// ```
/// use telemetry_http::rpc;
///
/// let mut call = rpc::call("trpc", "orders.place").start();
/// let order = call.in_scope(|| "an order");
/// call.end();
/// ```
#[derive(Debug, Default)]
#[must_use = "a call that is dropped was cancelled"]
pub struct CallGuard {
    /// Absent without a pipeline and after the end.
    observed: Option<Box<Observed>>,
}

#[derive(Debug)]
pub(super) struct Observed {
    pub(super) span: Span,
    pub(super) kind: SpanKind,
    pub(super) instruments: Arc<RpcInstruments>,
    pub(super) system: Cow<'static, str>,
    /// As it was called.
    pub(super) method: Cow<'static, str>,
    /// Whether it may be a label.
    pub(super) recognised: bool,
    pub(super) server: Option<(Box<str>, Option<u16>)>,
    pub(super) status_code: Option<Cow<'static, str>>,
}

/// How a call ends.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Fate {
    Answered,
    Failed(Cow<'static, str>),
    Cancelled,
    Panicked,
}

impl CallGuard {
    pub(super) fn new(observed: Observed) -> Self {
        Self { observed: Some(Box::new(observed)) }
    }

    /// Whether anybody listens.
    pub fn is_observed(&self) -> bool {
        self.observed.is_some()
    }

    /// The context in which the call's span is current; none without a pipeline and after the end.
    pub fn context(&self) -> Option<&Context> {
        self.observed.as_ref().map(|observed| observed.span.context())
    }

    /// Runs a part of the work, such as one poll, with the call's span current. If it panics the call
    /// ends here, and the panic goes on.
    pub fn in_scope<R>(&mut self, work: impl FnOnce() -> R) -> R {
        watched(self, |guard| match &guard.observed {
            Some(observed) => observed.span.in_scope(work),
            None => work(),
        })
    }

    /// Sets an attribute of the span.
    pub fn set<'v>(&mut self, key: &str, value: impl Into<Value<'v>>) {
        if let Some(observed) = &mut self.observed {
            observed.span.set(key, value);
        }
    }

    /// The status that the call is answered with, where its system has statuses: `OK`. It labels the
    /// metric, so there must be few different ones.
    pub fn set_status_code(&mut self, code: impl Into<Cow<'static, str>>) {
        if let Some(observed) = &mut self.observed {
            observed.status_code = Some(code.into());
        }
    }

    /// Ends the call: it is answered.
    pub fn end(mut self) {
        self.finish(&Fate::Answered);
    }

    /// Ends the call with an error.
    pub fn fail(mut self, failure: impl Into<Failure>) {
        let failure = failure.into();
        if let Some(code) = failure.status_code() {
            self.set_status_code(code.to_owned());
        }
        self.finish(&Fate::Failed(failure.error_type().to_owned().into()));
    }

    /// Whether the procedure is one of those that there are, as the answer shows. Otherwise its name is
    /// nobody's label.
    #[cfg(any(feature = "tonic", feature = "json-rpc"))]
    pub(super) fn recognise(&mut self, recognised: bool) {
        if let Some(observed) = &mut self.observed {
            observed.recognised = recognised;
        }
    }

    #[cfg(feature = "tonic")]
    pub(super) fn elapsed(&self) -> Duration {
        self.observed.as_ref().map_or(Duration::ZERO, |observed| observed.span.elapsed())
    }

    /// Ends a call that nobody waits for any more.
    #[cfg(feature = "tonic")]
    pub(super) fn cancel(mut self, failure: Option<Failure>) {
        if let Some(observed) = &mut self.observed {
            observed.span.set_outcome(observed.left());
        }
        match failure {
            Some(failure) => self.fail(failure),
            None => self.finish(&Fate::Cancelled),
        }
    }

    /// Takes the observation out; what stays behind does nothing.
    pub(super) fn take(&mut self) -> Self {
        Self { observed: self.observed.take() }
    }

    fn finish(&mut self, fate: &Fate) {
        if let Some(observed) = self.observed.take() {
            observed.finish(fate);
        }
    }
}

impl Watched for CallGuard {
    fn panicked(&mut self) {
        self.finish(&Fate::Panicked);
    }
}

impl Drop for CallGuard {
    fn drop(&mut self) {
        if self.observed.is_some() {
            let panicking = thread::panicking();
            self.finish(if panicking { &Fate::Panicked } else { &Fate::Cancelled });
        }
    }
}

impl Observed {
    /// The outcome of a call that nobody waits for any more.
    fn left(&self) -> &'static str {
        if self.kind == SpanKind::Client { "cancelled" } else { "client_disconnected" }
    }

    fn finish(mut self, fate: &Fate) {
        let (error, outcome) = match fate {
            Fate::Answered => (None, None),
            Fate::Failed(error) => (Some(&**error), None),
            Fate::Cancelled => (None, Some(self.left())),
            Fate::Panicked => (Some("panic"), Some("panicked")),
        };
        if let Some(outcome) = outcome {
            self.span.set_outcome(outcome);
        }
        if let Some(error) = error {
            self.span.set_error(error);
        }
        if self.span.is_recording() {
            self.span.set(semconv::rpc::STATUS_CODE, self.status_code.as_ref());
            if !self.recognised {
                self.span.set_name(self.system.clone());
                self.span.set(semconv::rpc::METHOD, semconv::error::OTHER);
                let sent = &self.method[..self.method.floor_char_boundary(MAX_METHOD)];
                self.span.set(semconv::rpc::METHOD_ORIGINAL, sent);
            }
        }
        let method = if self.recognised { &*self.method } else { semconv::error::OTHER };
        let is_client = self.kind == SpanKind::Client;
        let server = self.server.as_ref().filter(|_| is_client);
        let labels: &[(&str, Value<'_>)] = &[
            (semconv::rpc::SYSTEM_NAME, (&self.system).into()),
            (semconv::rpc::METHOD, Some(method).filter(|method| !method.is_empty()).into()),
            (semconv::rpc::STATUS_CODE, self.status_code.as_ref().into()),
            (semconv::error::TYPE, error.into()),
            (semconv::telemetry::OUTCOME, outcome.filter(|_| error.is_none()).into()),
            (semconv::server::ADDRESS, server.map(|(address, _)| &**address).into()),
            (semconv::server::PORT, server.and_then(|(_, port)| *port).into()),
        ];
        let instruments = &self.instruments;
        let duration = if is_client { &instruments.client } else { &instruments.server };
        self.span.end_with(|took, context| {
            duration.record_in(took.as_secs_f64(), labels, context);
        });
    }
}

/// What is longer is cut.
pub(super) const MAX_METHOD: usize = 256;
