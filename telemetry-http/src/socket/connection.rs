use std::borrow::Cow;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use telemetry_core::{Classify, Context, Exception, Span, Value, semconv};

use super::instruments::SocketInstruments;
use super::message::Message;
use crate::names;

/// A connection that is open: a handle on the one observation from which its span and its metrics are
/// made. Clones are of the same connection. It ends once, when it is [closed](Self::close), when it
/// [fails](Self::fail), or with its last handle. Without a pipeline it does nothing.
#[derive(Clone, Default)]
pub struct Connection {
    shared: Option<Arc<Shared>>,
}

/// What a connection is opened with.
pub(super) struct Open {
    pub(super) span: Span,
    pub(super) instruments: Arc<SocketInstruments>,
    pub(super) system: &'static str,
    pub(super) id: Box<str>,
    pub(super) own_traces: bool,
}

pub(super) struct Shared {
    pub(super) instruments: Arc<SocketInstruments>,
    pub(super) system: &'static str,
    pub(super) id: Box<str>,
    pub(super) own_traces: bool,
    pub(super) context: Context,
    state: Mutex<State>,
    received: Traffic,
    sent: Traffic,
}

/// What changes while the connection is open.
struct State {
    /// Absent after the end.
    span: Option<Span>,
    user_id: Option<Arc<str>>,
    session_id: Option<Arc<str>>,
}

#[derive(Default)]
struct Traffic {
    messages: AtomicU64,
    bytes: AtomicU64,
}

/// How a connection ends.
enum Fate<'a> {
    /// As either side said.
    Closed(Option<&'a str>),
    Failed(&'a str),
    /// The other side is gone.
    Left,
    Dropped,
}

impl Connection {
    pub(super) fn open(open: Open) -> Self {
        let Open { span, instruments, system, id, own_traces } = open;
        instruments.open.add(1, &[(semconv::messaging::SYSTEM, system.into())]);
        let context = span.context().clone();
        let state = State { span: Some(span), user_id: None, session_id: None };
        Self {
            shared: Some(Arc::new(Shared {
                instruments,
                system,
                id,
                own_traces,
                context,
                state: Mutex::new(state),
                received: Traffic::default(),
                sent: Traffic::default(),
            })),
        }
    }

    /// Whether anybody listens.
    pub fn is_observed(&self) -> bool {
        self.shared.is_some()
    }

    /// The connection's id; empty without a pipeline.
    pub fn id(&self) -> &str {
        self.shared.as_deref().map_or("", |shared| &shared.id)
    }

    /// The context in which the connection's span is current; none without a pipeline.
    pub fn context(&self) -> Option<&Context> {
        self.shared.as_deref().map(|shared| &shared.context)
    }

    /// Who is at the other end, on the connection's span and on those of messages from now on. An id
    /// and no name; what an application doesn't want to store it hashes first.
    pub fn set_user_id(&self, id: &str) {
        if let Some(shared) = &self.shared {
            let mut state = shared.state();
            state.user_id = Some(id.into());
            state.set(semconv::user::ID, id);
        }
    }

    /// The session that the connection is a part of, on the connection's span and on those of messages
    /// from now on.
    pub fn set_session_id(&self, id: &str) {
        if let Some(shared) = &self.shared {
            let mut state = shared.state();
            state.session_id = Some(id.into());
            state.set(semconv::session::ID, id);
        }
    }

    /// Sets an attribute of the connection's span.
    pub fn set<'v>(&self, key: &str, value: impl Into<Value<'v>>) {
        if let Some(shared) = &self.shared {
            shared.state().set(key, value);
        }
    }

    /// A message of this kind that came and is about to be handled. Kinds are code, and few.
    pub fn message(&self, event: impl Into<Cow<'static, str>>) -> Message {
        Message::new(self.shared.clone(), event.into())
    }

    /// Counts a message of so many bytes that came. Messages that are [handled](Self::message) with
    /// their size count themselves.
    pub fn received(&self, bytes: u64) {
        if let Some(shared) = &self.shared {
            shared.count_received(Some(bytes));
        }
    }

    /// Counts a message of so many bytes that was sent.
    pub fn sent(&self, bytes: u64) {
        if let Some(shared) = &self.shared {
            shared.sent.count(Some(bytes));
            shared.measure("sent", Some(bytes));
        }
    }

    /// Records an error as a log record with the connection's ids. It doesn't end the connection.
    pub fn record_exception<By, E: Classify<By>>(&self, error: &E) {
        if let Some(shared) = &self.shared {
            Exception::of(error).emit_in(&shared.context);
        }
    }

    /// Ends the connection, as one of its sides wants. Reasons are few; what can't be a name is left out.
    pub fn close(&self, reason: &str) {
        self.end(&Fate::Closed(Some(reason)));
    }

    /// Ends the connection with an error. `error_type` must be of few different values, and never a
    /// message.
    pub fn fail(&self, error_type: &str) {
        self.end(&Fate::Failed(error_type));
    }

    /// Ends the connection, whose other side is gone without a farewell.
    pub fn leave(&self) {
        self.end(&Fate::Left);
    }

    #[cfg(feature = "axum-ws")]
    pub(super) fn end_well(&self) {
        self.end(&Fate::Closed(None));
    }

    fn end(&self, fate: &Fate<'_>) {
        if let Some(shared) = &self.shared {
            shared.end(fate);
        }
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Connection").field("id", &self.id()).finish_non_exhaustive()
    }
}

impl Shared {
    pub(super) fn count_received(&self, bytes: Option<u64>) {
        self.received.count(bytes);
        self.measure("received", bytes);
    }

    fn measure(&self, direction: &'static str, bytes: Option<u64>) {
        let labels = [
            (semconv::messaging::SYSTEM, self.system.into()),
            (names::SOCKET_DIRECTION, direction.into()),
        ];
        self.instruments.messages.add(1, &labels);
        if let Some(bytes) = bytes {
            self.instruments.message_size.record_in(bytes as f64, &labels, &self.context);
        }
    }

    /// Who is at the other end, and in which session.
    pub(super) fn identity(&self) -> (Option<Arc<str>>, Option<Arc<str>>) {
        let state = self.state();
        (state.user_id.clone(), state.session_id.clone())
    }

    fn end(&self, fate: &Fate<'_>) {
        let Some(mut span) = self.state().span.take() else {
            return;
        };
        let panicking = matches!(fate, Fate::Dropped) && thread::panicking();
        let (error, outcome) = match fate {
            _ if panicking => (Some("panic"), Some("panicked")),
            Fate::Closed(_) => (None, None),
            Fate::Failed(error) => (Some(*error), None),
            Fate::Left => (None, Some("client_disconnected")),
            Fate::Dropped => (None, Some("cancelled")),
        };
        if let Fate::Closed(Some(reason)) = fate
            && is_name(reason)
        {
            span.set(names::SOCKET_CLOSE_REASON, *reason);
        }
        if let Some(outcome) = outcome {
            span.set_outcome(outcome);
        }
        if let Some(error) = error {
            span.set_error(error);
        }
        self.received.describe(
            &mut span,
            "telemetry.socket.messages.received",
            "telemetry.socket.bytes.received",
        );
        self.sent.describe(
            &mut span,
            "telemetry.socket.messages.sent",
            "telemetry.socket.bytes.sent",
        );
        let system = (semconv::messaging::SYSTEM, Value::from(self.system));
        let labels = [
            system,
            (semconv::error::TYPE, error.into()),
            (semconv::telemetry::OUTCOME, outcome.filter(|_| error.is_none()).into()),
        ];
        let duration = &self.instruments.connection_duration;
        // Before the span is there for anybody to see.
        self.instruments.open.add(-1, &[system]);
        span.end_with(|took, context| duration.record_in(took.as_secs_f64(), &labels, context));
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        self.end(&Fate::Dropped);
    }
}

impl State {
    fn set<'v>(&mut self, key: &str, value: impl Into<Value<'v>>) {
        if let Some(span) = &mut self.span {
            span.set(key, value);
        }
    }
}

impl Traffic {
    fn count(&self, bytes: Option<u64>) {
        self.messages.fetch_add(1, Ordering::Relaxed);
        self.bytes.fetch_add(bytes.unwrap_or(0), Ordering::Relaxed);
    }

    fn describe(&self, span: &mut Span, messages: &str, bytes: &str) {
        span.set(messages, self.messages.load(Ordering::Relaxed));
        span.set(bytes, self.bytes.load(Ordering::Relaxed));
    }
}

/// Whether a text is short and of one word: what a client writes as a reason may be anything.
fn is_name(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'))
}
