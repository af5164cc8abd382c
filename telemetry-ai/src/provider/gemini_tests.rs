use super::*;
use crate::stream::Scanner;

fn read(document: &str) -> Reply {
    let mut reply = Reply::default();
    Scanner::new(&RESPONSE).feed(document.as_bytes(), &mut reply);
    reply
}

#[test]
fn thoughts_are_output_and_a_tools_results_are_input() {
    let reply = read(
        r#"{"candidates":[{"content":{"parts":[{"text":"hi"}]},"finishReason":"MAX_TOKENS","index":0}],"modelVersion":"gemini-2.5-pro","responseId":"r",
        "usageMetadata":{"promptTokenCount":50000,"cachedContentTokenCount":40000,"candidatesTokenCount":800,"thoughtsTokenCount":2500,
        "toolUsePromptTokenCount":8,"totalTokenCount":53308,"trafficType":"ON_DEMAND_PRIORITY",
        "promptTokensDetails":[{"modality":"TEXT","tokenCount":49000},{"modality":"IMAGE","tokenCount":700},{"modality":"DOCUMENT","tokenCount":300}],
        "cacheTokensDetails":[{"modality":"TEXT","tokenCount":40000}],"candidatesTokensDetails":[{"modality":"TEXT","tokenCount":800}]}}"#,
    );
    assert_eq!(reply.finish_reasons(0).collect::<Vec<_>>(), ["max_tokens"]);
    assert_eq!(reply.model.as_deref(), Some("gemini-2.5-pro"));
    let usage = reply.usage.unwrap();
    assert_eq!(usage.input_tokens, Some(50_008));
    assert_eq!(usage.cache_read_input_tokens, Some(40_000));
    assert_eq!(usage.output_tokens, Some(3_300));
    assert_eq!(usage.reasoning_output_tokens, Some(2_500));
    assert_eq!((usage.input.text, usage.input.image), (Some(49_000), Some(1_000)));
    assert_eq!(usage.terms.service_tier.as_deref(), Some("priority"));
    let sum = usage.input_tokens.unwrap() + usage.output_tokens.unwrap();
    assert_eq!(sum, 53_308, "the provider's own total");
}

#[test]
fn an_array_is_a_stream_whose_last_usage_holds() {
    let reply = read(
        r#"[{"candidates":[{"content":{"parts":[{"text":"a"}]}}],"usageMetadata":{"promptTokenCount":9,"candidatesTokenCount":1}},
        {"candidates":[{"content":{"parts":[{"text":"b"}]},"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":9,"candidatesTokenCount":12}}]"#,
    );
    let usage = reply.usage.as_ref().unwrap();
    assert_eq!((usage.input_tokens, usage.output_tokens), (Some(9), Some(12)));
    assert_eq!(reply.finish_reasons(0).collect::<Vec<_>>(), ["stop"]);
}

#[test]
fn queries_of_grounding_and_pictures_are_counted() {
    let reply = read(
        r#"{"candidates":[{"content":{"parts":[{"inlineData":{"mimeType":"image/png","data":"AAAA"}},{"text":"x"}]},"finishReason":"STOP",
        "groundingMetadata":{"webSearchQueries":["secret a","secret b"]}}],"usageMetadata":{"promptTokenCount":9,"candidatesTokenCount":1290}}"#,
    );
    assert!(!format!("{reply:?}").contains("secret"));
    let usage = reply.usage.unwrap();
    assert_eq!(usage.tools.web_searches, Some(2));
    assert_eq!(usage.units.output_images, Some(1));
}

#[test]
fn a_blocked_prompt_has_no_output_and_says_why() {
    let reply = read(
        r#"{"promptFeedback":{"blockReason":"SAFETY"},"usageMetadata":{"promptTokenCount":9,"totalTokenCount":9}}"#,
    );
    assert_eq!(reply.finish_reasons(0).collect::<Vec<_>>(), ["content_filter"]);
    assert_eq!(reply.usage.unwrap().output_tokens, Some(0));
}

#[test]
fn errors_are_classed_by_their_status() {
    let reply =
        read(r#"[{"error":{"code":429,"message":"secret","status":"RESOURCE_EXHAUSTED"}}]"#);
    assert_eq!(reply.error.unwrap().class.as_deref(), Some("resource_exhausted"));
}
