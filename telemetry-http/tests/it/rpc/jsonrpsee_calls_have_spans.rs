use std::net::SocketAddr;

use jsonrpsee::RpcModule;
use jsonrpsee::core::client::ClientT;
use jsonrpsee::core::middleware::RpcServiceBuilder;
use jsonrpsee::core::params::BatchRequestBuilder;
use jsonrpsee::http_client::HttpClientBuilder;
use jsonrpsee::rpc_params;
use jsonrpsee::server::{ServerBuilder, ServerHandle};
use jsonrpsee::types::ErrorObjectOwned;
use jsonrpsee::ws_client::WsClientBuilder;
use telemetry_core::testing::{Capture, CapturedSpan};
use telemetry_core::{Context, ContextExt, SpanKind, Status, span};
use telemetry_http::rpc::jsonrpsee::Layer;

use super::support::{SERVER, calls};
use crate::client::support::series;
use crate::support::{attributes, ended, map};

fn module() -> RpcModule<()> {
    let mut module = RpcModule::new(());
    let add = |params: jsonrpsee::types::Params<'static>, _, _| async move {
        let (one, two): (i64, i64) = params.parse()?;
        Ok::<_, ErrorObjectOwned>(span!("db").in_scope(|| one + two))
    };
    module.register_async_method("add", add).unwrap();
    module
        .register_method("buy", |_, _, _| {
            Err::<u32, _>(ErrorObjectOwned::owned(17, "hunter2", None::<()>))
        })
        .unwrap();
    module.register_method("now", |_, _, _| span!("clock").in_scope(|| "noon")).unwrap();
    module.register_async_method("hang", |_, _, _| std::future::pending::<u32>()).unwrap();
    module
}

/// jsonrpsee's server, with all its calls in `capture`'s pipeline.
async fn start(capture: &Capture) -> (SocketAddr, ServerHandle) {
    let context = capture.pipeline().context();
    let rpc_context = context.clone();
    let rpc = RpcServiceBuilder::new()
        .layer_fn(move |inner| Within { inner, context: rpc_context.clone() })
        .layer(Layer::new());
    let http = tower::ServiceBuilder::new()
        .layer_fn(move |inner| super::support::within(inner, context.clone()))
        .layer(telemetry_http::Layer::new());
    let server = ServerBuilder::default().set_rpc_middleware(rpc).set_http_middleware(http);
    let server = server.build("127.0.0.1:0").await.unwrap();
    let address = server.local_addr().unwrap();
    (address, server.start(module()))
}

/// A service whose calls are in a context where there is none.
#[derive(Clone)]
struct Within<S> {
    inner: S,
    context: Context,
}

impl<S> jsonrpsee::core::middleware::RpcServiceT for Within<S>
where
    S: jsonrpsee::core::middleware::RpcServiceT,
{
    type MethodResponse = S::MethodResponse;
    type NotificationResponse = S::NotificationResponse;
    type BatchResponse = S::BatchResponse;

    fn call<'a>(
        &self,
        request: jsonrpsee::types::Request<'a>,
    ) -> impl Future<Output = S::MethodResponse> + Send + 'a {
        self.inner.call(request).in_context(self.context())
    }

    fn batch<'a>(
        &self,
        batch: jsonrpsee::core::middleware::Batch<'a>,
    ) -> impl Future<Output = S::BatchResponse> + Send + 'a {
        self.inner.batch(batch).in_context(self.context())
    }

    fn notification<'a>(
        &self,
        notification: jsonrpsee::core::middleware::Notification<'a>,
    ) -> impl Future<Output = S::NotificationResponse> + Send + 'a {
        self.inner.notification(notification).in_context(self.context())
    }
}

impl<S> Within<S> {
    fn context(&self) -> Context {
        let current = Context::current();
        if current.span_context().is_some() { current } else { self.context.clone() }
    }
}

fn named<'a>(spans: &'a [CapturedSpan], name: &str) -> &'a CapturedSpan {
    spans.iter().find(|span| span.name == name).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn over_http() {
    let capture = Capture::start();
    let (address, handle) = start(&capture).await;
    let client = HttpClientBuilder::default().build(format!("http://{address}")).unwrap();
    let sum: i64 = client.request("add", rpc_params![1, 2]).await.unwrap();
    assert_eq!(sum, 3);
    client.request::<u32, _>("buy", rpc_params![]).await.unwrap_err();
    client.request::<u32, _>("guess", rpc_params![]).await.unwrap_err();
    let now: String = client.request("now", rpc_params![]).await.unwrap();
    assert_eq!(now, "noon");

    let spans = calls(&capture, SpanKind::Server, 4).await;
    let add = named(&spans, "add");
    let found = attributes(add);
    assert_eq!((&*found["rpc.system.name"], &add.status), ("jsonrpc", &Status::Unset));
    assert!(found.contains_key("jsonrpc.request.id"), "{found:?}");
    let requests = ended(&capture, 8).await;
    let request = requests.iter().find(|it| Some(it.span_id) == add.parent_span_id).unwrap();
    assert_eq!(request.name, "POST", "the call is a child of its request");
    assert_eq!(capture.spans_named("db")[0].parent_span_id, Some(add.span_id));
    assert_eq!(capture.spans_named("clock")[0].parent_span_id, Some(named(&spans, "now").span_id));
    let buy = named(&spans, "buy");
    assert_eq!((&*attributes(buy)["rpc.status_code"], &buy.status), ("17", &Status::ERROR));
    let guess = attributes(named(&spans, "jsonrpc"));
    assert_eq!((&*guess["rpc.method"], &*guess["rpc.method_original"]), ("_OTHER", "guess"));
    assert_eq!(guess["error.type"], "-32601");
    let labels = series(&capture, SERVER).into_iter().map(|(labels, _)| labels);
    assert!(labels.collect::<Vec<_>>().contains(&map([
        ("error.type", "-32601"),
        ("rpc.method", "_OTHER"),
        ("rpc.status_code", "-32601"),
        ("rpc.system.name", "jsonrpc"),
    ])));
    assert!(!format!("{:?}", capture.spans()).contains("hunter2"));
    handle.stop().unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_batches_one_each() {
    let capture = Capture::start();
    let (address, handle) = start(&capture).await;
    let client = HttpClientBuilder::default().build(format!("http://{address}")).unwrap();
    let mut batch = BatchRequestBuilder::new();
    batch.insert("add", rpc_params![1, 2]).unwrap();
    batch.insert("buy", rpc_params![]).unwrap();
    batch.insert("add", rpc_params![3, 4]).unwrap();
    let answers = client.batch_request::<i64>(batch).await.unwrap();
    assert_eq!((answers.num_successful_calls(), answers.num_failed_calls()), (2, 1));
    let spans = calls(&capture, SpanKind::Server, 3).await;
    assert_eq!(spans.iter().filter(|span| span.name == "add").count(), 2);
    let buy = named(&spans, "buy");
    assert_eq!(attributes(buy)["rpc.status_code"], "17");
    let parents = spans.iter().map(|span| span.parent_span_id).collect::<Vec<_>>();
    assert!(parents[0].is_some() && parents.iter().all(|parent| *parent == parents[0]));
    handle.stop().unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn over_a_websocket() {
    let capture = Capture::start();
    let (address, handle) = start(&capture).await;
    let client = WsClientBuilder::default().build(format!("ws://{address}")).await.unwrap();
    let sum: i64 = client.request("add", rpc_params![1, 2]).await.unwrap();
    assert_eq!(sum, 3);
    client.notification("add", rpc_params![1, 2]).await.unwrap();
    let spans = calls(&capture, SpanKind::Server, 2).await;
    assert!(spans.iter().all(|span| span.name == "add"), "{spans:#?}");
    let with_id = |span: &&CapturedSpan| attributes(span).contains_key("jsonrpc.request.id");
    assert_eq!(spans.iter().filter(with_id).count(), 1, "a notification has none");
    handle.stop().unwrap();
}
