//! Errors that no server has a part in, or too large a one.

use axum::Router;
use axum::response::Redirect;
use axum::routing::get;
use http::{Extensions, StatusCode};
use reqwest::{ResponseBuilderExt, Url, redirect};
use reqwest_middleware::{ClientBuilder, Next};
use telemetry_core::testing::Capture;
use telemetry_http::client::{Middleware, Redirects};

use super::support::{bare_reqwest, reqwest_client, sent};
use crate::support::{Server, attributes};

#[tokio::test]
async fn as_what_reqwest_refuses_to_follow() {
    let capture = Capture::start();
    let app = Router::new().route("/round", get(|| async { Redirect::temporary("/round") }));
    let server = Server::start(app).await;
    let client = reqwest::Client::builder().no_proxy().redirect(redirect::Policy::limited(2));
    let client = ClientBuilder::new(client.build().unwrap()).with(Middleware::new()).build();
    let request = client.get(server.url("/round"));
    let error = capture.run_async(async { request.send().await.unwrap_err() }).await;
    assert!(error.is_redirect(), "{error:?}");
    let span = sent(&capture, 1).await.remove(0);
    assert_eq!(attributes(&span)["error.type"], "redirect");
}

#[tokio::test]
async fn as_what_it_cannot_send() {
    let capture = Capture::start();
    let request = reqwest_client().get("gopher://127.0.0.1/");
    capture.run_async(async { request.send().await.unwrap_err() }).await;
    let span = sent(&capture, 1).await.remove(0);
    assert_eq!(attributes(&span)["error.type"], "invalid_request");
}

#[tokio::test]
async fn and_redirects_tell_how_many_were_too_many() {
    let app = Router::new().route("/round", get(|| async { Redirect::temporary("/round") }));
    let server = Server::start(app).await;
    let client = reqwest::Client::builder().no_proxy().redirect(redirect::Policy::none());
    let redirects = Redirects::default().most(3);
    let client = ClientBuilder::new(client.build().unwrap()).with(redirects).build();
    let error = client.get(server.url("/round")).send().await.unwrap_err();
    assert!(format!("{error:?}{error}").contains("more than 3 redirects"), "{error:?}");
}

/// Answers a request to `https` with a redirect to where `Redirects` must not lead, any other with its
/// address.
struct LeadsAstray;

#[async_trait::async_trait]
impl reqwest_middleware::Middleware for LeadsAstray {
    async fn handle(
        &self,
        request: reqwest::Request,
        _: &mut Extensions,
        _: Next<'_>,
    ) -> reqwest_middleware::Result<reqwest::Response> {
        let url: Url = request.url().clone();
        let response = http::Response::builder().url(url.clone());
        let response = if url.scheme() == "https" {
            response.status(StatusCode::FOUND).header("location", "http://shop.example/plain")
        } else {
            response.status(StatusCode::OK)
        };
        Ok(response.body(String::new()).unwrap().into())
    }
}

#[tokio::test]
async fn nor_do_they_leave_https_where_that_is_forbidden() {
    for (redirects, status, scheme) in [
        (Redirects::new(), StatusCode::OK, "http"),
        (Redirects::new().https_only(), StatusCode::FOUND, "https"),
    ] {
        let client = ClientBuilder::new(bare_reqwest()).with(redirects).with(LeadsAstray).build();
        let answer = client.get("https://shop.example/safe").send().await.unwrap();
        assert_eq!((answer.status(), answer.url().scheme()), (status, scheme));
    }
}
