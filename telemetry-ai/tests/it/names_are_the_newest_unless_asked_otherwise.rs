use telemetry_ai::{Conventions, Middleware};
use telemetry_core::testing::Capture;

use crate::{
    assert_attribute,
    every_provider::client_for,
    provider::{PATIENCE, STREAM, STREAM_REQUEST, Server, answer, only_span},
};

async fn streamed(conventions: Conventions) -> Capture {
    let server = Server::of_stream(STREAM).await;
    let capture = Capture::start();
    let client = server.client_of(Middleware::builder().conventions(conventions));
    capture.run_async(answer(&client, &server.url(), STREAM_REQUEST)).await;
    capture
}

const NEWEST: [&str; 4] = [
    "gen_ai.client.inference.duration",
    "gen_ai.client.inference.time_to_first_chunk",
    "gen_ai.client.inference.usage.input_tokens",
    "gen_ai.client.inference.usage.output_tokens",
];
const OLDER: [&str; 3] = [
    "gen_ai.client.operation.duration",
    "gen_ai.client.operation.time_to_first_chunk",
    "gen_ai.client.token.usage",
];

fn emitted(capture: &Capture, name: &str) -> bool {
    let metrics = capture.metrics();
    metrics.histogram(name, &[]).is_some() || metrics.sum(name, &[]) > 0.0
}

#[tokio::test]
async fn each_choice_emits_its_own_names() {
    for (conventions, newest, older) in [
        (Conventions::Latest, true, false),
        (Conventions::Older, false, true),
        (Conventions::Both, true, true),
    ] {
        let capture = streamed(conventions).await;
        for name in NEWEST {
            assert_eq!(emitted(&capture, name), newest, "{name} of {conventions:?}");
        }
        for name in OLDER {
            assert_eq!(emitted(&capture, name), older, "{name} of {conventions:?}");
        }
        let span = only_span(&capture);
        assert_attribute!(span, "gen_ai.provider.name", "openai");
        assert_eq!(span.attribute("gen_ai.system").is_some(), older);
    }
    let capture = streamed(Conventions::Older).await;
    let metrics = capture.metrics();
    let tokens = |kind| {
        let labels = [("gen_ai.token.type", kind)];
        metrics.histogram("gen_ai.client.token.usage", &labels).unwrap().sum
    };
    assert_eq!((tokens("input"), tokens("output")), (1117.0, 46.0));
}

#[tokio::test]
async fn tokens_written_to_a_cache_have_a_name_in_each() {
    const MESSAGE: &str = r#"{"id":"msg_1","model":"claude","stop_reason":"end_turn","usage":{"input_tokens":1,"cache_creation_input_tokens":7,"output_tokens":1}}"#;
    for (conventions, newer, older) in [
        (Conventions::Latest, Some("7"), None),
        (Conventions::Older, None, Some("7")),
        (Conventions::Both, Some("7"), Some("7")),
    ] {
        let server = Server::of_json(MESSAGE).await;
        let capture = Capture::start();
        let builder = Middleware::builder().conventions(conventions);
        let (client, url) = client_for(&server, "http://api.anthropic.com/v1/messages", builder);
        capture
            .run_async(async {
                let request = client.post(url).body("{}").send();
                let response = tokio::time::timeout(PATIENCE, request).await.unwrap().unwrap();
                response.bytes().await.unwrap();
            })
            .await;
        let span = only_span(&capture);
        let of = |name| span.attribute(name).map(ToString::to_string);
        assert_eq!(of("gen_ai.usage.cache_write.input_tokens").as_deref(), newer);
        assert_eq!(of("gen_ai.usage.cache_creation.input_tokens").as_deref(), older);
    }
}

#[tokio::test]
async fn the_time_between_chunks_is_measured_for_all_but_the_first() {
    let capture = streamed(Conventions::Latest).await;
    let metrics = capture.metrics();
    let name = "gen_ai.client.inference.time_per_output_chunk";
    let labels = [("gen_ai.request.model", "gpt-4o"), ("gen_ai.provider.name", "openai")];
    // Four events carry data; the closing mark is none.
    assert_eq!(metrics.histogram(name, &labels).unwrap().count(), 3);
}
