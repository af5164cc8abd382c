use proptest::prelude::*;

use super::*;
use crate::provider::wire_of;
use crate::{Operation, Provider};

/// A message with string headers.
pub(crate) fn message(headers: &[(&str, &str)], payload: &[u8]) -> Vec<u8> {
    let mut packed = Vec::new();
    for (name, value) in headers {
        packed.push(u8::try_from(name.len()).unwrap());
        packed.extend(name.as_bytes());
        packed.push(STRING);
        packed.extend(u16::try_from(value.len()).unwrap().to_be_bytes());
        packed.extend(value.as_bytes());
    }
    let total = PRELUDE + packed.len() + payload.len() + TRAILER;
    let mut message = Vec::new();
    message.extend(u32::try_from(total).unwrap().to_be_bytes());
    message.extend(u32::try_from(packed.len()).unwrap().to_be_bytes());
    message.extend(crc32(&message).to_be_bytes());
    message.extend(packed);
    message.extend(payload);
    message.extend(crc32(&message).to_be_bytes());
    message
}

fn event(kind: &str, payload: &str) -> Vec<u8> {
    let headers =
        [(":event-type", kind), (":content-type", "application/json"), (":message-type", "event")];
    message(&headers, payload.as_bytes())
}

fn stream() -> EventStream {
    let wire = wire_of(&Provider::AWS_BEDROCK, &Operation::CHAT);
    EventStream::new(wire.response.root, wire.response.wrapped)
}

fn converse() -> Vec<u8> {
    [
        event("messageStart", r#"{"role":"assistant","p":"abc"}"#),
        event("contentBlockDelta", r#"{"delta":{"text":"\"usage\":{\"inputTokens\":1}"},"p":"a"}"#),
        event("messageStop", r#"{"stopReason":"end_turn","p":"abcd"}"#),
        event(
            "metadata",
            r#"{"usage":{"inputTokens":1000,"outputTokens":500,"totalTokens":4500,"cacheReadInputTokens":2000,"cacheWriteInputTokens":1000},"metrics":{"latencyMs":100}}"#,
        ),
    ]
    .concat()
}

fn read_cut(bytes: &[u8], cuts: &[usize]) -> Reply {
    let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut % (bytes.len() + 1)).collect();
    cuts.sort_unstable();
    let (mut reply, mut stream, mut from) = (Reply::default(), stream(), 0);
    for cut in cuts.into_iter().chain([bytes.len()]) {
        stream.feed(&bytes[from..cut], &mut reply);
        from = cut;
    }
    assert!(!stream.is_broken());
    reply
}

#[test]
fn the_checksum_is_that_of_ethernet() {
    assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
}

#[test]
fn the_usage_of_a_conversation_comes_in_its_metadata() {
    let reply = read_cut(&converse(), &[]);
    assert_eq!(reply.chunks, 4);
    assert_eq!(reply.finish_reasons(0).collect::<Vec<_>>(), ["end_turn"]);
    let usage = reply.usage.unwrap();
    assert_eq!(usage.input_tokens, Some(4000));
    assert_eq!(usage.cache_read_input_tokens, Some(2000));
    assert_eq!(usage.cache_write_input_tokens, Some(1000));
    assert_eq!(usage.output_tokens, Some(500));
}

#[test]
fn an_exception_is_classed_by_its_type_and_never_by_its_message() {
    let headers = [(":exception-type", "throttlingException"), (":message-type", "exception")];
    let reply = read_cut(&message(&headers, br#"{"message":"secret"}"#), &[]);
    assert_eq!(reply.error.unwrap().class.as_deref(), Some("throttling_exception"));
}

#[test]
fn what_is_no_event_stream_is_given_up_and_said_so() {
    for bytes in [&b"HTTP/1.1 200 OK\r\n\r\nnot binary"[..], &[0xff; 32], &[0; 32]] {
        let (mut reply, mut stream) = (Reply::default(), stream());
        stream.feed(bytes, &mut reply);
        assert!(stream.is_broken());
        assert_eq!(reply.chunks, 0);
    }
}

#[test]
fn headers_of_every_type_are_passed_over() {
    let mut headers = Vec::new();
    let sizes = [(0, 0), (1, 0), (2, 1), (3, 2), (4, 4), (5, 8), (8, 8), (9, 16)];
    for (kind, size) in sizes {
        headers.extend([1, b'x', kind]);
        headers.extend(vec![0; size]);
    }
    headers.extend([1, b'y', 6, 0, 2, 1, 2]);
    let mut rest = &headers[..];
    let mut count = 0;
    while next_header(&mut rest).is_some() {
        count += 1;
    }
    assert_eq!((count, rest.len()), (9, 0));
}

proptest! {
    #[test]
    fn any_cut_gives_the_same_reply(cuts in proptest::collection::vec(0_usize..4096, 0..60)) {
        let bytes = converse();
        prop_assert_eq!(read_cut(&bytes, &cuts), read_cut(&bytes, &[]));
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        stream().feed(&bytes, &mut Reply::default());
    }

    #[test]
    fn no_headers_make_it_panic(headers in proptest::collection::vec(any::<u8>(), 0..300), payload in proptest::collection::vec(any::<u8>(), 0..50)) {
        read_headers(&headers, &mut Reply::default());
        let mut bytes = message(&[], &payload);
        bytes.truncate(PRELUDE);
        stream().feed(&[bytes, headers].concat(), &mut Reply::default());
    }
}
