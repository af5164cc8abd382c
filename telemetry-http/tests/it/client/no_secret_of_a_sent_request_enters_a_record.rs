use axum::Router;
use axum::routing::any;
use http::StatusCode;
use telemetry_core::testing::Capture;

use super::support::{reqwest_client, sent};
use crate::support::Server;

/// Stands wherever a request might have a secret.
const SECRET: &str = "hunter2";

#[tokio::test]
async fn of_addresses_headers_bodies_and_errors() {
    let capture = Capture::start();
    let answer = || async {
        (StatusCode::BAD_REQUEST, [("set-cookie", format!("session={SECRET}"))], SECRET)
    };
    let server = Server::start(Router::new().fallback(any(answer))).await;
    let address = server.address;
    let urls = [
        format!("http://{address}/?token={SECRET}&page=2"),
        format!("http://ann:{SECRET}@{address}/"),
        format!("http://{SECRET}@{address}/"),
        format!(
            "http://{address}/?X-Amz-Signature={SECRET}&X-Goog-Signature={SECRET}&sig={SECRET}"
        ),
        format!("http://{address}/#access_token={SECRET}"),
        // Fails: what a client says of that holds the address.
        format!("http://{}.invalid/?password={SECRET}", "x".repeat(70)),
    ];
    for url in &urls {
        let request = reqwest_client()
            .post(url)
            .bearer_auth(SECRET)
            .header("cookie", SECRET)
            .header("x-api-key", SECRET)
            .body(SECRET);
        let _ = capture.run_async(request.send()).await;
    }
    let spans = sent(&capture, urls.len()).await;
    let everything = format!("{spans:#?}\n{:#?}\n{:#?}", capture.events(), capture.metrics());
    assert!(!everything.contains(SECRET), "{everything}");
    assert!(everything.contains("page=2"), "what isn't secret is kept");
    assert!(everything.contains("token=REDACTED"), "what is secret is replaced");
}
