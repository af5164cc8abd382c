use std::borrow::Cow;

use http::HeaderMap;
use telemetry_core::{Context, Pipeline, SpanBuilder, SpanKind, propagation, semconv};

use super::connection::{Connection, Open};
use super::instruments::INSTRUMENTS;
use crate::{HeaderMapReader, SCOPE, names};

/// A connection about to be observed; made by [`connection`](super::connection).
#[derive(Clone, Debug)]
#[must_use = "a connection is observed once it is opened"]
pub struct ConnectionBuilder {
    system: &'static str,
    id: Option<Box<str>>,
    /// What the handshake brings, and what is current where it is handled.
    remote: Option<Context>,
    present: Context,
    own_traces: bool,
}

impl ConnectionBuilder {
    pub(super) fn new(system: &'static str) -> Self {
        let present = Context::current();
        Self { system, id: None, remote: None, present, own_traces: false }
    }

    /// The id of the connection, if it has one of its own. Otherwise it is that of its span.
    pub fn id(mut self, id: impl Into<Box<str>>) -> Self {
        self.id = Some(id.into());
        self
    }

    /// Takes the trace context and the baggage from the headers of the handshake.
    pub fn handshake(mut self, headers: &HeaderMap) -> Self {
        self.remote = Some(propagation::extract(&HeaderMapReader::new(headers)))
            .filter(|remote| remote.trace_id().is_some() || !remote.baggage().is_empty());
        self
    }

    /// Lets each message begin a trace of its own, with a link to the connection.
    pub fn own_traces(mut self) -> Self {
        self.own_traces = true;
        self
    }

    /// Opens the connection. It is observed until it is closed, or its last handle is dropped.
    pub fn open(self) -> Connection {
        let Some(pipeline) = self.present.in_scope(Pipeline::current) else {
            return Connection::default();
        };
        let instruments = INSTRUMENTS.of(&pipeline);
        let name = Cow::Owned(format!("{} connection", self.system));
        let start = || {
            let remote = self.remote.as_ref().filter(|remote| remote.trace_id().is_some());
            let mut builder = SpanBuilder::new(&SCOPE, name)
                .kind(SpanKind::Server)
                .attribute(semconv::messaging::SYSTEM, self.system);
            builder = match remote {
                Some(remote) => {
                    let builder = builder.parent(remote);
                    match self.present.span_context().filter(|request| !request.is_remote()) {
                        Some(request) => builder.link(request, &[]),
                        None => builder,
                    }
                }
                // Links to what is current.
                None => builder.detached(),
            };
            builder.start()
        };
        let present = match &self.remote {
            Some(remote) if remote.trace_id().is_none() => {
                self.present.with_baggage(remote.baggage().clone())
            }
            _ => self.present.clone(),
        };
        let mut span = present.in_scope(start);
        let id = self.id.or_else(|| {
            let span = span.context().span_context()?;
            Some(span.span_id().to_string().into())
        });
        span.set(names::SOCKET_ID, id.as_deref());
        Connection::open(Open {
            span,
            instruments,
            system: self.system,
            id: id.unwrap_or_default(),
            own_traces: self.own_traces,
        })
    }
}
