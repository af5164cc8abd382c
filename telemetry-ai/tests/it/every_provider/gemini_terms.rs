//! The terms and tools that Google's models state: which tier served, what was grounded, what the parts
//! were made of.

use telemetry_ai::{AiCost, CostHandle, CostStatus, Decimal, Middleware};
use telemetry_core::testing::{Capture, CapturedSpan};

use super::{assert_span, client_for};
use crate::provider::{PATIENCE, Server, events, json, only_span};

const GENERATE: &str = "http://aiplatform.googleapis.com/v1/projects/p/locations/global/publishers/google/models/gemini-2.5-flash:generateContent";
const INTERACT: &str = "http://generativelanguage.googleapis.com/v1beta/interactions";

/// Asks once, reads the answer, and gives the span and the cost.
async fn ask(
    url: &str,
    request: &'static str,
    answer: impl Into<String>,
    streamed: bool,
) -> (CapturedSpan, AiCost) {
    let answer = answer.into();
    let server = Server::start(move |_| {
        let answer = answer.clone();
        async move {
            if streamed {
                let pieces = super::cut(answer.as_bytes(), 5);
                events(futures_util::stream::iter(pieces))
            } else {
                json(answer)
            }
        }
    })
    .await;
    let (client, url) = client_for(&server, url, Middleware::builder());
    let capture = Capture::start();
    let cost = capture
        .run_async(async {
            let request = client.post(url).body(request).send();
            let response = tokio::time::timeout(PATIENCE, request).await.unwrap().unwrap();
            let handle = response.extensions().get::<CostHandle>().cloned().unwrap();
            response.bytes().await.unwrap();
            handle.cost().cloned().unwrap()
        })
        .await;
    (only_span(&capture), cost)
}

fn used(traffic: &str) -> String {
    format!(
        r#"{{"candidates":[{{"content":{{"parts":[{{"text":"a"}}]}},"finishReason":"STOP"}}],"modelVersion":"gemini-2.5-flash","usageMetadata":{{"promptTokenCount":1000000,"candidatesTokenCount":100000,"totalTokenCount":1100000,"trafficType":"{traffic}"}}}}"#
    )
}

#[tokio::test]
async fn the_tier_that_served_is_named_by_the_traffic_and_decides_the_price() {
    let (exact, estimated) = (CostStatus::Exact, CostStatus::Estimated);
    for (traffic, tier, amount, status) in [
        // A million in at thirty cents, a tenth of one out at two and a half dollars.
        ("ON_DEMAND", Some("standard"), "0.55", exact),
        ("ON_DEMAND_FLEX", Some("flex"), "0.275", exact),
        ("ON_DEMAND_PRIORITY", Some("priority"), "0.99", exact),
        // What was bought beforehand has no price by the token.
        ("PROVISIONED_THROUGHPUT", Some("provisioned"), "0.55", estimated),
        ("TRAFFIC_TYPE_UNSPECIFIED", None, "0.55", exact),
    ] {
        let (_, cost) = ask(GENERATE, "{}", used(traffic), false).await;
        assert_eq!(cost.usage().terms.service_tier.as_deref(), tier, "{traffic}");
        let amount: Decimal = amount.parse().unwrap();
        assert_eq!((cost.amount(), cost.status()), (Some(amount), status), "{traffic}");
    }
}

#[tokio::test]
async fn queries_of_maps_and_searches_of_an_interaction_are_told_apart() {
    let answer = r#"{"id":"int_3","model":"gemini-2.5-flash","status":"requires_action","usage":{"total_input_tokens":1000,"total_cached_tokens":300,"total_output_tokens":80,"total_reasoning_tokens":20,"total_tool_use_tokens":50,"total_tokens":1150,"input_tokens_by_modality":[{"modality":"text","tokens":600},{"modality":"image","tokens":200},{"modality":"document","tokens":100},{"modality":"audio","tokens":60},{"modality":"video","tokens":40},{"modality":"smell","tokens":9}],"tool_use_tokens_by_modality":[{"modality":"text","tokens":50}],"cached_tokens_by_modality":[{"modality":"TEXT","tokens":300}],"output_tokens_by_modality":[{"modality":"text","tokens":80}],"grounding_tool_count":[{"type":"google_search","count":2},{"type":"google_maps","count":3},{"type":"google_search","count":1},{"type":"divination","count":5}]}}"#;
    let (span, cost) = ask(INTERACT, r#"{"model":"gemini-2.5-flash"}"#, answer, false).await;
    let usage = cost.usage();
    assert_eq!((usage.tools.web_searches, usage.tools.map_queries), (Some(3), Some(3)));
    assert_eq!(usage.input.video, Some(40));
    let expected = [
        ("gen_ai.response.finish_reasons", r#"["tool_calls"]"#),
        ("gen_ai.usage.input_tokens", "1050"),
        ("gen_ai.usage.text.input_tokens", "650"),
        // A document is read as images.
        ("gen_ai.usage.image.input_tokens", "300"),
        ("gen_ai.usage.audio.input_tokens", "60"),
        ("gen_ai.usage.output_tokens", "100"),
        ("gen_ai.usage.reasoning.output_tokens", "20"),
        ("telemetry.gen_ai.usage.web_searches", "3"),
        ("telemetry.gen_ai.usage.map_queries", "3"),
    ];
    assert_span(&span, "generate_content gemini-2.5-flash", &expected, "maps");
}

#[tokio::test]
async fn an_interaction_that_fails_within_its_stream_is_a_failure() {
    let begun = r#"data: {"event_type":"interaction.start","interaction":{"id":"int_4","status":"in_progress"}}"#;
    let ended = r#"data: {"event_type":"interaction.complete","interaction":{"id":"int_4","model":"gemini-2.5-flash","status":"failed"}}"#;
    let answer = format!("{begun}\n\n{ended}\n\n");
    let (span, _) = ask(INTERACT, r#"{"model":"gemini-2.5-flash"}"#, answer, true).await;
    let expected = [("error.type", "_OTHER"), ("gen_ai.response.id", "int_4")];
    assert_span(&span, "generate_content gemini-2.5-flash", &expected, "failed");
    assert!(span.status.is_error());

    let ended = r#"data: {"event_type":"interaction.completed","interaction":{"id":"int_5","status":"incomplete"}}"#;
    let answer = format!("{begun}\n\n{ended}\n\n");
    let (span, _) = ask(INTERACT, r#"{"model":"gemini-2.5-flash"}"#, answer, true).await;
    let expected = [("error.type", "-"), ("gen_ai.response.finish_reasons", r#"["length"]"#)];
    assert_span(&span, "generate_content gemini-2.5-flash", &expected, "incomplete");
}

#[tokio::test]
async fn what_a_prompt_and_an_answer_are_made_of_is_counted_by_kind() {
    let answer = r#"{"candidates":[{"content":{"parts":[{"text":"a"},{"inlineData":{"mimeType":"image/png","data":"AAAA"}},{"inlineData":{"mimeType":"audio/wav","data":"AAAA"}}]},"finishReason":"STOP","groundingMetadata":{"webSearchQueries":["a","b"]}}],"modelVersion":"gemini-2.5-flash-image","usageMetadata":{"promptTokenCount":1000,"cachedContentTokenCount":128,"candidatesTokenCount":1300,"totalTokenCount":2300,"promptTokensDetails":[{"modality":"TEXT","tokenCount":500},{"modality":"DOCUMENT","tokenCount":258},{"modality":"IMAGE","tokenCount":100},{"modality":"AUDIO","tokenCount":42},{"modality":"VIDEO","tokenCount":100},{"modality":"MODALITY_UNSPECIFIED","tokenCount":7}],"cacheTokensDetails":[{"modality":"TEXT","tokenCount":128}],"candidatesTokensDetails":[{"modality":"IMAGE","tokenCount":1290},{"modality":"TEXT","tokenCount":10}]}}"#;
    let url = "http://generativelanguage.googleapis.com/v1beta/models/gemini-2.5-flash-image:generateContent";
    let (span, cost) = ask(url, "{}", answer, false).await;
    let expected = [
        ("gen_ai.usage.text.input_tokens", "500"),
        ("gen_ai.usage.image.input_tokens", "358"),
        ("gen_ai.usage.audio.input_tokens", "42"),
        ("gen_ai.usage.image.output_tokens", "1290"),
        ("gen_ai.usage.text.output_tokens", "10"),
        ("gen_ai.usage.text.cache_read.input_tokens", "128"),
        ("telemetry.gen_ai.usage.images", "1"),
        ("telemetry.gen_ai.usage.web_searches", "2"),
    ];
    assert_span(&span, "generate_content gemini-2.5-flash-image", &expected, "modalities");
    assert_eq!(cost.usage().input.video, Some(100));
}

#[tokio::test]
async fn a_prompt_that_is_blocked_was_filtered_and_used_its_tokens() {
    let answer = r#"{"promptFeedback":{"blockReason":"PROHIBITED_CONTENT"},"usageMetadata":{"promptTokenCount":1000000,"totalTokenCount":1000000},"modelVersion":"gemini-2.5-flash"}"#;
    let (span, cost) = ask(GENERATE, "{}", answer, false).await;
    let expected = [
        ("gen_ai.response.finish_reasons", r#"["content_filter"]"#),
        ("gen_ai.usage.input_tokens", "1000000"),
        ("gen_ai.usage.output_tokens", "0"),
    ];
    assert_span(&span, "generate_content gemini-2.5-flash", &expected, "blocked");
    // Thirty cents a million.
    assert_eq!(cost.amount(), Some(Decimal::new(3, 1)));
}
