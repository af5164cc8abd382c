use std::net::SocketAddr;

use telemetry_core::testing::{Capture, CapturedSpan};
use telemetry_core::{Context, ContextExt, SpanKind};
use telemetry_http::rpc::grpc::{ClientLayer, ServerLayer, Service};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tonic::transport::server::TcpIncoming;
use tonic::transport::{Channel, Endpoint, Server};

use super::orders::{Orders, OrdersServer};
use crate::support::eventually;

pub(crate) const SERVER: &str = "rpc.server.call.duration";
pub(crate) const CLIENT: &str = "rpc.client.call.duration";

/// tonic's server on a free port; it ends with the test.
pub(crate) struct GrpcServer {
    pub(crate) address: SocketAddr,
    task: JoinHandle<()>,
}

impl GrpcServer {
    /// Serves `orders` with all its calls in `capture`'s pipeline.
    pub(crate) async fn start(capture: &Capture, layer: ServerLayer, orders: impl Orders) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let context = capture.pipeline().context();
        let server = Server::builder()
            .layer(tower::layer::layer_fn(move |inner| within(inner, context.clone())))
            .layer(layer)
            .add_service(OrdersServer::new(orders))
            .serve_with_incoming(TcpIncoming::from(listener));
        let task = tokio::spawn(async move { server.await.unwrap() });
        Self { address, task }
    }

    /// tonic's channel to it, observed.
    pub(crate) fn channel(&self) -> Service<Channel> {
        channel(&format!("http://{}", self.address))
    }
}

/// tonic's channel to an address, observed; it isn't connected yet.
pub(crate) fn channel(address: &str) -> Service<Channel> {
    let endpoint = Endpoint::from_shared(address.to_owned()).unwrap();
    let layer = ClientLayer::new(endpoint.uri());
    tower::Layer::layer(&layer, endpoint.connect_lazy())
}

impl Drop for GrpcServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// A service whose work is a context's.
pub(crate) fn within<S>(inner: S, context: Context) -> Within<S> {
    Within { inner, context }
}

#[derive(Clone)]
pub(crate) struct Within<S> {
    inner: S,
    context: Context,
}

impl<S, R> tower::Service<R> for Within<S>
where
    S: tower::Service<R>,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = telemetry_core::InContext<S::Future>;

    fn poll_ready(
        &mut self,
        task: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Result<(), S::Error>> {
        self.inner.poll_ready(task)
    }

    fn call(&mut self, request: R) -> Self::Future {
        self.context.in_scope(|| self.inner.call(request)).in_context(self.context.clone())
    }
}

/// Waits until `count` spans of a kind have ended and returns them.
pub(crate) async fn calls(capture: &Capture, kind: SpanKind, count: usize) -> Vec<CapturedSpan> {
    let of_calls = || {
        let spans = capture.spans().into_iter().filter(|span| span.kind == kind);
        spans.filter(|span| span.attribute("rpc.system.name").is_some()).collect::<Vec<_>>()
    };
    eventually("the end of the calls", || of_calls().len() >= count).await;
    let calls = of_calls();
    assert_eq!(calls.len(), count, "a call ended twice: {calls:#?}");
    calls
}
