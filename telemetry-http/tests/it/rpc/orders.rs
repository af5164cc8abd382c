//! A gRPC service of all four kinds of procedures, in the shape that tonic's generator gives it.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures_util::future::BoxFuture;
use futures_util::stream::Stream;
use http::uri::PathAndQuery;
use tonic::body::Body;
use tonic::codegen::{Body as HttpBody, Bytes, Service, StdError};
use tonic::{GrpcMethod, Request, Response, Status, Streaming};
use tonic_prost::ProstCodec;

/// What is ordered, and what came of it.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Order {
    #[prost(string, tag = "1")]
    pub(crate) what: String,
}

pub(crate) type OrderStream = Pin<Box<dyn Stream<Item = Result<Order, Status>> + Send>>;

#[tonic::async_trait]
pub(crate) trait Orders: Send + Sync + 'static {
    async fn place(&self, request: Request<Order>) -> Result<Response<Order>, Status>;
    async fn watch(&self, request: Request<Order>) -> Result<Response<OrderStream>, Status>;
    async fn upload(&self, request: Request<Streaming<Order>>) -> Result<Response<Order>, Status>;
    async fn chat(
        &self,
        request: Request<Streaming<Order>>,
    ) -> Result<Response<OrderStream>, Status>;
}

pub(crate) struct OrdersServer<T>(Arc<T>);

impl<T> OrdersServer<T> {
    pub(crate) fn new(inner: T) -> Self {
        Self(Arc::new(inner))
    }
}

impl<T> Clone for OrdersServer<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T> tonic::server::NamedService for OrdersServer<T> {
    const NAME: &'static str = "shop.Orders";
}

macro_rules! procedure {
    ($kind:ident, $name:ident, $method:ident, $request:ty, $response:ty $(, $stream:ident)?) => {
        struct $name<T>(Arc<T>);
        impl<T: Orders> tonic::server::$kind<Order> for $name<T> {
            type Response = Order;
            $(type $stream = OrderStream;)?
            type Future = BoxFuture<'static, Result<Response<$response>, Status>>;

            fn call(&mut self, request: Request<$request>) -> Self::Future {
                let inner = Arc::clone(&self.0);
                Box::pin(async move { inner.$method(request).await })
            }
        }
    };
}

procedure!(UnaryService, Place, place, Order, Order);
procedure!(ServerStreamingService, Watch, watch, Order, OrderStream, ResponseStream);
procedure!(ClientStreamingService, Upload, upload, Streaming<Order>, Order);
procedure!(StreamingService, Chat, chat, Streaming<Order>, OrderStream, ResponseStream);

impl<T, B> Service<http::Request<B>> for OrdersServer<T>
where
    T: Orders,
    B: HttpBody + Send + 'static,
    B::Error: Into<StdError> + Send + 'static,
{
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<B>) -> Self::Future {
        let inner = Arc::clone(&self.0);
        Box::pin(async move {
            let mut grpc = tonic::server::Grpc::new(ProstCodec::default());
            Ok(match request.uri().path() {
                "/shop.Orders/Place" => grpc.unary(Place(inner), request).await,
                "/shop.Orders/Watch" => grpc.server_streaming(Watch(inner), request).await,
                "/shop.Orders/Upload" => grpc.client_streaming(Upload(inner), request).await,
                "/shop.Orders/Chat" => grpc.streaming(Chat(inner), request).await,
                _ => {
                    let mut response = http::Response::new(Body::default());
                    let headers = response.headers_mut();
                    headers.insert(Status::GRPC_STATUS, (tonic::Code::Unimplemented as i32).into());
                    let kind = http::HeaderValue::from_static("application/grpc");
                    headers.insert(http::header::CONTENT_TYPE, kind);
                    response
                }
            })
        })
    }
}

#[derive(Clone)]
pub(crate) struct OrdersClient<C>(tonic::client::Grpc<C>);

impl<C> OrdersClient<C>
where
    C: tonic::client::GrpcService<Body>,
    C::Error: Into<StdError>,
    C::ResponseBody: HttpBody<Data = Bytes> + Send + 'static,
    <C::ResponseBody as HttpBody>::Error: Into<StdError> + Send,
{
    pub(crate) fn new(channel: C) -> Self {
        Self(tonic::client::Grpc::new(channel))
    }

    async fn ready<T>(
        &mut self,
        method: &'static str,
        mut request: Request<T>,
    ) -> Result<(Request<T>, PathAndQuery), Status> {
        let ready = self.0.ready().await;
        ready.map_err(|error| Status::unknown(format!("not ready: {}", error.into())))?;
        request.extensions_mut().insert(GrpcMethod::new("shop.Orders", method));
        let path = PathAndQuery::try_from(format!("/shop.Orders/{method}")).unwrap();
        Ok((request, path))
    }

    pub(crate) async fn place(
        &mut self,
        request: Request<Order>,
    ) -> Result<Response<Order>, Status> {
        self.unary("Place", request).await
    }

    /// A procedure of any name, which the server may not have.
    pub(crate) async fn unary(
        &mut self,
        method: &'static str,
        request: Request<Order>,
    ) -> Result<Response<Order>, Status> {
        let (request, path) = self.ready(method, request).await?;
        self.0.unary(request, path, ProstCodec::default()).await
    }

    pub(crate) async fn watch(
        &mut self,
        request: Request<Order>,
    ) -> Result<Response<Streaming<Order>>, Status> {
        let (request, path) = self.ready("Watch", request).await?;
        self.0.server_streaming(request, path, ProstCodec::default()).await
    }

    pub(crate) async fn upload<S>(&mut self, orders: S) -> Result<Response<Order>, Status>
    where
        S: Stream<Item = Order> + Send + 'static,
    {
        let (request, path) = self.ready("Upload", Request::new(orders)).await?;
        self.0.client_streaming(request, path, ProstCodec::default()).await
    }

    pub(crate) async fn chat<S>(&mut self, orders: S) -> Result<Response<Streaming<Order>>, Status>
    where
        S: Stream<Item = Order> + Send + 'static,
    {
        let (request, path) = self.ready("Chat", Request::new(orders)).await?;
        self.0.streaming(request, path, ProstCodec::default()).await
    }
}
