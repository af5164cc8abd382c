//! [`InProcess`]: an axum service of one route, called without a network.

use std::hint::black_box;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::Path;
use axum::http::header::{CONTENT_LENGTH, HOST, USER_AGENT};
use axum::http::{HeaderValue, Request, Uri};
use axum::routing::get;
use http_body_util::BodyExt;
use tokio::runtime::{Builder, Runtime};
use tower::{Service, ServiceExt};

use crate::failure::Failure;

/// An axum service of one route, called without a network, each answer read to its end.
#[derive(Debug)]
pub(super) struct InProcess {
    runtime: Runtime,
    router: Router,
    addresses: Vec<Uri>,
}

impl InProcess {
    /// The route, as the layers see it.
    const ROUTE: &str = "/orders/{id}";

    /// The service within the layers that `around` puts on.
    pub(super) fn new(around: impl FnOnce(Router) -> Router) -> Result<Self, Failure> {
        let addresses: Result<_, _> = (0..8).map(|id| format!("/orders/{id}").parse()).collect();
        Ok(Self {
            runtime: Builder::new_current_thread().build()?,
            // With its state, as `axum::serve` does: without, every request builds its route anew.
            router: around(Router::new().route(Self::ROUTE, get(order))).with_state(()),
            addresses: addresses?,
        })
    }

    /// Calls the service so many times, one after the other.
    pub(super) fn burst(&mut self, requests: u64) {
        let Self { runtime, router, addresses } = self;
        runtime.block_on(async {
            let addresses = addresses.iter().cycle();
            for address in addresses.take(requests as usize) {
                call(router, address.clone()).await;
            }
        });
    }
}

async fn call(router: &mut Router, address: Uri) {
    let mut request = Request::new(Body::empty());
    *request.uri_mut() = address;
    let headers = request.headers_mut();
    headers.insert(HOST, HeaderValue::from_static("shop.example"));
    // Without it a peer measures no size of a request.
    headers.insert(CONTENT_LENGTH, HeaderValue::from_static("0"));
    headers.insert(USER_AGENT, HeaderValue::from_static("bench/1.0"));
    let Ok(service) = ServiceExt::<Request<Body>>::ready(router).await;
    let Ok(response) = service.call(request).await;
    let mut body = response.into_body();
    while let Some(Ok(frame)) = body.frame().await {
        black_box(frame);
    }
}

async fn order(Path(id): Path<u64>) -> Body {
    black_box(id);
    Body::from(Bytes::from_static(b"an order"))
}
