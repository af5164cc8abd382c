use axum::Router;
use axum::routing::get;
use telemetry_core::testing::Capture;
use telemetry_http::Layer;

use crate::support::{ACTIVE, Server, durations, one};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_all_others_are_observed() {
    let capture = Capture::start();
    let health = Router::new().route("/health", get(|| async { "ok" }));
    let app = Router::new()
        .nest("/internal", health)
        .route("/metrics", get(|| async { "" }))
        .route("/metrics/more", get(|| async { "" }))
        .layer(Layer::new().exclude(["/internal/health"]).exclude(["/metrics"]));
    let server = Server::captured(&capture, app).await;
    for path in ["/internal/health", "/metrics?name=x", "/metrics"] {
        let response = server.get(path).await;
        assert!(response.starts_with("HTTP/1.1 200"), "{response}");
        assert!(!response.contains("x-request-id"), "{response}");
    }
    assert!(capture.spans().is_empty());
    assert!(capture.metrics().metric(ACTIVE).is_none() && durations(&capture).is_empty());
    assert_eq!(capture.metrics().sum("telemetry.http.server.excluded_requests", &[]), 3.0);

    server.get("/metrics/more").await;
    assert_eq!(one(&capture).await.name, "GET /metrics/more");
    assert_eq!(capture.metrics().sum("telemetry.http.server.excluded_requests", &[]), 3.0);
}
