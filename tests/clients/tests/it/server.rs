//! [`Server`]: answers as OpenAI and Bedrock do.

use std::net::SocketAddr;

use aws_smithy_eventstream::frame::write_message_to;
use aws_smithy_types::event_stream::{Header, HeaderValue, Message};
use axum::{Router, http::header::CONTENT_TYPE, routing::post};
use reqwest_middleware::{ClientBuilder, ClientWithMiddleware};
use telemetry_ai::{EndpointRule, Middleware, Provider};
use tokio::{net::TcpListener, task::JoinHandle};

const COMPLETION: &str = r#"{"id":"chatcmpl-1","object":"chat.completion","created":1795000000,"model":"gpt-4o-2024-08-06","choices":[{"index":0,"message":{"role":"assistant","content":"On Friday.","refusal":null},"logprobs":null,"finish_reason":"stop"}],"usage":{"prompt_tokens":1117,"completion_tokens":46,"total_tokens":1163}}"#;

const STREAM: &str = concat!(
    "data: {\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\",\"created\":1795000000,\"model\":\"gpt-4o-2024-08-06\",\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"On\"},\"logprobs\":null,\"finish_reason\":null}],\"usage\":null}\n\n",
    "data: {\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\",\"created\":1795000000,\"model\":\"gpt-4o-2024-08-06\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\" Friday.\"},\"logprobs\":null,\"finish_reason\":null}],\"usage\":null}\n\n",
    "data: {\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\",\"created\":1795000000,\"model\":\"gpt-4o-2024-08-06\",\"choices\":[{\"index\":0,\"delta\":{},\"logprobs\":null,\"finish_reason\":\"stop\"}],\"usage\":null}\n\n",
    "data: {\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\",\"created\":1795000000,\"model\":\"gpt-4o-2024-08-06\",\"choices\":[],\"usage\":{\"prompt_tokens\":1117,\"completion_tokens\":46,\"total_tokens\":1163}}\n\n",
    "data: [DONE]\n\n",
);

const CONVERSED: &str = r#"{"metrics":{"latencyMs":512},"output":{"message":{"role":"assistant","content":[{"text":"On Friday."}]}},"stopReason":"end_turn","usage":{"inputTokens":1117,"outputTokens":46,"totalTokens":1163}}"#;

/// The kinds of events, and what they carry.
const CONVERSING: [(&str, &str); 6] = [
    ("messageStart", r#"{"role":"assistant"}"#),
    ("contentBlockDelta", r#"{"contentBlockIndex":0,"delta":{"text":"On"}}"#),
    ("contentBlockDelta", r#"{"contentBlockIndex":0,"delta":{"text":" Friday."}}"#),
    ("contentBlockStop", r#"{"contentBlockIndex":0}"#),
    ("messageStop", r#"{"stopReason":"end_turn"}"#),
    (
        "metadata",
        r#"{"metrics":{"latencyMs":512},"usage":{"inputTokens":1117,"outputTokens":46,"totalTokens":1163}}"#,
    ),
];

/// The binary event stream of AWS.
fn conversing() -> Vec<u8> {
    let mut stream = Vec::new();
    for (kind, payload) in CONVERSING {
        let header =
            |name, value: &'static str| Header::new(name, HeaderValue::String(value.into()));
        let message = Message::new(payload)
            .add_header(header(":message-type", "event"))
            .add_header(header(":event-type", kind))
            .add_header(header(":content-type", "application/json"));
        write_message_to(&message, &mut stream).unwrap();
    }
    stream
}

pub(crate) struct Server {
    address: SocketAddr,
    serving: JoinHandle<()>,
}

impl Server {
    pub(crate) async fn start() -> Self {
        let json = || [(CONTENT_TYPE, "application/json")];
        let completion = move |body: String| async move {
            match body.contains(r#""stream":true"#) {
                true => ([(CONTENT_TYPE, "text/event-stream")], STREAM),
                false => (json(), COMPLETION),
            }
        };
        let conversing =
            || async { ([(CONTENT_TYPE, "application/vnd.amazon.eventstream")], conversing()) };
        let router = Router::new()
            .route("/v1/chat/completions", post(completion))
            .route("/model/{model}/converse", post(move || async move { (json(), CONVERSED) }))
            .route("/model/{model}/converse-stream", post(conversing));
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let serving = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { address, serving }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// A client that observes what it sends here as calls of `provider`.
    pub(crate) fn observed_as(&self, provider: Provider) -> ClientWithMiddleware {
        let rule = EndpointRule::host("127.0.0.1").port(self.address.port()).provider(provider);
        let plain = reqwest::Client::builder().no_proxy().build().unwrap();
        ClientBuilder::new(plain).with(Middleware::builder().endpoint(rule).build()).build()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.serving.abort();
    }
}
