//! A client that traces itself, as rig does, within the middleware.

use telemetry_core::{bridge, testing::Capture};
use tracing::{Instrument as _, field};
use tracing_subscriber::{layer::SubscriberExt as _, util::SubscriberInitExt as _};

use crate::provider::{PLAIN, REQUEST, Server, answer};

#[tokio::test]
async fn the_span_of_the_client_is_recorded_and_counts_nothing() {
    let server = Server::of_json(PLAIN).await;
    let client = server.client();
    let capture = Capture::start();
    let _subscriber = tracing_subscriber::registry().with(bridge::tracing::layer()).set_default();
    capture
        .run_async(async {
            let own = tracing::info_span!(
                "chat",
                gen_ai.operation.name = "chat",
                gen_ai.provider.name = "openai",
                gen_ai.request.model = "gpt-4o",
                gen_ai.usage.input_tokens = field::Empty,
                gen_ai.usage.output_tokens = field::Empty,
            );
            answer(&client, &server.url(), REQUEST).instrument(own.clone()).await;
            own.record("gen_ai.usage.input_tokens", 2006);
            own.record("gen_ai.usage.output_tokens", 300);
        })
        .await;
    let spans = capture.spans();
    let [call, own] = spans.as_slice() else { panic!("{spans:#?}") };
    // Both are recorded, one within the other, each with the usage that it knows.
    assert_eq!((call.name.as_str(), own.name.as_str()), ("chat gpt-4o", "chat"));
    assert_eq!(call.parent_span_id, Some(own.span_id));
    for span in [call, own] {
        assert_eq!(span.attribute("gen_ai.usage.input_tokens").unwrap(), &2006, "{}", span.name);
    }
    // Metrics and costs are made of the call alone.
    let metrics = capture.metrics();
    let sum = |name| metrics.sum(name, &[]);
    assert_eq!(sum("gen_ai.client.inference.usage.input_tokens"), 2006.0);
    assert_eq!(sum("gen_ai.client.inference.usage.output_tokens"), 300.0);
    assert_eq!(sum("telemetry.gen_ai.requests"), 1.0);
    assert_eq!(sum("telemetry.gen_ai.cost"), 0.005615);
    let rows = capture.run(telemetry_ai::spend);
    assert_eq!((rows.len(), rows[0].calls), (1, 1));
    assert_eq!(own.attribute("gen_ai.usage.cost.amount"), None);
}
