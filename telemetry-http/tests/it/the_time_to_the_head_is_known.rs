use axum::Router;
use axum::body::Body;
use axum::routing::get;
use futures_util::stream;
use telemetry_core::testing::Capture;
use telemetry_http::Layer;

use crate::support::{Server, durations, histogram, one, seconds, total};

const NAME: &str = "telemetry.http.server.time_to_headers";

fn service(layer: Layer) -> Router {
    let streamed = || async {
        Body::from_stream(stream::iter([Ok::<_, std::convert::Infallible>("one"), Ok("two")]))
    };
    Router::new()
        .route("/whole", get(|| async { "whole" }))
        .route("/streamed", get(streamed))
        .layer(layer)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_spans_of_streams_and_where_asked_for_everywhere_and_as_a_metric() {
    for (path, asked, on_span) in [
        ("/whole", false, false),
        ("/streamed", false, true),
        ("/whole", true, true),
        ("/streamed", true, true),
    ] {
        let capture = Capture::start();
        let layer = if asked { Layer::new().time_to_headers() } else { Layer::new() };
        let server = Server::captured(&capture, service(layer)).await;
        server.get(path).await;
        let span = one(&capture).await;
        let took = span.attribute(NAME).map(|took| took.to_string().parse::<f64>().unwrap());
        assert_eq!(took.is_some(), on_span, "{path}, asked: {asked}");
        assert!(took.is_none_or(|took| took > 0.0 && took <= seconds(&span)), "{took:?}");
        assert_eq!(total(&capture, NAME).0, u64::from(asked), "{path}");
        if asked {
            let (labels, point) = histogram(&capture, NAME).remove(0);
            assert_eq!(labels, durations(&capture)[0].0, "the same labels as the duration's");
            assert!(point.sum <= seconds(&span), "{} of {}", point.sum, seconds(&span));
            assert_eq!(capture.metrics().metric(NAME).unwrap().unit, "s");
        }
    }
}
