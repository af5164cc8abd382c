use proptest::prelude::*;

use super::{
    super::{Reply, node::LONGEST_VALUE},
    *,
};
use crate::provider::openai::CHAT;

fn scan(document: &[u8]) -> Reply {
    let mut reply = Reply::default();
    Scanner::new(&CHAT).feed(document, &mut reply);
    reply
}

fn scan_cut(document: &[u8], cuts: &[usize]) -> Reply {
    let mut reply = Reply::default();
    let mut scanner = Scanner::new(&CHAT);
    let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut % (document.len() + 1)).collect();
    cuts.sort_unstable();
    let mut from = 0;
    for cut in cuts.into_iter().chain([document.len()]) {
        scanner.feed(&document[from..cut], &mut reply);
        from = cut;
    }
    reply
}

const COMPLETION: &str = r#" {"id":"chatcmpl-1","object":"chat.completion","created":1755000000,"model":"gpt-4o-2024-08-06",
 "choices":[
  {"index":0,"message":{"role":"assistant","content":"a \"usage\": {\"prompt_tokens\": 9} \\","tool_calls":[{"id":"call_1","type":"function","function":{"name":"f","arguments":"{\"model\":\"x\"}"}}]},"logprobs":{"content":[{"token":"}","bytes":[125]}]},"finish_reason":"stop"},
  {"finish_reason":"length","message":{"content":"naïve 🦀 \u0022 ]}"},"index":1}],
 "service_tier" : "default", "system_fingerprint":null,
 "usage":{"prompt_tokens":2006,"completion_tokens":300,"prompt_tokens_details":{"cached_tokens":1920}},"error":null}
"#;

#[test]
fn picks_the_fields_of_a_completion_and_not_what_its_text_imitates() {
    let reply = scan(COMPLETION.as_bytes());
    assert_eq!(reply.id.as_deref(), Some("chatcmpl-1"));
    assert_eq!(reply.model.as_deref(), Some("gpt-4o-2024-08-06"));
    assert_eq!(reply.service_tier.as_deref(), Some("default"));
    assert_eq!(reply.system_fingerprint, None);
    assert_eq!(reply.finish_reasons(0).collect::<Vec<_>>(), ["stop", "length"]);
    assert_eq!(reply.error, None);
    let usage = reply.usage.unwrap();
    assert_eq!(usage.input_tokens, Some(2006));
    assert_eq!(usage.cache_read_input_tokens, Some(1920));
    assert_eq!(usage.output_tokens, Some(300));
}

#[test]
fn an_error_in_the_body_is_classed_by_its_code_and_never_by_its_message() {
    let reply = scan(br#"{"error":{"message":"key sk-secret is wrong","type":"invalid_request_error","code":"Incorrect API key sk-secret"}}"#);
    assert_eq!(reply.error.unwrap().class.as_deref(), Some("invalid_request_error"));
    let reply = scan(br#"{"error":{"code":502,"message":"upstream"},"choices":[]}"#);
    assert_eq!(reply.error.unwrap().class.as_deref(), Some("502"));
    assert_eq!(
        scan(br#"{"error":{"message":"m"}}"#).error,
        Some(super::super::reply::ReportedError::default())
    );
    assert_eq!(scan(br#"{"error":null,"id":"a"}"#).error, None);
}

#[test]
fn the_choices_of_a_chunk_are_told_apart_by_their_index() {
    let mut reply = Reply::default();
    let mut scanner = Scanner::new(&CHAT);
    for chunk in [
        r#"{"choices":[{"index":1,"delta":{"content":"b"},"finish_reason":null}],"usage":null}"#,
        r#"{"choices":[{"delta":{},"finish_reason":"stop","index":1}]}"#,
        r#"{"choices":[],"usage":{"prompt_tokens":9,"completion_tokens":2}}"#,
    ] {
        scanner.feed(chunk.as_bytes(), &mut reply);
        scanner.reset();
    }
    assert_eq!(reply.finish_reasons(0).collect::<Vec<_>>(), ["error", "stop"]);
    assert!(!reply.is_complete(1));
    assert_eq!(reply.usage.unwrap().output_tokens, Some(2));
}

#[test]
fn groq_states_the_usage_of_a_stream_in_a_field_of_its_own() {
    let reply = scan(
        br#"{"id":"a","x_groq":{"id":"req","usage":{"prompt_tokens":3,"completion_tokens":4}}}"#,
    );
    assert_eq!(reply.usage.unwrap().input_tokens, Some(3));
}

#[test]
fn an_overlong_value_is_given_up_and_the_rest_still_read() {
    let long = format!(
        r#"{{"id":"{}","usage":{{"x":"{0}","prompt_tokens":1}},"model":"gpt-4o"}}"#,
        "a".repeat(LONGEST_VALUE)
    );
    let reply = scan(long.as_bytes());
    assert_eq!(reply.id, None);
    assert_eq!(reply.usage, None);
    assert_eq!(reply.model.as_deref(), Some("gpt-4o"));
}

#[test]
fn a_deep_document_needs_no_more_than_a_shallow_one() {
    let deep = format!("{}{}", "[{\"usage\":".repeat(100_000), "}]".repeat(100_000));
    let mut reply = Reply::default();
    let mut scanner = Scanner::new(&CHAT);
    scanner.feed(deep.as_bytes(), &mut reply);
    assert!(scanner.picking.capacity() <= 2 * LONGEST_VALUE);
    assert_eq!(reply, Reply::default());
}

proptest! {
    #[test]
    fn any_cut_gives_the_same_reply(cuts in proptest::collection::vec(0_usize..4096, 0..40)) {
        prop_assert_eq!(scan_cut(COMPLETION.as_bytes(), &cuts), scan(COMPLETION.as_bytes()));
    }

    #[test]
    fn any_bytes_are_read_without_panic_and_cut_the_same(
        bytes in proptest::collection::vec(prop_oneof![any::<u8>(), Just(b'"'), Just(b'{'), Just(b'}'), Just(b'['), Just(b']'), Just(b':'), Just(b','), Just(b'\\')], 0..400),
        cuts in proptest::collection::vec(0_usize..400, 0..10),
    ) {
        prop_assert_eq!(scan_cut(&bytes, &cuts), scan(&bytes));
    }
}
