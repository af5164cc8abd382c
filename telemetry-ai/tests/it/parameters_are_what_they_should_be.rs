//! What a request asks for is recorded as far as it is a parameter: numbers as numbers, choices as words, and
//! nothing that somebody wrote in their place.

use telemetry_ai::RequestParameters;

use crate::stand_in::{Answer, plain, recorded};

/// Keys and values of attributes.
type Told = &'static [(&'static str, &'static str)];

/// What each provider's request has in the place of its parameters, and what is recorded of it.
const REQUESTS: &[(&str, &str, Told)] = &[
    (
        "https://api.openai.com/v1/images/generations",
        r#"{"model":"gpt-image-1","size":"1024x1536","quality":"high","n":2,"prompt":"secret"}"#,
        &[
            ("telemetry.gen_ai.request.image.size", "1024x1536"),
            ("telemetry.gen_ai.request.image.quality", "high"),
            ("gen_ai.request.choice.count", "2"),
        ],
    ),
    (
        "https://api.openai.com/v1/chat/completions",
        r#"{"model":"o3","reasoning_effort":"low","service_tier":"flex","temperature":0.25,"top_p":0.5,"seed":7,"max_tokens":9,"frequency_penalty":0.5}"#,
        &[
            ("gen_ai.request.reasoning.level", "low"),
            ("openai.request.service_tier", "flex"),
            ("gen_ai.request.temperature", "0.25"),
            ("gen_ai.request.top_p", "0.5"),
            ("gen_ai.request.seed", "7"),
            ("gen_ai.request.max_tokens", "9"),
            ("gen_ai.request.frequency_penalty", "0.5"),
        ],
    ),
    (
        "https://fal.run/fal-ai/kling-video/v2",
        r#"{"prompt":"secret","aspect_ratio":"16:9","resolution":"720p","duration":"5","num_inference_steps":28,"seed":42}"#,
        &[
            ("telemetry.gen_ai.request.image.size", "16:9"),
            ("telemetry.gen_ai.request.resolution", "720p"),
            ("telemetry.gen_ai.request.duration", "5"),
            ("telemetry.gen_ai.request.steps", "28"),
            ("gen_ai.request.seed", "42"),
        ],
    ),
    (
        "https://api.cohere.com/v2/embed",
        r#"{"model":"embed-v4.0","embedding_types":["int8"],"output_dimension":1024}"#,
        &[
            ("gen_ai.request.encoding_formats", r#"["int8"]"#),
            ("gen_ai.embeddings.dimension.count", "1024"),
        ],
    ),
];

/// The attributes that are recorded of a request.
async fn told(url: &str, body: &'static str, keys: Told) -> Vec<Option<String>> {
    let (_, spans) = recorded(plain(), "POST", url, body, Answer::json("{}")).await;
    assert!(!format!("{spans:?}").contains("secret"), "{body}: {spans:#?}");
    keys.iter().map(|(key, _)| spans[0].attribute(key).map(ToString::to_string)).collect()
}

#[tokio::test]
async fn parameters_are_recorded_as_they_are() {
    for (url, body, expected) in REQUESTS {
        let values: Vec<_> = expected.iter().map(|(_, value)| Some((*value).to_owned())).collect();
        assert_eq!(told(url, body, expected).await, values, "{url}");
    }
}

#[tokio::test]
async fn a_text_in_the_place_of_a_parameter_is_not() {
    let long = format!(r#""{}""#, "a".repeat(65));
    for text in [
        r#""a secret text""#,
        r#""secret@example.com""#,
        r#""see <secret>""#,
        "{\"secret\":1}",
        &long,
    ] {
        for (url, body, expected) in REQUESTS {
            // All but the model and the prompt.
            let changed = expected.iter().fold((*body).to_owned(), |body, (_, value)| {
                let plain = value.trim_matches(['[', ']', '"']);
                body.replace(&format!(r#""{plain}""#), text)
                    .replace(&format!(":{plain},"), &format!(":{text},"))
                    .replace(&format!(":{plain}}}"), &format!(":{text}}}"))
            });
            let changed = changed.replace(r#""prompt":"secret","#, "");
            let changed = changed.replace(r#","prompt":"secret""#, "");
            let none = vec![None; expected.len()];
            assert_eq!(told(url, changed.leak(), expected).await, none, "{text} at {url}");
        }
    }
}

#[test]
fn so_it_is_where_a_body_is_read_by_hand() {
    let body =
        br#"{"model":"m","reasoning_effort":"write me a poem","service_tier":"flex","seed":"7"}"#;
    let parameters = RequestParameters::of_chat_completion(body);
    assert_eq!(parameters.reasoning_level, None);
    assert_eq!(parameters.service_tier.as_deref(), Some("flex"));
    assert_eq!(parameters.seed, None);
}
