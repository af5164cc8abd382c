use std::sync::Arc;

use http::{Request, Uri};
use telemetry_core::{Pipeline, SpanKind, propagation};

use super::Service;
use super::observation::Observation;
use super::server_layer::method;
use super::service::Side;
use crate::HeaderMapWriter;
use crate::server::authority::host_and_port;

/// Observes the gRPC calls that a client makes; see [`rpc`](crate::rpc) for what is recorded and
/// [`grpc`](super) for how calls end. The trace context and the baggage go along as metadata.
#[derive(Clone, Debug)]
#[must_use = "a layer does nothing until it is put around a service"]
pub struct ClientLayer {
    server: Option<(Arc<str>, Option<u16>)>,
    with_baggage: bool,
}

impl ClientLayer {
    /// A layer around a channel to this address, which requests don't say: that of the
    /// `tonic::transport::Endpoint`.
    pub fn new(server: &Uri) -> Self {
        let authority = server.authority().map_or("", |authority| authority.as_str());
        let server = host_and_port(authority).map(|(host, port)| (host.into(), port));
        Self { server, with_baggage: true }
    }

    /// Sends no baggage along, but the trace context: for servers of others, whom the names of users and
    /// tenants don't concern.
    pub fn without_baggage(mut self) -> Self {
        self.with_baggage = false;
        self
    }

    pub(super) fn start<B>(&self, request: &mut Request<B>) -> Observation {
        if Pipeline::current_id().is_none() {
            return Observation::default();
        }
        let Some(method) = method(request) else {
            return Observation::default();
        };
        let mut call = crate::rpc::call("grpc", method.to_owned()).client();
        if let Some((address, port)) = &self.server {
            call = call.server(&**address, *port);
        }
        let guard = call.start();
        if let Some(context) = guard.context() {
            let mut headers = HeaderMapWriter::new(request.headers_mut());
            if self.with_baggage {
                propagation::inject(context, &mut headers);
            } else {
                propagation::inject_trace(context, &mut headers);
            }
        }
        Observation::new(guard, SpanKind::Client, None, request.headers())
    }
}

impl<S> tower_layer::Layer<S> for ClientLayer {
    type Service = Service<S>;

    fn layer(&self, inner: S) -> Service<S> {
        Service::new(inner, Side::Client(self.clone()))
    }
}
