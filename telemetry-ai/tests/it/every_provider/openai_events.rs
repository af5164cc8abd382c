//! OpenAI's events: pictures and transcripts as they come, and what goes wrong in a response.

use super::Exchange;

const IMAGE_REQUEST: &str = r#"{"model":"gpt-image-1","prompt":"secret","stream":true,"partial_images":1,"size":"1024x1024","quality":"high"}"#;

fn image_events(kind: &str) -> String {
    let terms = r#""created_at":1620000000,"size":"1024x1024","quality":"high","background":"opaque","output_format":"png""#;
    [
        format!(r#"{{"type":"{kind}.partial_image","b64_json":"c2VjcmV0","partial_image_index":0,{terms}}}"#),
        format!(
            r#"{{"type":"{kind}.completed","b64_json":"c2VjcmV0c2VjcmV0",{terms},"usage":{{"total_tokens":1106,"input_tokens":50,"output_tokens":1056,"input_tokens_details":{{"text_tokens":10,"image_tokens":40}}}}}}"#
        ),
    ]
    .map(|event| format!("event: {kind}\ndata: {event}\n\n"))
    .concat()
}

fn events(events: &[&str]) -> String {
    events.iter().map(|event| format!("data: {event}\n\n")).collect()
}

const CREATED: &str = r#"{"type":"response.created","sequence_number":0,"response":{"id":"resp_9","status":"in_progress","model":"gpt-5.1-2025-11-13","output":[],"usage":null}}"#;
const RESPONSE_REQUEST: &str = r#"{"model":"gpt-5.1","stream":true,"input":"secret"}"#;

pub(super) fn exchanges() -> Vec<Exchange> {
    [images(), sound(), responses(), answers()].into_iter().flatten().collect()
}

fn images() -> Vec<Exchange> {
    const SEEN: &[(&str, &str)] = &[
        ("gen_ai.request.stream", "true"),
        // The picture on the way is not one more.
        ("telemetry.gen_ai.usage.images", "1"),
        ("gen_ai.usage.input_tokens", "50"),
        ("gen_ai.usage.image.input_tokens", "40"),
        ("gen_ai.usage.output_tokens", "1056"),
    ];
    vec![
        Exchange::events("http://api.openai.com/v1/images/generations", IMAGE_REQUEST)
            .answers(image_events("image_generation"))
            .becomes("generate_image gpt-image-1", SEEN),
        // A form, whose fields nobody reads.
        Exchange::events("http://api.openai.com/v1/images/edits", "--form--")
            .answers(image_events("image_edit"))
            .becomes("generate_image", SEEN),
    ]
}

fn sound() -> Vec<Exchange> {
    vec![
        Exchange::events("http://api.openai.com/v1/audio/transcriptions", "--form--")
            .answers(events(&[
                r#"{"type":"transcript.text.delta","delta":"secret"}"#,
                r#"{"type":"transcript.text.done","text":"secret","usage":{"type":"tokens","input_tokens":14,"input_token_details":{"text_tokens":0,"audio_tokens":14},"output_tokens":45,"total_tokens":59}}"#,
            ]))
            .becomes(
                "transcribe",
                &[
                    ("gen_ai.request.stream", "true"),
                    ("gen_ai.usage.audio.input_tokens", "14"),
                    ("gen_ai.usage.output_tokens", "45"),
                ],
            ),
        // The older format says how long the sound was, and no usage.
        Exchange::json("http://api.openai.com/v1/audio/translations", "--form--")
            .answers(r#"{"task":"translate","language":"english","duration":8.47,"text":"secret","segments":[{"id":0,"start":0.0,"end":3.319,"text":"secret"}]}"#)
            .becomes("transcribe", &[("telemetry.gen_ai.usage.input_audio_seconds", "8.47")]),
        // Whole seconds are billed.
        Exchange::json("http://api.openai.com/v1/audio/transcriptions", "--form--")
            .answers(r#"{"usage":{"type":"duration","seconds":9},"task":"transcribe","duration":8.47,"text":"secret"}"#)
            .becomes("transcribe", &[("telemetry.gen_ai.usage.input_audio_seconds", "9")]),
    ]
}

fn responses() -> Vec<Exchange> {
    vec![
        Exchange::events("http://api.openai.com/v1/responses", RESPONSE_REQUEST)
            .answers(events(&[
                CREATED,
                r#"{"type":"response.output_text.delta","item_id":"msg_1","delta":"secret"}"#,
                r#"{"type":"error","code":"rate_limit_exceeded","message":"secret","param":null,"sequence_number":2}"#,
            ]))
            .becomes(
                "chat gpt-5.1",
                &[
                    ("error.type", "rate_limit_exceeded"),
                    ("gen_ai.response.id", "resp_9"),
                    ("gen_ai.response.finish_reasons", r#"["error"]"#),
                ],
            ),
        // A message in the place of the code is nobody's class.
        Exchange::events("http://api.openai.com/v1/responses", RESPONSE_REQUEST)
            .answers(events(&[CREATED, r#"{"type":"error","code":"Your key sk-secret is wrong","message":"secret"}"#]))
            .becomes("chat gpt-5.1", &[("error.type", "_OTHER")]),
        Exchange::events("http://api.openai.com/v1/responses", RESPONSE_REQUEST)
            .answers(events(&[
                CREATED,
                r#"{"type":"error","sequence_number":1,"error":{"type":"invalid_request_error","code":"context_length_exceeded","message":"secret","param":"input"}}"#,
            ]))
            .becomes("chat gpt-5.1", &[("error.type", "invalid_request_error")]),
        // Each event that carries the response repeats all of its outputs.
        Exchange::events("http://api.openai.com/v1/responses", RESPONSE_REQUEST)
            .answers(events(&[
                r#"{"type":"response.in_progress","response":{"id":"resp_9","status":"in_progress","model":"gpt-5.1-2025-11-13","output":[{"id":"ws_1","type":"web_search_call"}],"usage":{"input_tokens":1,"output_tokens":0,"total_tokens":1}}}"#,
                r#"{"type":"response.incomplete","response":{"id":"resp_9","status":"incomplete","incomplete_details":{"reason":"content_filter"},"model":"gpt-5.1-2025-11-13","output":[{"id":"ws_1","type":"web_search_call"},{"id":"fs_1","type":"file_search_call","queries":["secret"]},{"id":"ig_1","type":"image_generation_call","result":"secret"}],"usage":{"input_tokens":900,"input_tokens_details":{"cached_tokens":0},"output_tokens":20,"output_tokens_details":{"reasoning_tokens":0},"total_tokens":920}}}"#,
            ]))
            .becomes(
                "chat gpt-5.1",
                &[
                    ("gen_ai.response.finish_reasons", r#"["content_filter"]"#),
                    ("gen_ai.usage.input_tokens", "900"),
                    ("telemetry.gen_ai.usage.web_searches", "1"),
                    ("telemetry.gen_ai.usage.file_searches", "1"),
                    ("telemetry.gen_ai.usage.image_generations", "1"),
                ],
            ),
        // What the response counts itself is billed: opening a page is no search.
        Exchange::json("http://api.openai.com/v1/responses", r#"{"model":"gpt-5.1","input":"secret","text":{"format":{"type":"text"}}}"#)
            .answers(r#"{"id":"resp_4","status":"completed","model":"gpt-5.1-2025-11-13","output":[{"id":"ws_1","type":"web_search_call","action":{"type":"search","query":"secret"}},{"id":"ws_2","type":"web_search_call","action":{"type":"open_page","url":"https://secret"}},{"id":"msg_1","type":"message"}],"tool_usage":{"image_gen":{"input_tokens":0},"web_search":{"num_requests":1}},"usage":{"input_tokens":1000,"output_tokens":200,"total_tokens":1200}}"#)
            .becomes(
                "chat gpt-5.1",
                &[("gen_ai.output.type", "text"), ("telemetry.gen_ai.usage.web_searches", "1"), ("gen_ai.usage.output_tokens", "200")],
            ),
    ]
}

fn answers() -> Vec<Exchange> {
    const ANSWER: &str = r#"{"id":"c","model":"gpt-4o-2024-08-06","choices":[{"index":0,"finish_reason":"stop"}],"usage":{"prompt_tokens":7,"completion_tokens":5,"total_tokens":12}}"#;
    vec![
        Exchange::json("http://api.openai.com/v1/chat/completions", r#"{"model":"gpt-4o","response_format":{"type":"json_object"},"top_p":0.5,"n":1,"presence_penalty":-0.5}"#)
            .answers(ANSWER)
            .becomes(
                "chat gpt-4o",
                &[
                    ("gen_ai.output.type", "json"),
                    ("gen_ai.request.top_p", "0.5"),
                    ("gen_ai.request.presence_penalty", "-0.5"),
                    // One choice is what there is anyway.
                    ("gen_ai.request.choice.count", "-"),
                ],
            ),
        // What the conventions have no word for isn't told.
        Exchange::json("http://api.openai.com/v1/chat/completions", r#"{"model":"gpt-4o","response_format":{"type":"grammar"}}"#)
            .answers(ANSWER)
            .becomes("chat gpt-4o", &[("gen_ai.output.type", "-"), ("gen_ai.usage.output_tokens", "5")]),
    ]
}
