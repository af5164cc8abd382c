use std::borrow::Cow;
use std::future::Future;

use telemetry_core::{Classify, Context, ErrorClass, Pipeline, SpanBuilder, SpanKind, semconv};

use super::failure::Failure;
use super::guard::{CallGuard, MAX_METHOD, Observed};
use super::instruments::INSTRUMENTS;
use super::run::{Run, TryRun};
use crate::SCOPE;

/// A call about to start; made by [`call`](super::call).
#[derive(Clone, Debug)]
#[must_use = "a call starts with `start`, `run` or `try_run`"]
pub struct Call {
    system: Cow<'static, str>,
    method: Cow<'static, str>,
    recognised: bool,
    kind: SpanKind,
    server: Option<(Box<str>, Option<u16>)>,
    parent: Option<Context>,
}

impl Call {
    pub(super) fn new(system: Cow<'static, str>, method: Cow<'static, str>) -> Self {
        Self {
            system,
            method,
            recognised: true,
            kind: SpanKind::Server,
            server: None,
            parent: None,
        }
    }

    /// A call that is made, of kind client, rather than answered.
    pub fn client(mut self) -> Self {
        self.kind = SpanKind::Client;
        self
    }

    /// The server, as the client knows it.
    pub fn server(mut self, address: impl Into<Box<str>>, port: impl Into<Option<u16>>) -> Self {
        self.server = Some((address.into(), port.into()));
        self
    }

    /// Starts beneath `parent` instead of the current context, and in its pipeline.
    pub fn parent(mut self, parent: &Context) -> Self {
        self.parent = Some(parent.clone());
        self
    }

    /// The name comes from outside, and isn't known to be one of few.
    #[cfg(any(feature = "tonic", feature = "json-rpc"))]
    pub(super) fn unrecognised(mut self) -> Self {
        self.recognised = false;
        self
    }

    /// Starts the call. Whoever has it ends it; see [`CallGuard`].
    pub fn start(self) -> CallGuard {
        let pipeline = match &self.parent {
            Some(parent) => parent.in_scope(Pipeline::current),
            None => Pipeline::current(),
        };
        let Some(pipeline) = pipeline else {
            return CallGuard::default();
        };
        let instruments = INSTRUMENTS.of(&pipeline);
        let method = &self.method[..self.method.floor_char_boundary(MAX_METHOD)];
        let name = if method.is_empty() {
            self.system.clone()
        } else if method.len() == self.method.len() {
            self.method.clone()
        } else {
            Cow::Owned(method.to_owned())
        };
        let mut builder = SpanBuilder::new(&SCOPE, name)
            .kind(self.kind)
            .attribute(semconv::rpc::SYSTEM_NAME, &self.system)
            .attribute(semconv::rpc::METHOD, Some(method).filter(|method| !method.is_empty()));
        if let Some((address, port)) = &self.server {
            builder = builder
                .attribute(semconv::server::ADDRESS, &**address)
                .attribute(semconv::server::PORT, *port);
        }
        if let Some(parent) = &self.parent {
            builder = builder.parent(parent);
        }
        CallGuard::new(Observed {
            span: builder.start(),
            kind: self.kind,
            instruments,
            system: self.system,
            method: self.method,
            recognised: self.recognised,
            server: self.server,
            status_code: None,
        })
    }

    /// A future that runs `work` as the call: its span is current at every poll, and it ends with the
    /// output; without one when it is dropped before. It starts at the first poll.
    pub fn run<F: Future>(self, work: F) -> Run<F> {
        Run::new(self, work)
    }

    /// Like [`Call::run`]; an `Err` fails the call as the class of the error
    /// ([`ErrorClass`]). The error may be of any type that can be classed ([`Classify`]).
    pub fn try_run<F, T, E, By>(self, work: F) -> TryRun<F, fn(&E) -> Failure>
    where
        F: Future<Output = Result<T, E>>,
        E: Classify<By>,
    {
        fn failure<E: Classify<By>, By>(error: &E) -> Failure {
            error.class().into()
        }
        self.try_run_with(work, failure::<E, By>)
    }

    /// Like [`Call::try_run`] for errors of which the closure tells the status or the class.
    ///
    /// ```
    /// use telemetry_http::rpc::{self, Failure};
    ///
    /// enum Error { NoSuchOrder, SoldOut }
    /// # async fn place() -> Result<(), Error> { Err(Error::SoldOut) }
    /// # async fn example() {
    /// let failure = |error: &Error| match error {
    ///     Error::NoSuchOrder => Failure::status("NOT_FOUND"),
    ///     Error::SoldOut => Failure::status("CONFLICT"),
    /// };
    /// let placed = rpc::call("trpc", "orders.place").try_run_with(place(), failure).await;
    /// # }
    /// ```
    pub fn try_run_with<F, T, E, C>(self, work: F, failure: C) -> TryRun<F, C>
    where
        F: Future<Output = Result<T, E>>,
        C: Fn(&E) -> Failure,
    {
        TryRun::new(self, work, failure)
    }
}

impl From<&ErrorClass> for Failure {
    fn from(class: &ErrorClass) -> Self {
        class.clone().into()
    }
}
