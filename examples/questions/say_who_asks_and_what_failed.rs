//! How do I see whom a request was made for, which middleware it passed, and what went wrong in it?
//!
//! `cargo run -p telemetry-examples --example say_who_asks_and_what_failed`

use std::error::Error;
use std::io;
use std::net::SocketAddr;

use axum::Router;
use axum::extract::{Path, Request};
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use telemetry_http::server::{Failure, Identity, TrustedProxies};
use telemetry_http::{Layer, TracedExt};

/// The service's own error. By the extension its response tells what a status can't.
#[derive(Debug)]
struct AppError(io::Error);

impl IntoResponse for AppError {
    fn into_response(self) -> Response {
        let mut response = StatusCode::SERVICE_UNAVAILABLE.into_response();
        response.extensions_mut().insert(Failure::of(&self.0));
        response
    }
}

/// Finds out who asks, and says so.
async fn auth(request: Request, next: Next) -> Response {
    let user = request.headers().get("x-user").and_then(|user| user.to_str().ok());
    let identity = user.map(|user| Identity::new().user(user));
    let mut response = next.run(request).await;
    if let Some(identity) = identity {
        response.extensions_mut().insert(identity);
    }
    response
}

async fn order(Path(id): Path<u32>) -> Result<String, AppError> {
    match id {
        0..100 => Ok(format!("order {id}")),
        _ => Err(AppError(io::ErrorKind::TimedOut.into())),
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let telemetry = telemetry_export::init!()?;
    let layer = Layer::new()
        .exclude(["/health"])
        // Who stands in front of the service and may say for whom it calls.
        .trusted_proxies(TrustedProxies::new(["127.0.0.0/8"])?);
    let app = Router::new()
        .route("/health", get(|| async { "ok" }))
        .route("/orders/{id}", get(order.traced("order")))
        .layer(from_fn(auth).traced("auth"))
        .layer(layer);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    // With the address of whoever connects, without which nobody knows whether it is a proxy.
    let app = app.into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(async move { axum::serve(listener, app).await });

    let client = reqwest::Client::new();
    for path in ["/orders/17", "/orders/170", "/health"] {
        let request = client.get(format!("http://{address}{path}"));
        let request = request.header("x-user", "u-17").header("x-forwarded-for", "192.0.2.7");
        println!("{path}: {}", request.send().await?.status());
    }
    // Two traces, `GET /orders/{id}` > `auth` > `order`, with `user.id` and `client.address`; in the second
    // `error.type` is `timeout`, and a log record has the words. The health check is counted.
    drop(telemetry);
    Ok(())
}
