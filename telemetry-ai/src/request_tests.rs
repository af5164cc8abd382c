use proptest::prelude::*;

use super::*;

fn parse_request(body: &[u8]) -> RequestParameters {
    RequestParameters::of_chat_completion(body)
}

const REQUEST: &str = r#"{"messages":[{"role":"user","content":"\"model\":\"x\" secret"}],"model":"gpt-4o","stream":true,
    "stream_options":{"include_usage":true},"max_tokens":5,"max_completion_tokens":100,"temperature":0,"top_p":0.5,"n":2,
    "seed":-7,"stop":["a","b","c","d","e"],"frequency_penalty":0.25,"presence_penalty":-1,"reasoning_effort":"low",
    "response_format":{"json_schema":{"type":"secret"},"type":"json_schema"},"service_tier":"flex","top_k":40,"user":"u"}"#;

#[test]
fn reads_the_parameters_and_no_message() {
    let parameters = parse_request(REQUEST.as_bytes());
    let expected = RequestParameters {
        model: Some("gpt-4o".to_owned()),
        stream: true,
        max_tokens: Some(100),
        temperature: Some(0.0),
        top_p: Some(0.5),
        top_k: Some(40),
        frequency_penalty: Some(0.25),
        presence_penalty: Some(-1.0),
        stop_sequences: ["a", "b", "c", "d"].map(str::to_owned).to_vec(),
        choice_count: Some(2),
        seed: Some(-7),
        reasoning_level: Some("low".to_owned()),
        output_type: Some("json"),
        service_tier: Some("flex".to_owned()),
        ..RequestParameters::default()
    };
    assert_eq!(parameters, expected);
    assert!(!format!("{parameters:?}").contains("secret"));
}

#[test]
fn values_of_other_types_count_as_absent() {
    let parameters = parse_request(
        br#"{"model":7,"stream":"yes","max_tokens":[1],"temperature":{"a":1},"n":1.5,"seed":99999999999999999999,
            "stop":"END","response_format":"json","reasoning_effort":null,"service_tier":[],"top_p":"0.5","top_k":4}"#,
    );
    assert_eq!(
        parameters,
        RequestParameters {
            stop_sequences: vec!["END".to_owned()],
            top_k: Some(4),
            ..RequestParameters::default()
        }
    );
}

#[test]
fn what_came_before_a_cut_stands() {
    let cut = &REQUEST.as_bytes()[..REQUEST.find("\"stream_options\"").unwrap()];
    let parameters = parse_request(cut);
    assert_eq!(parameters.model.as_deref(), Some("gpt-4o"));
    assert!(parameters.stream);
    assert_eq!(parse_request(b"not json"), RequestParameters::default());
    assert_eq!(parse_request(b"[1,2]"), RequestParameters::default());
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        parse_request(&bytes);
    }

    #[test]
    fn no_cut_makes_it_panic(at in 0_usize..2000) {
        parse_request(&REQUEST.as_bytes()[..at.min(REQUEST.len())]);
    }
}
