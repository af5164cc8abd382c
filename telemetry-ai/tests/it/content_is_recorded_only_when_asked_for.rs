use telemetry_ai::{Content, Middleware};
use telemetry_core::testing::Capture;

use crate::provider::{PLAIN, Server, answer};

const REQUEST: &str = r#"{"model":"gpt-4o","messages":[{"role":"user","content":"My name is Ada, password=hunter2"}]}"#;

async fn recorded(builder: telemetry_ai::MiddlewareBuilder) -> (Capture, String) {
    let server = Server::of_json(PLAIN).await;
    let capture = Capture::start();
    let client = server.client_of(builder);
    capture.run_async(answer(&client, &server.url(), REQUEST)).await;
    let recorded = format!("{:#?}{:#?}", capture.events(), capture.spans());
    (capture, recorded)
}

#[tokio::test]
async fn nothing_is_recorded_by_default() {
    let (capture, recorded) = recorded(Middleware::builder()).await;
    assert_eq!(capture.events().len(), 0);
    assert!(!recorded.contains("Ada") && !recorded.contains("Hello"));
}

#[tokio::test]
async fn what_is_recorded_is_redacted_and_bounded() {
    let content = Content::up_to(300).redacted_by(|text| text.replace("Ada", "[name]"));
    let (capture, recorded) = recorded(Middleware::builder().content(content)).await;
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
    let (_, recorded) = recorded(builder).await;
    assert!(recorded.contains("My name is Ada"), "{recorded}");
    assert!(recorded.contains("completion_tokens_details"), "within the bound: {recorded}");
    assert!(!recorded.contains("hunter2"), "{recorded}");
}

#[tokio::test]
async fn a_redactor_that_panics_withholds_what_it_was_to_redact() {
    let content = Content::up_to(300).redacted_by(|_| panic!("no"));
    let (capture, recorded) = recorded(Middleware::builder().content(content)).await;
    assert_eq!(capture.events().len(), 1);
    assert!(recorded.contains("[withheld: the redactor panicked]"), "{recorded}");
    assert!(!recorded.contains("Ada") && !recorded.contains("Hello"), "{recorded}");
}
