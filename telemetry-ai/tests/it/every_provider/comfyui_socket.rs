//! Graphs that are followed by ComfyUI's socket.

use axum::{
    Router,
    extract::{WebSocketUpgrade, ws::Message as Sent},
    routing::{any, post},
};
use futures_util::StreamExt as _;
use telemetry_ai::{
    ComfyProgress, CostStatus, Decimal, EndpointRule, Middleware, ModelPrice, PriceTable, Provider,
    RateKind,
};
use telemetry_core::testing::{Capture, CapturedSpan};
use tokio::net::TcpListener;
use tokio_tungstenite::tungstenite::Message;

use crate::provider::{PATIENCE, only_span, plain_client};

/// Serves the queue and the socket, lets a graph run that sends these, and says what it cost.
async fn follow(messages: &'static [&'static str]) -> (Option<telemetry_ai::AiCost>, CapturedSpan) {
    let socket = move |upgrade: WebSocketUpgrade| async move {
        upgrade.on_upgrade(move |mut socket| async move {
            for message in messages {
                socket.send(Sent::Binary(vec![0, 0, 0, 1].into())).await.unwrap();
                socket.send(Sent::Text((*message).into())).await.unwrap();
            }
            let _ = socket.send(Sent::Close(None)).await;
        })
    };
    let queue = || async {
        (
            [("content-type", "application/json")],
            r#"{"prompt_id":"p1","number":7,"node_errors":{}}"#,
        )
    };
    let router = Router::new().route("/prompt", post(queue)).route("/ws", any(socket));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let server = tokio::spawn(async move { axum::serve(listener, router).await });

    let rule = EndpointRule::host("127.0.0.1").port(port).provider(Provider::COMFYUI);
    let price =
        ModelPrice::new(Provider::COMFYUI, "*").rate(RateKind::ComputeSecond, Decimal::new(1, 3));
    let middleware =
        Middleware::builder().endpoint(rule).prices(PriceTable::builtin().with(price)).build();
    let mut progress = ComfyProgress::new(middleware.settings().jobs());
    let client = reqwest_middleware::ClientBuilder::new(plain_client()).with(middleware).build();
    let capture = Capture::start();
    let graph = r#"{"prompt":{"4":{"class_type":"CheckpointLoaderSimple","inputs":{"ckpt_name":"sdxl.safetensors"}},"3":{"class_type":"KSampler","inputs":{"steps":20}}},"extra_data":{"api_key_comfy_org":"secret"}}"#;
    let queued = client.post(format!("http://127.0.0.1:{port}/prompt")).body(graph).send();
    let queued = capture.run_async(tokio::time::timeout(PATIENCE, queued)).await.unwrap().unwrap();
    capture.run_async(queued.bytes()).await.unwrap();

    let url = format!("ws://127.0.0.1:{port}/ws?clientId=c");
    let connected = tokio_tungstenite::connect_async(url);
    let (mut socket, _) = tokio::time::timeout(PATIENCE, connected).await.unwrap().unwrap();
    let mut cost = None;
    while let Some(Ok(message)) = tokio::time::timeout(PATIENCE, socket.next()).await.unwrap() {
        if let Message::Text(text) = message {
            let told = capture.run(|| progress.on_message(&text));
            assert!(told.is_none() || cost.is_none(), "it ends once");
            cost = cost.or(told);
        }
    }
    server.abort();
    assert!(capture.run(|| progress.on_message("not JSON")).is_none());
    let span = only_span(&capture);
    assert!(!format!("{span:?}").contains("secret"));
    (cost, span)
}

#[tokio::test]
async fn a_graph_ends_with_the_message_that_says_so() {
    let (cost, span) = follow(&[
        r#"{"type":"status","data":{"status":{"exec_info":{"queue_remaining":1}},"sid":"c"}}"#,
        r#"{"type":"execution_start","data":{"prompt_id":"p1","timestamp":1755000000000}}"#,
        r#"{"type":"execution_cached","data":{"nodes":["4"],"prompt_id":"p1","timestamp":1755000000100}}"#,
        r#"{"type":"progress","data":{"value":1,"max":20,"prompt_id":"p1","node":"3"}}"#,
        r#"{"type":"executed","data":{"node":"9","output":{"images":[{"filename":"secret.png","type":"output"},{"type":"temp"}]},"prompt_id":"p1"}}"#,
        r#"{"type":"executed","data":{"node":"10","output":{"images":[{"type":"output"}]},"prompt_id":"p1"}}"#,
        r#"{"type":"execution_success","data":{"prompt_id":"another","timestamp":1755000001000}}"#,
        r#"{"type":"execution_success","data":{"prompt_id":"p1","timestamp":1755000042500}}"#,
        r#"{"type":"execution_success","data":{"prompt_id":"p1","timestamp":1755000099999}}"#,
    ])
    .await;
    let cost = cost.unwrap();
    assert_eq!((cost.amount(), cost.status()), (Some(Decimal::new(425, 4)), CostStatus::Estimated));
    assert_eq!(cost.usage().units.output_images, Some(2));
    assert_eq!(span.name, "generate_image sdxl.safetensors");
    assert_eq!(span.attribute("telemetry.gen_ai.job.run.duration").unwrap(), &42.5);
    assert!(!span.status.is_error());
}

#[tokio::test]
async fn a_graph_that_fails_or_is_interrupted_says_so() {
    let (_, failed) = follow(&[
        r#"{"type":"execution_start","data":{"prompt_id":"p1","timestamp":1755000000000}}"#,
        r#"{"type":"execution_error","data":{"prompt_id":"p1","timestamp":1755000001000,"exception_type":"torch.OutOfMemoryError","exception_message":"secret"}}"#,
    ])
    .await;
    assert!(failed.status.is_error(), "{failed:?}");
    let (_, interrupted) = follow(&[
        r#"{"type":"execution_start","data":{"prompt_id":"p1","timestamp":1755000000000}}"#,
        r#"{"type":"execution_interrupted","data":{"prompt_id":"p1","timestamp":1755000001000,"node_id":"3"}}"#,
    ])
    .await;
    assert_eq!(interrupted.attribute("telemetry.outcome").unwrap(), &"cancelled");
}
