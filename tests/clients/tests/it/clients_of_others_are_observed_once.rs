use async_openai::{
    config::OpenAIConfig,
    types::chat::{
        ChatCompletionRequestUserMessage, ChatCompletionStreamOptions, CreateChatCompletionRequest,
    },
};
use aws_sdk_bedrockruntime::{
    Client,
    config::{BehaviorVersion, Credentials, Region},
    types::{ContentBlock, ContentBlockDelta, ConversationRole, ConverseStreamOutput, Message},
};
use futures_util::StreamExt as _;
use rig::{completion::CompletionRequest, providers::openai::OpenAIConfig as RigConfig};
use telemetry_ai::Provider;
use telemetry_clients::{bedrock, openai, rig as through_rig};
use telemetry_core::testing::{Capture, CapturedSpan};

use crate::server::Server;

/// The one span of a call, with what it used and cost.
fn the_call(capture: &Capture, name: &str, cost: f64) -> CapturedSpan {
    let spans = capture.spans();
    let [span] = spans.as_slice() else { panic!("{spans:?}") };
    assert_eq!(span.name, name);
    assert_eq!(span.attribute("gen_ai.usage.input_tokens").unwrap(), &1117);
    assert_eq!(span.attribute("gen_ai.usage.output_tokens").unwrap(), &46);
    assert_eq!(span.attribute("gen_ai.usage.cost.amount").unwrap(), &cost);
    assert!(!format!("{span:?}").contains("secret"), "a key is nobody's business: {span:?}");
    span.clone()
}

fn question(stream: bool) -> CreateChatCompletionRequest {
    CreateChatCompletionRequest {
        model: "gpt-4o".to_owned(),
        messages: vec![ChatCompletionRequestUserMessage::from("When does it arrive?").into()],
        stream: stream.then_some(true),
        stream_options: stream.then(|| ChatCompletionStreamOptions {
            include_usage: Some(true),
            ..ChatCompletionStreamOptions::default()
        }),
        ..CreateChatCompletionRequest::default()
    }
}

#[tokio::test]
async fn a_call_by_async_openai() {
    let (server, capture) = (Server::start().await, Capture::start());
    let config = OpenAIConfig::new().with_api_base(server.url("/v1")).with_api_key("sk-secret");
    let client = openai::client(config, server.observed_as(Provider::OPENAI));
    let answer = capture.run_async(client.chat().create(question(false))).await.unwrap();
    assert_eq!(answer.choices[0].message.content.as_deref(), Some("On Friday."));
    the_call(&capture, "chat gpt-4o", 0.0032525);
}

#[tokio::test]
async fn a_stream_by_async_openai() {
    let (server, capture) = (Server::start().await, Capture::start());
    let config = OpenAIConfig::new().with_api_base(server.url("/v1")).with_api_key("sk-secret");
    let client = openai::client(config, server.observed_as(Provider::OPENAI));
    let read = async {
        let mut stream = client.chat().create_stream(question(true)).await.unwrap();
        let mut text = String::new();
        while let Some(chunk) = stream.next().await {
            let delta = chunk.unwrap().choices.into_iter().next().map(|choice| choice.delta);
            text.extend(delta.and_then(|delta| delta.content));
        }
        text
    };
    assert_eq!(capture.run_async(read).await, "On Friday.");
    let span = the_call(&capture, "chat gpt-4o", 0.0032525);
    assert!(span.attribute("gen_ai.response.time_to_first_chunk").is_some());
}

#[tokio::test]
async fn a_call_by_rig() {
    let (server, capture) = (Server::start().await, Capture::start());
    let config = RigConfig::new("sk-secret").with_base_url(server.url("/v1"));
    let observed = through_rig::Observed::new(server.observed_as(Provider::OPENAI));
    let model = config.connect(observed).chat("gpt-4o");
    let request = CompletionRequest::new("When does it arrive?");
    let answer = capture.run_async(model.call(request)).await.unwrap();
    assert_eq!(answer.text(), "On Friday.");
    the_call(&capture, "chat gpt-4o", 0.0032525);
}

const CLAUDE: &str = "anthropic.claude-haiku-4-5-20251001-v1:0";

fn of_bedrock(server: &Server) -> Client {
    let observed = bedrock::Observed::new(server.observed_as(Provider::AWS_BEDROCK));
    let config = aws_sdk_bedrockruntime::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .credentials_provider(Credentials::new("id", "secret", None, None, "test"))
        .endpoint_url(server.url(""))
        .http_client(observed)
        .build();
    Client::from_conf(config)
}

fn asked() -> Message {
    let content = ContentBlock::Text("When does it arrive?".to_owned());
    Message::builder().role(ConversationRole::User).content(content).build().unwrap()
}

#[tokio::test]
async fn a_conversation_by_the_sdk_of_bedrock() {
    let (server, capture) = (Server::start().await, Capture::start());
    let asked = of_bedrock(&server).converse().model_id(CLAUDE).messages(asked());
    let answer = capture.run_async(asked.send()).await.unwrap();
    assert_eq!(answer.usage().unwrap().output_tokens(), 46);
    the_call(&capture, "chat anthropic.claude-haiku-4-5-20251001-v1:0", 0.001347);
}

#[tokio::test]
async fn a_stream_by_the_sdk_of_bedrock() {
    let (server, capture) = (Server::start().await, Capture::start());
    let asked = of_bedrock(&server).converse_stream().model_id(CLAUDE).messages(asked());
    let read = async {
        let mut events = asked.send().await.unwrap().stream;
        let mut text = String::new();
        while let Some(event) = events.recv().await.unwrap() {
            if let ConverseStreamOutput::ContentBlockDelta(event) = event
                && let Some(ContentBlockDelta::Text(delta)) = event.delta
            {
                text.push_str(&delta);
            }
        }
        text
    };
    assert_eq!(capture.run_async(read).await, "On Friday.");
    let span = the_call(&capture, "chat anthropic.claude-haiku-4-5-20251001-v1:0", 0.001347);
    assert!(span.attribute("gen_ai.response.time_to_first_chunk").is_some());
}
