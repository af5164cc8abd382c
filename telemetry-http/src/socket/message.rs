use std::borrow::Cow;
use std::future::Future;
use std::sync::Arc;
use std::thread;

use telemetry_core::propagation::{self, HeaderGet};
use telemetry_core::{
    Classify, Context, ErrorClass, Exception, Span, SpanBuilder, SpanKind, semconv,
};

use super::connection::Shared;
use super::events;
use super::run::{Run, TryRun};
use crate::{SCOPE, names};

/// A message that came and is about to be handled; made by [`Connection::message`](super::Connection::message).
#[must_use = "a message is handled by `run` or `try_run`"]
pub struct Message {
    shared: Option<Arc<Shared>>,
    event: Cow<'static, str>,
    bytes: Option<u64>,
    remote: Option<Context>,
    counted: bool,
}

impl Message {
    pub(super) fn new(shared: Option<Arc<Shared>>, event: Cow<'static, str>) -> Self {
        Self { shared, event, bytes: None, remote: None, counted: false }
    }

    /// How many bytes it has.
    pub fn size(mut self, bytes: u64) -> Self {
        self.bytes = Some(bytes);
        self
    }

    /// It has been counted as received.
    #[cfg(feature = "axum-ws")]
    pub(super) fn counted(mut self) -> Self {
        self.counted = true;
        self
    }

    /// Takes the trace context and the baggage that the message itself brings.
    ///
    /// ```
    /// use telemetry_core::propagation::HeaderGet;
    /// use telemetry_http::socket::Connection;
    ///
    /// /// A message as this application has them.
    /// struct Envelope { traceparent: Option<String> }
    ///
    /// impl HeaderGet for Envelope {
    ///     fn header(&self, name: &str) -> Option<&str> {
    ///         self.traceparent.as_deref().filter(|_| name == "traceparent")
    ///     }
    /// }
    ///
    /// async fn handle(connection: &Connection, envelope: Envelope) {
    ///     connection.message("chat:user_message").headers(&envelope).run(async {}).await;
    /// }
    /// ```
    pub fn headers(mut self, headers: &impl HeaderGet) -> Self {
        let extract = || propagation::extract(headers);
        let extracted = match &self.shared {
            Some(shared) => shared.context.in_scope(extract),
            None => return self,
        };
        self.remote = Some(extracted).filter(|remote| remote.trace_id().is_some());
        self
    }

    /// A future that handles the message by `work`: its span is current at every poll, and it ends with
    /// the output. It starts at the first poll.
    pub fn run<F: Future>(self, work: F) -> Run<F> {
        Run::new(self, work)
    }

    /// Like [`Message::run`]; an `Err` fails the message as the class of the error, and is recorded as
    /// an exception.
    pub fn try_run<F, T, E, By>(self, work: F) -> TryRun<F, By>
    where
        F: Future<Output = Result<T, E>>,
        E: Classify<By>,
    {
        TryRun::new(self, work)
    }

    /// Starts handling.
    pub(super) fn start(self) -> Handling {
        let Some(shared) = self.shared else {
            return Handling { observed: None };
        };
        if !self.counted {
            shared.count_received(self.bytes);
        }
        let event = events::bounded(self.event);
        let (user_id, session_id) = shared.identity();
        let name = [shared.system, " ", &*event].concat();
        let mut builder = SpanBuilder::new(&SCOPE, name)
            .kind(SpanKind::Consumer)
            .attribute(semconv::messaging::SYSTEM, shared.system)
            .attribute(semconv::messaging::OPERATION_NAME, "process")
            .attribute(semconv::messaging::OPERATION_TYPE, "process")
            .attribute(names::SOCKET_ID, &*shared.id)
            .attribute(names::SOCKET_EVENT, &event)
            .attribute(semconv::messaging::MESSAGE_BODY_SIZE, self.bytes)
            .attribute(semconv::user::ID, user_id.as_deref())
            .attribute(semconv::session::ID, session_id.as_deref());
        let connection = shared.context.span_context();
        let span = match (&self.remote, connection) {
            (Some(remote), connection) => {
                if let Some(connection) = connection {
                    builder = builder.link(connection, &[]);
                }
                builder.parent(remote).start()
            }
            // Detached from the connection, to which it links thereby.
            (None, _) if shared.own_traces => {
                shared.context.in_scope(|| builder.detached().start())
            }
            (None, _) => builder.parent(&shared.context).start(),
        };
        Handling { observed: Some(Observed { span, shared, event }) }
    }
}

impl std::fmt::Debug for Message {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Message").field("event", &self.event).finish_non_exhaustive()
    }
}

/// A message that is being handled.
pub(super) struct Handling {
    /// Absent without a pipeline and after the end.
    observed: Option<Observed>,
}

struct Observed {
    span: Span,
    shared: Arc<Shared>,
    event: Cow<'static, str>,
}

impl Handling {
    pub(super) fn in_scope<R>(&self, work: impl FnOnce() -> R) -> R {
        match &self.observed {
            Some(observed) => observed.span.in_scope(work),
            None => work(),
        }
    }

    pub(super) fn end(mut self) {
        self.finish(None, None);
    }

    pub(super) fn fail(mut self, class: &ErrorClass, exception: impl FnOnce() -> Exception) {
        if let Some(observed) = &mut self.observed {
            observed.span.record_exception(&exception());
        }
        self.finish(Some(&class.error_type), None);
    }

    fn finish(&mut self, error: Option<&str>, outcome: Option<&'static str>) {
        let Some(Observed { mut span, shared, event }) = self.observed.take() else {
            return;
        };
        if let Some(outcome) = outcome {
            span.set_outcome(outcome);
        }
        if let Some(error) = error {
            span.set_error(error);
        }
        let labels = [
            (semconv::messaging::SYSTEM, shared.system.into()),
            (names::SOCKET_EVENT, (&event).into()),
            (semconv::error::TYPE, error.into()),
            (semconv::telemetry::OUTCOME, outcome.filter(|_| error.is_none()).into()),
        ];
        let duration = &shared.instruments.message_duration;
        span.end_with(|took, context| duration.record_in(took.as_secs_f64(), &labels, context));
    }
}

impl Drop for Handling {
    fn drop(&mut self) {
        if self.observed.is_some() {
            if thread::panicking() {
                self.finish(Some("panic"), Some("panicked"));
            } else {
                self.finish(None, Some("cancelled"));
            }
        }
    }
}
