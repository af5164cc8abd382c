use telemetry_ai::{Content, Middleware};
use telemetry_core::testing::Capture;

use crate::{
    provider::{PLAIN, Server, answer},
    stand_in::{Answer, recorded},
};

const REQUEST: &str = r#"{"model":"gpt-4o","messages":[{"role":"user","content":"My name is Ada, password=hunter2"}]}"#;

async fn asked(builder: telemetry_ai::MiddlewareBuilder) -> (Capture, String) {
    let server = Server::of_json(PLAIN).await;
    let capture = Capture::start();
    let client = server.client_of(builder);
    capture.run_async(answer(&client, &server.url(), REQUEST)).await;
    let recorded = format!("{:#?}{:#?}", capture.events(), capture.spans());
    (capture, recorded)
}

#[tokio::test]
async fn nothing_is_recorded_by_default() {
    let (capture, recorded) = asked(Middleware::builder()).await;
    assert_eq!(capture.events().len(), 0);
    assert!(!recorded.contains("Ada") && !recorded.contains("Hello"));
}

#[tokio::test]
async fn what_is_recorded_is_redacted_and_bounded() {
    let content = Content::up_to(300).redacted_by(|text| text.replace("Ada", "[name]"));
    let (capture, recorded) = asked(Middleware::builder().content(content)).await;
    let events = capture.events();
    assert_eq!(events.len(), 1, "{events:#?}");
    assert!(recorded.contains("gen_ai.client.inference.operation.details"), "{recorded}");
    assert!(recorded.contains("My name is [name]"), "{recorded}");
    assert!(recorded.contains("Hello"), "the answer too: {recorded}");
    assert!(!recorded.contains("Ada") && !recorded.contains("hunter2"), "{recorded}");
    assert!(!recorded.contains("completion_tokens_details"), "beyond the bound: {recorded}");
}

#[tokio::test]
async fn what_looks_like_a_secret_is_redacted_without_being_asked_for() {
    let builder = Middleware::builder().content(Content::up_to(1 << 30));
    let (_, recorded) = asked(builder).await;
    assert!(recorded.contains("My name is Ada"), "{recorded}");
    assert!(recorded.contains("completion_tokens_details"), "within the bound: {recorded}");
    assert!(!recorded.contains("hunter2"), "{recorded}");
}

#[tokio::test]
async fn a_redactor_that_panics_withholds_what_it_was_to_redact() {
    let content = Content::up_to(300).redacted_by(|_| panic!("no"));
    let (capture, recorded) = asked(Middleware::builder().content(content)).await;
    assert_eq!(capture.events().len(), 1);
    assert!(recorded.contains("[withheld: the redactor panicked]"), "{recorded}");
    assert!(!recorded.contains("Ada") && !recorded.contains("Hello"), "{recorded}");
}

/// What the bound cuts in two would no longer look like what it is.
#[tokio::test]
async fn a_secret_that_the_bound_cuts_in_two_is_withheld_whole() {
    const SECRETS: [(&str, &str); 4] = [
        ("a URL with a password", "postgres://app:correcthorsebattery@db/shop"),
        ("a token after its scheme", "Bearer correcthorsebatterystaple"),
        ("a JSON Web Token", "eyJjb3JyZWN0.aG9yc2ViYXR0.ZXJ5c3RhcGxl"),
        ("a password", "password=correcthorsebatterystaple"),
    ];
    for (what, secret) in SECRETS {
        let before = r#"{"model":"gpt-4o","messages":[{"content":"My name is Ada. "#;
        let request: &'static str =
            format!(r#"{before}{secret} {}"}}]}}"#, "and so on ".repeat(60)).leak();
        let answer: &'static str = format!(
            r#"{{"model":"gpt-4o","choices":[{{"index":0,"message":{{"content":"Hello {secret} {}"}},"finish_reason":"stop"}}]}}"#,
            "and so on ".repeat(60)
        )
        .leak();
        for cut in 1..secret.len() {
            let builder = Middleware::builder().content(Content::up_to(before.len() + cut));
            let url = "https://api.openai.com/v1/chat/completions";
            let (capture, _) = recorded(builder, "POST", url, request, Answer::json(answer)).await;
            let recorded = format!("{:#?}", capture.events());
            assert!(recorded.contains("My name is Ada"), "{what} {cut}: {recorded}");
            // Neither the word nor, of the token, any of its parts.
            for part in ["corr", "eyJj", "aG9yc", "horse"] {
                assert!(!recorded.contains(part), "{what} {cut}: {recorded}");
            }
        }
    }
}
