use proptest::prelude::*;

use super::*;

fn read(stream: &[u8]) -> Reply {
    read_cut(stream, &[])
}

fn read_cut(stream: &[u8], cuts: &[usize]) -> Reply {
    let mut reply = Reply::default();
    let mut events = Events::new(&crate::provider::openai::CHAT);
    let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut % (stream.len() + 1)).collect();
    cuts.sort_unstable();
    let mut from = 0;
    for cut in cuts.into_iter().chain([stream.len()]) {
        events.feed(&stream[from..cut], &mut reply);
        from = cut;
    }
    events.finish(&mut reply);
    reply
}

const STREAM: &str = concat!(
    "\u{feff}: OPENROUTER PROCESSING\n\n",
    "data: {\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\",\"model\":\"gpt-4o-2024-08-06\",\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\"},\"finish_reason\":null}],\"usage\":null}\n\n",
    "event: message\nid: 7\ndata:{\"id\":\"chatcmpl-1\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"naïve 🦀 data: [DONE]\\n\\n\"},\"finish_reason\":null}],\"usage\":null}\r\n\r\n",
    "data: {\"id\":\"chatcmpl-1\",\r\ndata: \"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}],\ndata: \"usage\":null}\r\r",
    "data: {\"id\":\"chatcmpl-1\",\"choices\":[],\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":2,\"total_tokens\":11}}\n\n",
    "data: [DONE]\n\n",
);

#[test]
fn reads_a_stream_with_every_kind_of_line_end_comments_and_split_data() {
    let reply = read(STREAM.as_bytes());
    assert_eq!(reply.id.as_deref(), Some("chatcmpl-1"));
    assert_eq!(reply.model.as_deref(), Some("gpt-4o-2024-08-06"));
    assert_eq!(reply.chunks, 4);
    assert!(reply.done);
    assert_eq!(reply.finish_reasons(0).collect::<Vec<_>>(), ["stop"]);
    let usage = reply.usage.unwrap();
    assert_eq!((usage.input_tokens, usage.output_tokens), (Some(9), Some(2)));
}

#[test]
fn a_byte_order_mark_before_the_first_field_is_not_a_part_of_its_name() {
    assert_eq!(read("\u{feff}data: {\"id\":\"a\"}\n\n".as_bytes()).id.as_deref(), Some("a"));
    assert_eq!(read("\n\u{feff}data: {\"id\":\"a\"}\n\n".as_bytes()).id, None);
}

#[test]
fn an_event_that_no_blank_line_closes_still_counts() {
    let reply =
        read(b"data: {\"choices\":[],\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":2}}");
    assert_eq!(reply.chunks, 1);
    assert_eq!(reply.usage.unwrap().input_tokens, Some(9));
    assert!(read(b"data: [DONE]").done);
}

#[test]
fn usage_is_taken_from_any_chunk_even_one_with_choices() {
    let reply = read(b"data: {\"choices\":[{\"index\":0,\"delta\":{}}],\"usage\":{\"prompt_tokens\":40,\"completion_tokens\":7}}\n\ndata: [DONE]\n\n");
    assert_eq!(reply.usage.unwrap().output_tokens, Some(7));
}

#[test]
fn the_last_cumulative_usage_holds_and_nothing_is_added_up() {
    let reply = read(b"data: {\"usage\":{\"prompt_tokens\":40,\"completion_tokens\":1}}\n\ndata: {\"usage\":{\"prompt_tokens\":40,\"completion_tokens\":2}}\n\n");
    let usage = reply.usage.unwrap();
    assert_eq!((usage.input_tokens, usage.output_tokens), (Some(40), Some(2)));
}

#[test]
fn an_error_may_come_within_a_stream() {
    let reply = read(b"data: {\"error\":{\"code\":\"server_error\",\"message\":\"secret\"}}\n\n");
    assert_eq!(reply.error.unwrap().class.as_deref(), Some("server_error"));
    assert!(!reply.done);
}

#[test]
fn only_data_lines_are_data() {
    assert_eq!(read(b"dat: {\"id\":\"a\"}\ndatas: {\"id\":\"b\"}\n data: {\"id\":\"c\"}\n: data: {\"id\":\"d\"}\n\n").id, None);
    assert_eq!(read(b"data\n\n").chunks, 0);
}

#[test]
fn an_event_of_megabytes_is_read_without_being_held() {
    let mut stream = b"data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"".to_vec();
    stream.resize(8 << 20, b'x');
    stream.extend_from_slice(b"\"},\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":2}}\n\n");
    let reply = read(&stream);
    assert_eq!(reply.finish_reasons(0).collect::<Vec<_>>(), ["stop"]);
    assert_eq!(reply.usage.unwrap().output_tokens, Some(2));
}

proptest! {
    #[test]
    fn any_cut_gives_the_same_reply(cuts in proptest::collection::vec(0_usize..4096, 0..60)) {
        prop_assert_eq!(read_cut(STREAM.as_bytes(), &cuts), read(STREAM.as_bytes()));
    }

    #[test]
    fn a_byte_at_a_time_is_no_different(pieces in proptest::collection::vec(prop_oneof![
        Just("data: {\"id\":\"a\",\"usage\":{\"prompt_tokens\":1}}".to_owned()), Just("\n".to_owned()), Just("\r".to_owned()), Just("\r\n".to_owned()),
        Just("data: [DONE]".to_owned()), Just(": note".to_owned()), Just("\u{feff}".to_owned()), "[a-z:\" ]{0,8}",
    ], 0..30)) {
        let stream = pieces.concat().into_bytes();
        let every: Vec<usize> = (0..stream.len()).collect();
        prop_assert_eq!(read_cut(&stream, &every), read(&stream));
    }

    #[test]
    fn a_stream_is_read_the_same_by_lines_and_by_bytes(chunks in proptest::collection::vec(
        (0_usize..5, 0_usize..12, "[a-z]{0,2}"), 0..40,
    )) {
        let line = |(kind, other, text): &(usize, usize, String)| {
            let text = if *other == 3 { format!("{text}\\\"") } else { text.clone() };
            let (id, index) = (if *other == 0 { "b" } else { "a" }, usize::from(*other == 1));
            let (reason, usage) = match kind {
                0 => ("\"stop\"", "null"),
                1 => ("null", "{\"prompt_tokens\":9,\"completion_tokens\":2}"),
                _ => ("null", "null"),
            };
            let tier = if *other == 2 { "flex" } else { "default" };
            format!("data: {{\"id\":\"{id}\",\"service_tier\":\"{tier}\",\"choices\":[{{\"index\":{index},\"delta\":{{\"content\":\"{text}\"}},\"finish_reason\":{reason}}}],\"usage\":{usage},\"obfuscation\":\"{text}\"}}\n\n")
        };
        let stream = chunks.iter().map(line).collect::<String>().into_bytes();
        let every: Vec<usize> = (0..stream.len()).collect();
        prop_assert_eq!(read_cut(&stream, &every), read(&stream));
    }
}
