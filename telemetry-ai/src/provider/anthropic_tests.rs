use super::*;
use crate::stream::{Events, Scanner};

fn plain(usage: &str) -> Usage {
    let mut reply = Reply::default();
    let message = format!(r#"{{"id":"msg_1","usage":{usage}}}"#);
    Scanner::new(&MESSAGE).feed(message.as_bytes(), &mut reply);
    reply.usage.unwrap()
}

fn streamed(events: &[&str]) -> Reply {
    let (mut reply, mut reader) = (Reply::default(), Events::new(&MESSAGE));
    for event in events {
        reader.feed(format!("event: x\ndata: {event}\n\n").as_bytes(), &mut reply);
    }
    reader.finish(&mut reply);
    reply
}

#[test]
fn the_input_is_the_sum_of_fresh_read_and_written() {
    let usage = plain(
        r#"{"input_tokens":21,"cache_creation_input_tokens":1200,"cache_read_input_tokens":188086,
        "cache_creation":{"ephemeral_5m_input_tokens":1000,"ephemeral_1h_input_tokens":150},
        "output_tokens":393,"output_tokens_details":{"thinking_tokens":7},
        "server_tool_use":{"web_search_requests":3,"web_fetch_requests":1},"service_tier":"standard","inference_geo":"us","speed":"fast"}"#,
    );
    assert_eq!(usage.input_tokens, Some(21 + 1200 + 188_086));
    assert_eq!(usage.cache_read_input_tokens, Some(188_086));
    assert_eq!(usage.cache_write_input_tokens, Some(1200));
    assert_eq!(usage.cache_writes.five_minutes, Some(1000));
    assert_eq!(usage.cache_writes.one_hour, Some(150));
    assert_eq!(usage.cache_writes.unattributed(1200), 50);
    assert_eq!((usage.output_tokens, usage.reasoning_output_tokens), (Some(393), Some(7)));
    assert_eq!((usage.tools.web_searches, usage.tools.web_fetches), (Some(3), Some(1)));
    assert_eq!(usage.terms.service_tier.as_deref(), Some("standard"));
    assert_eq!(usage.terms.geography.as_deref(), Some("us"));
    assert_eq!(usage.terms.speed.as_deref(), Some("fast"));
}

/// BerriAI/litellm#9812: what is written to the cache was billed as input too.
#[test]
fn written_tokens_are_not_counted_twice() {
    let usage = plain(
        r#"{"input_tokens":4,"cache_creation_input_tokens":12304,"cache_read_input_tokens":0,"output_tokens":550}"#,
    );
    assert_eq!(usage.input_tokens, Some(12_308));
    assert_eq!(usage.cache_write_input_tokens, Some(12_304));
}

/// BerriAI/litellm#11789: what is read from the cache was billed as fresh input in streams.
#[test]
fn read_tokens_of_a_stream_are_known_from_its_first_event() {
    let reply = streamed(&[
        r#"{"type":"message_start","message":{"id":"msg_1","model":"claude-sonnet-4","usage":{"input_tokens":4,"cache_creation_input_tokens":0,"cache_read_input_tokens":22948,"output_tokens":1}}}"#,
        r#"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"hi"}}"#,
        r#"{"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"output_tokens":15}}"#,
        r#"{"type":"message_stop"}"#,
    ]);
    assert!(reply.done);
    assert_eq!(reply.finish_reasons(0).collect::<Vec<_>>(), ["end_turn"]);
    assert_eq!(reply.model.as_deref(), Some("claude-sonnet-4"));
    let usage = reply.usage.unwrap();
    assert_eq!(usage.input_tokens, Some(22_952));
    assert_eq!(usage.cache_read_input_tokens, Some(22_948));
    assert_eq!(usage.output_tokens, Some(15));
}

/// jeremychone/rust-genai#258: compatible gateways know the cache only at the end.
#[test]
fn the_last_word_on_each_count_holds_wherever_it_comes() {
    let reply = streamed(&[
        r#"{"type":"message_start","message":{"id":"msg_1","usage":{"input_tokens":0,"output_tokens":0}}}"#,
        r#"{"type":"message_delta","delta":{"stop_reason":"tool_use"},"usage":{"input_tokens":30,"cache_read_input_tokens":500,"cache_creation_input_tokens":null,"output_tokens":9}}"#,
        r#"{"type":"message_stop"}"#,
    ]);
    let usage = reply.usage.unwrap();
    assert_eq!(usage.input_tokens, Some(530));
    assert_eq!(usage.cache_read_input_tokens, Some(500));
    assert_eq!(usage.cache_write_input_tokens, None);
}

/// BerriAI/litellm#42663: the split by lifetime at the start covers the first pass alone.
#[test]
fn what_the_split_does_not_cover_is_left_without_a_lifetime() {
    let reply = streamed(&[
        r#"{"type":"message_start","message":{"id":"msg_1","usage":{"input_tokens":3,"cache_creation_input_tokens":31490,"cache_read_input_tokens":0,"cache_creation":{"ephemeral_5m_input_tokens":31490,"ephemeral_1h_input_tokens":0},"output_tokens":1}}}"#,
        r#"{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"input_tokens":10,"cache_creation_input_tokens":184457,"cache_read_input_tokens":50000,"output_tokens":900,"server_tool_use":{"web_search_requests":5}}}"#,
        r#"{"type":"message_stop"}"#,
    ]);
    let usage = reply.usage.unwrap();
    assert_eq!(usage.input_tokens, Some(10 + 184_457 + 50_000));
    assert_eq!(usage.cache_writes.five_minutes, Some(31_490));
    assert_eq!(usage.cache_writes.unattributed(184_457), 152_967);
    assert_eq!(usage.tools.web_searches, Some(5));
}

/// maximhq/bifrost#3451: a cache write was billed as input as well.
#[test]
fn the_parts_of_the_input_are_disjoint() {
    let usage = plain(
        r#"{"input_tokens":3,"cache_creation_input_tokens":212418,"cache_read_input_tokens":0,"output_tokens":4}"#,
    );
    let (input, written) = (usage.input_tokens.unwrap(), usage.cache_write_input_tokens.unwrap());
    assert_eq!(input - written - usage.cache_read_input_tokens.unwrap(), 3);
}

#[test]
fn passes_over_other_models_are_kept_apart() {
    let usage = plain(
        r#"{"input_tokens":100,"output_tokens":50,"iterations":[
        {"type":"compaction","input_tokens":90,"output_tokens":10},
        {"type":"fallback_message","model":"claude-haiku-4-5","input_tokens":10,"cache_read_input_tokens":5,"output_tokens":40}]}"#,
    );
    assert_eq!(usage.iterations.len(), 2);
    assert_eq!(usage.iterations[0].model, None);
    assert_eq!(usage.iterations[1].model.as_deref(), Some("claude-haiku-4-5"));
    assert_eq!(usage.iterations[1].usage.input_tokens, Some(15));
}

#[test]
fn an_error_comes_in_a_stream_that_began_well() {
    let reply = streamed(&[
        r#"{"type":"message_start","message":{"id":"msg_1","usage":{"input_tokens":25,"output_tokens":1}}}"#,
        r#"{"type":"error","error":{"type":"overloaded_error","message":"secret"}}"#,
    ]);
    assert_eq!(reply.error.unwrap().class.as_deref(), Some("overloaded_error"));
    assert_eq!(reply.usage.unwrap().input_tokens, Some(25));
}

#[test]
fn odd_values_count_as_absent() {
    let usage = plain(
        r#"{"input_tokens":12.0,"output_tokens":-3,"service_tier":7,"cache_creation":null,"iterations":null}"#,
    );
    assert_eq!((usage.input_tokens, usage.output_tokens), (Some(12), None));
}
