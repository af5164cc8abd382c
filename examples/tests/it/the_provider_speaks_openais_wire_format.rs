use reqwest::{Response, StatusCode};
use serde_json::{Value, json};

use crate::program::{Program, http};

fn provider(arguments: &[&str]) -> (Program, String) {
    let mut all = vec!["--port", "0"];
    all.extend(arguments);
    let provider = Program::start(env!("CARGO_BIN_EXE_demo-provider"), &all);
    let url = format!("{}/v1/chat/completions", provider.url());
    (provider, url)
}

async fn ask(url: &str, request: Value) -> Response {
    http().post(url).bearer_auth("any").json(&request).send().await.unwrap()
}

fn question(model: &str) -> Value {
    json!({ "model": model, "messages": [{ "role": "user", "content": "Where is my parcel?" }] })
}

#[tokio::test]
async fn a_plain_answer_has_its_text_and_its_usage() {
    let (_provider, url) = provider(&["--busy", "0"]);
    let answer: Value = ask(&url, question("gpt-4o-mini")).await.json().await.unwrap();
    assert_eq!(answer["object"], "chat.completion");
    assert_eq!(answer["model"], "gpt-4o-mini-2024-07-18");
    assert_eq!(answer["choices"][0]["finish_reason"], "stop");
    assert!(
        answer["choices"][0]["message"]["content"].as_str().is_some_and(|text| text.len() > 20)
    );
    // 19 characters are 5 tokens; 4 are for the message and 3 for the conversation.
    assert_eq!(answer["usage"]["prompt_tokens"], 12);
    let tokens = |key: &str| answer["usage"][key].as_u64().unwrap();
    assert_eq!(tokens("total_tokens"), tokens("prompt_tokens") + tokens("completion_tokens"));
}

#[tokio::test]
async fn a_stream_ends_with_its_usage_if_that_was_asked_for() {
    let (_provider, url) = provider(&["--busy", "0"]);
    for asked in [true, false] {
        let mut request = question("gpt-4o");
        request["stream"] = true.into();
        request["stream_options"] = json!({ "include_usage": asked });
        let response = ask(&url, request).await;
        assert!(
            response.headers()["content-type"].to_str().unwrap().starts_with("text/event-stream")
        );
        let body = response.text().await.unwrap();
        let events: Vec<&str> =
            body.split("\n\n").filter_map(|event| event.strip_prefix("data: ")).collect();
        let (done, chunks) = events.split_last().unwrap();
        assert_eq!(*done, "[DONE]");
        let chunks: Vec<Value> =
            chunks.iter().map(|chunk| serde_json::from_str(chunk).unwrap()).collect();
        let last = chunks.last().unwrap();
        let words = chunks.iter().filter(|chunk| {
            chunk["choices"][0]["delta"]["content"].as_str().is_some_and(|text| !text.is_empty())
        });
        if asked {
            assert_eq!(last["choices"], json!([]));
            assert_eq!(last["usage"]["completion_tokens"], words.count());
        } else {
            assert_eq!(last["choices"][0]["finish_reason"], "stop");
            assert!(chunks.iter().all(|chunk| chunk.get("usage").is_none()));
        }
    }
}

#[tokio::test]
async fn an_answer_is_no_longer_than_allowed() {
    let (_provider, url) = provider(&["--busy", "0"]);
    let mut request = question("gpt-4o-mini");
    request["max_completion_tokens"] = 3.into();
    let answer: Value = ask(&url, request).await.json().await.unwrap();
    assert_eq!(answer["usage"]["completion_tokens"], 3);
    assert_eq!(answer["choices"][0]["finish_reason"], "length");
}

#[tokio::test]
async fn a_busy_provider_says_when_to_come_back() {
    let (_provider, url) = provider(&["--busy", "1"]);
    let response = ask(&url, question("gpt-4o-mini")).await;
    assert_eq!(response.status(), StatusCode::TOO_MANY_REQUESTS);
    let seconds: u64 = response.headers()["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((1..60).contains(&seconds));
    let error: Value = response.json().await.unwrap();
    assert_eq!(error["error"]["code"], "rate_limit_exceeded");
}

#[tokio::test]
async fn what_makes_no_sense_is_refused_as_openai_does() {
    let (_provider, url) = provider(&["--busy", "0"]);
    let unknown = ask(&url, question("gpt-none")).await;
    assert_eq!(unknown.status(), StatusCode::NOT_FOUND);
    assert_eq!(unknown.json::<Value>().await.unwrap()["error"]["code"], "model_not_found");
    let empty = ask(&url, json!({ "model": "gpt-4o", "messages": [] })).await;
    assert_eq!(empty.status(), StatusCode::BAD_REQUEST);
    let no_json = http().post(&url).bearer_auth("any").body("{").send().await.unwrap();
    assert_eq!(no_json.status(), StatusCode::BAD_REQUEST);
    let no_key = http().post(&url).json(&question("gpt-4o")).send().await.unwrap();
    assert_eq!(no_key.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(no_key.json::<Value>().await.unwrap()["error"]["type"], "invalid_request_error");
}
