use serde_json::{Value, json};

use crate::program::{Program, http};

fn provider(busy: &str) -> (Program, String) {
    let provider =
        Program::start(env!("CARGO_BIN_EXE_demo-provider"), &["--port", "0", "--busy", busy]);
    let url = provider.url();
    (provider, url)
}

fn message() -> Value {
    json!({
        "model": "claude-haiku-4-5",
        "max_tokens": 5,
        "messages": [{ "role": "user", "content": "Where is my parcel?" }],
    })
}

#[tokio::test]
async fn a_message_has_its_text_and_its_usage_in_anthropics_words() {
    let (_provider, url) = provider("0");
    let ask = http().post(format!("{url}/v1/messages")).header("x-api-key", "any");
    let answer: Value = ask.json(&message()).send().await.unwrap().json().await.unwrap();
    assert_eq!(answer["type"], "message");
    assert_eq!(answer["model"], "claude-haiku-4-5-20251001");
    assert_eq!(answer["stop_reason"], "max_tokens");
    assert!(answer["content"][0]["text"].as_str().is_some_and(|text| !text.is_empty()));
    assert_eq!(answer["usage"]["input_tokens"], 12);
    assert_eq!(answer["usage"]["output_tokens"], 5);
}

#[tokio::test]
async fn refusals_are_told_in_anthropics_words_too() {
    let (_provider, url) = provider("1");
    let url = format!("{url}/v1/messages");
    let unnamed = http().post(&url).json(&message()).send().await.unwrap();
    assert_eq!(unnamed.status(), 401);
    let busy = http().post(&url).header("x-api-key", "any").json(&message()).send().await.unwrap();
    assert_eq!(busy.status(), 429);
    assert!(busy.headers().contains_key("retry-after"));
    let body: Value = busy.json().await.unwrap();
    assert_eq!(
        (&body["type"], &body["error"]["type"]),
        (&json!("error"), &json!("rate_limit_error"))
    );
}

#[tokio::test]
async fn a_prediction_is_a_job_that_ends_with_the_seconds_that_it_ran() {
    let (_provider, url) = provider("0");
    let url = format!("{url}/v1/models/support-desk/portrait/predictions");
    let submitted = http().post(url).json(&json!({ "input": {} })).send().await.unwrap();
    assert_eq!(submitted.status(), 201);
    let mut job: Value = submitted.json().await.unwrap();
    assert_eq!(
        (&job["status"], &job["model"]),
        (&json!("starting"), &json!("support-desk/portrait"))
    );
    while job["status"] != "succeeded" {
        assert!(matches!(job["status"].as_str(), Some("starting" | "processing")), "{job}");
        let url = job["urls"]["get"].as_str().unwrap().to_owned();
        job = http().get(url).send().await.unwrap().json().await.unwrap();
    }
    let seconds = |key: &str| job["metrics"][key].as_f64().unwrap();
    assert!(seconds("predict_time") >= 0.2 && seconds("total_time") > seconds("predict_time"));
    assert!(job["output"][0].as_str().unwrap().ends_with(".webp"));
}
