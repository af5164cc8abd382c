use std::sync::Arc;

use http::header::CONTENT_TYPE;
use http::{HeaderMap, Request};
use telemetry_core::{Context, Pipeline, SpanKind, propagation};

use super::Service;
use super::observation::{Observation, Unknown};
use super::service::Side;
use crate::HeaderMapReader;
use crate::rpc::instruments::INSTRUMENTS;
use crate::rpc::methods::Methods;
use crate::server::authority::host_and_port;

/// Observes the gRPC calls that a service answers; see [`rpc`](crate::rpc) for what is recorded and
/// [`grpc`](super) for how calls end.
///
/// Health checks (`grpc.health.v1.Health`) are left out and counted.
#[derive(Clone, Debug)]
#[must_use = "a layer does nothing until it is put around a service"]
pub struct ServerLayer {
    settings: Arc<Settings>,
}

#[derive(Clone, Debug, Default)]
struct Settings {
    methods: Methods,
    /// Services, each with a slash after it.
    excluded: Vec<Box<str>>,
}

impl ServerLayer {
    /// A layer that makes a server span and a metric of each call.
    pub fn new() -> Self {
        let excluded = vec!["grpc.health.v1.Health/".into()];
        Self { settings: Arc::new(Settings { methods: Methods::default(), excluded }) }
    }

    /// Declares procedures, each with its service (`shop.Orders/Place`), so that they are known before
    /// they are answered for the first time.
    pub fn methods<M: Into<Box<str>>>(self, methods: impl IntoIterator<Item = M>) -> Self {
        self.settings.methods.declare(methods);
        self
    }

    /// Leaves out calls of these services: `grpc.reflection.v1.ServerReflection`. They are counted by
    /// `telemetry.rpc.server.excluded_calls` and nothing else.
    pub fn exclude<'a>(mut self, services: impl IntoIterator<Item = &'a str>) -> Self {
        let settings = Arc::make_mut(&mut self.settings);
        settings.excluded.extend(services.into_iter().map(|service| format!("{service}/").into()));
        self
    }

    pub(super) fn start<B>(&self, request: &Request<B>) -> Observation {
        let Some(pipeline) = Pipeline::current() else {
            return Observation::default();
        };
        let Some(method) = method(request) else {
            return Observation::default();
        };
        if self.settings.excluded.iter().any(|service| method.starts_with(&**service)) {
            INSTRUMENTS.with(&pipeline, |instruments| instruments.excluded.add(1, &[]));
            return Observation::default();
        }
        let mut call = crate::rpc::call("grpc", method.to_owned());
        if !self.settings.methods.know(method) {
            call = call.unrecognised();
        }
        if let Some(authority) = request.uri().authority()
            && let Some((host, port)) = host_and_port(authority.as_str())
        {
            call = call.server(host, port);
        }
        if let Some(parent) = remote_parent(request.headers()) {
            call = call.parent(&parent);
        }
        let unknown = Unknown { methods: self.settings.methods.clone(), method: method.into() };
        Observation::new(call.start(), SpanKind::Server, Some(unknown), request.headers())
    }
}

impl Default for ServerLayer {
    fn default() -> Self {
        Self::new()
    }
}

impl<S> tower_layer::Layer<S> for ServerLayer {
    type Service = Service<S>;

    fn layer(&self, inner: S) -> Service<S> {
        Service::new(inner, Side::Server(self.clone()))
    }
}

/// The procedure of a gRPC request; none of another one.
pub(super) fn method<B>(request: &Request<B>) -> Option<&str> {
    let kind = request.headers().get(CONTENT_TYPE)?.as_bytes();
    let rest = kind.strip_prefix(b"application/grpc")?;
    // gRPC-Web has its status elsewhere.
    if !matches!(rest.first(), None | Some(b'+' | b';')) {
        return None;
    }
    let method = request.uri().path().strip_prefix('/')?;
    (!method.is_empty()).then_some(method)
}

/// The parent that a request names, unless a span of this process has continued its trace.
pub(in crate::rpc) fn remote_parent(headers: &HeaderMap) -> Option<Context> {
    let extracted = propagation::extract(&HeaderMapReader::new(headers));
    let current = Context::current();
    let local = current.span_context().filter(|span| !span.is_remote());
    let trace = extracted.trace_id();
    if trace.is_some() {
        let continued = local.is_some_and(|span| Some(span.trace_id()) == trace);
        (!continued).then_some(extracted)
    } else if local.is_none() && !extracted.baggage().is_empty() {
        Some(current.with_baggage(extracted.baggage().clone()))
    } else {
        None
    }
}
