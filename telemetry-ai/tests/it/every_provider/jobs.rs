//! Jobs: submitted, asked after, told of by a webhook, and counted once.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use axum::{body::Bytes, extract::Request};
use telemetry_ai::{CostStatus, EndpointRule, Middleware, Provider};
use telemetry_core::{Baggage, ContextExt as _, testing::Capture};

use super::{assert_span, client_for, cut, received, respond};
use crate::provider::{PATIENCE, Server, only_span};

pub(super) type Headers = &'static [(&'static str, &'static str)];

/// What a server answers, one after the other: status, headers, body.
pub(super) type Answers = &'static [(u16, Headers, &'static str)];

pub(super) const NONE: Headers = &[];

async fn serve(answers: Answers) -> Server {
    let asked = Arc::new(AtomicUsize::new(0));
    Server::start(move |request: Request| {
        let asked = asked.clone();
        async move {
            received(request).await;
            let at = asked.fetch_add(1, Ordering::SeqCst).min(answers.len() - 1);
            let (status, headers, body) = answers[at];
            let pieces: Vec<Bytes> = cut(body.as_bytes(), at as u64 + 3);
            let mut response = respond("application/json", headers, pieces);
            *response.status_mut() = http::StatusCode::from_u16(status).unwrap();
            response
        }
    })
    .await
}

/// Makes the requests in order, and reads each answer.
pub(super) async fn ask(
    client: &reqwest_middleware::ClientWithMiddleware,
    requests: &[(&str, String, &'static str)],
) {
    for (method, url, body) in requests {
        let method = http::Method::from_bytes(method.as_bytes()).unwrap();
        let request = client.request(method, url).body(*body);
        let response = tokio::time::timeout(PATIENCE, request.send()).await.unwrap().unwrap();
        tokio::time::timeout(PATIENCE, response.bytes()).await.unwrap().unwrap();
    }
}

pub(super) struct Job {
    pub(super) base: &'static str,
    pub(super) answers: Answers,
    /// Method, path and body.
    pub(super) requests: &'static [(&'static str, &'static str, &'static str)],
    pub(super) span: &'static str,
    pub(super) expected: &'static [(&'static str, &'static str)],
}

pub(super) async fn run(job: &Job) -> Capture {
    let server = serve(job.answers).await;
    let host = job.base.strip_prefix("http://").unwrap().trim_end_matches('/');
    let rule = EndpointRule::host("gpu-1").provider(Provider::COMFYUI).hardware("A10");
    let builder = Middleware::builder().endpoint(rule);
    let (client, base) = client_for(&server, &format!("http://{host}/"), builder);
    let base = base.trim_end_matches('/');
    let requests: Vec<_> = job
        .requests
        .iter()
        .map(|(method, path, body)| (*method, format!("{base}{path}"), *body))
        .collect();
    let capture = Capture::start();
    let context =
        capture.pipeline().context().with_baggage(Baggage::default().with("tenant.id", "acme"));
    // Whoever submits the job is billed, not who asks after it.
    ask(&client, &requests[..1]).in_context(context).await;
    assert_eq!(capture.spans().len(), 0, "{host}: the job is under way");
    capture.run_async(ask(&client, &requests[1..])).await;
    let span = only_span(&capture);
    assert_span(&span, job.span, job.expected, host);
    let recorded = format!("{span:?} {:?} {:?}", capture.events(), capture.metrics());
    assert!(!recorded.contains("secret"), "{host}: {recorded}");
    assert_eq!(span.attribute("tenant.id").map(ToString::to_string).as_deref(), Some("acme"));
    let rows = capture.run(telemetry_ai::spend);
    assert_eq!((rows.len(), rows[0].calls), (1, 1), "{host}: {rows:?}");
    capture
}

const REPLICATE_DONE: &str = r#"{"id":"abc","model":"stability-ai/sdxl","version":"v","status":"succeeded","created_at":"2026-01-01T00:00:00Z","started_at":"2026-01-01T00:00:02.5Z","completed_at":"2026-01-01T00:00:05.25Z","output":["https://secret"],"error":null,"metrics":{"predict_time":2.75,"image_output_count":4}}"#;

#[tokio::test]
async fn a_replicate_prediction_is_one_operation_however_often_it_is_looked_at() {
    let capture = run(&Job {
        base: "http://api.replicate.com",
        answers: &[
            (201, NONE, r#"{"id":"abc","model":"stability-ai/sdxl","version":"v","status":"starting","created_at":"2026-01-01T00:00:00Z","urls":{"get":"x"}}"#),
            (200, NONE, r#"{"id":"abc","status":"processing","started_at":"2026-01-01T00:00:02.5Z","metrics":{}}"#),
            (200, NONE, REPLICATE_DONE),
            (200, NONE, REPLICATE_DONE),
        ],
        requests: &[
            ("POST", "/v1/predictions", r#"{"version":"stability-ai/sdxl:7762","input":{"prompt":"secret","num_outputs":4,"num_inference_steps":30,"width":1024,"height":1024}}"#),
            ("GET", "/v1/predictions/abc", ""),
            ("GET", "/v1/predictions/abc", ""),
            ("GET", "/v1/predictions/abc", ""),
        ],
        span: "generate_content stability-ai/sdxl",
        expected: &[
            ("gen_ai.provider.name", "replicate"),
            ("gen_ai.response.id", "abc"),
            ("gen_ai.request.choice.count", "4"),
            ("telemetry.gen_ai.request.steps", "30"),
            ("telemetry.gen_ai.request.image.size", "1024x1024"),
            ("telemetry.gen_ai.usage.images", "4"),
            ("telemetry.gen_ai.usage.compute_seconds", "2.75"),
            ("telemetry.gen_ai.job.queue.duration", "2.5"),
            ("telemetry.gen_ai.job.run.duration", "2.75"),
        ],
    })
    .await;
    let metrics = capture.metrics();
    let labels = [("gen_ai.provider.name", "replicate")];
    let queued = metrics.histogram("telemetry.gen_ai.job.queue.duration", &labels).unwrap();
    assert_eq!((queued.count(), queued.sum), (1, 2.5));
    let ran = metrics.histogram("telemetry.gen_ai.job.run.duration", &labels).unwrap();
    assert_eq!((ran.count(), ran.sum), (1, 2.75));
    assert_eq!(
        metrics
            .sum("telemetry.gen_ai.usage.units", &[("telemetry.gen_ai.unit", "compute_seconds")]),
        2.75
    );
}

#[tokio::test]
async fn a_job_that_fails_or_is_cancelled_says_so_and_keeps_what_it_used() {
    run(&Job {
        base: "http://api.replicate.com",
        answers: &[
            (201, NONE, r#"{"id":"t1","status":"starting"}"#),
            (200, NONE, r#"{"id":"t1","status":"failed","error":"CUDA out of memory: secret","metrics":{"predict_time":30.5}}"#),
        ],
        requests: &[
            ("POST", "/v1/models/ostris/flux-dev-lora-trainer/versions/v/trainings", r#"{"destination":"a/b","input":{"steps":1000}}"#),
            ("GET", "/v1/trainings/t1", ""),
        ],
        span: "train ostris/flux-dev-lora-trainer",
        expected: &[
            ("error.type", "job_failed"),
            ("telemetry.gen_ai.request.steps", "1000"),
            ("telemetry.gen_ai.usage.compute_seconds", "30.5"),
        ],
    })
    .await;
    run(&Job {
        base: "http://api.replicate.com",
        answers: &[
            (201, NONE, r#"{"id":"p1","status":"processing"}"#),
            (200, NONE, r#"{"id":"p1","status":"canceled","metrics":{"predict_time":1}}"#),
        ],
        requests: &[
            ("POST", "/v1/models/o/upscaler/predictions", "{}"),
            ("POST", "/v1/predictions/p1/cancel", ""),
        ],
        span: "upscale o/upscaler",
        expected: &[("error.type", "-"), ("telemetry.outcome", "cancelled")],
    })
    .await;
}

#[tokio::test]
async fn a_fal_job_ends_with_its_result_which_brings_what_is_billed() {
    run(&Job {
        base: "http://queue.fal.run",
        answers: &[
            (200, NONE, r#"{"status":"IN_QUEUE","request_id":"f1","response_url":"x","status_url":"y","queue_position":0}"#),
            (202, NONE, r#"{"status":"IN_PROGRESS","request_id":"f1","logs":[]}"#),
            (200, NONE, r#"{"status":"COMPLETED","request_id":"f1","metrics":{"inference_time":3.2}}"#),
            (200, &[("x-fal-billable-units", "5"), ("x-fal-request-id", "f1")], r#"{"video":{"url":"https://secret","duration":5.0}}"#),
        ],
        requests: &[
            ("POST", "/fal-ai/kling-video/v2/master/image-to-video", r#"{"prompt":"secret","duration":"5"}"#),
            ("GET", "/fal-ai/kling-video/requests/f1/status?logs=1", ""),
            ("GET", "/fal-ai/kling-video/requests/f1/status", ""),
            ("GET", "/fal-ai/kling-video/requests/f1", ""),
        ],
        span: "generate_video fal-ai/kling-video/v2/master/image-to-video",
        expected: &[
            ("gen_ai.provider.name", "fal_ai"),
            ("telemetry.gen_ai.request.duration", "5"),
            ("telemetry.gen_ai.usage.billed_units", "5"),
            ("telemetry.gen_ai.usage.videos", "1"),
            ("telemetry.gen_ai.usage.video_seconds", "5"),
            ("telemetry.gen_ai.job.run.duration", "3.2"),
        ],
    })
    .await;
    run(&Job {
        base: "http://queue.fal.run",
        answers: &[
            (200, NONE, r#"{"status":"IN_QUEUE","request_id":"f2"}"#),
            (422, NONE, r#"{"detail":[{"msg":"secret","type":"image_too_small"}]}"#),
        ],
        requests: &[
            ("POST", "/fal-ai/clarity-upscaler", r#"{"image_url":"secret"}"#),
            ("GET", "/fal-ai/clarity-upscaler/requests/f2", ""),
        ],
        span: "upscale fal-ai/clarity-upscaler",
        expected: &[("error.type", "422")],
    })
    .await;
}

#[tokio::test]
async fn a_spawned_call_of_modal_ends_when_its_result_is_there() {
    run(&Job {
        base: "http://acme--video-maker.modal.run",
        answers: &[
            (202, NONE, r#"{"call_id":"fc-01J"}"#),
            (202, NONE, ""),
            (200, NONE, r#"{"metrics":{"gpu_seconds":81.5,"gpu":"H100"}}"#),
        ],
        requests: &[
            ("POST", "/submit", r#"{"prompt":"secret","seed":1}"#),
            ("GET", "/result/fc-01J", ""),
            ("GET", "/result/fc-01J", ""),
        ],
        span: "generate_video video-maker",
        expected: &[
            ("gen_ai.provider.name", "modal"),
            ("gen_ai.request.seed", "1"),
            ("telemetry.gen_ai.usage.compute_seconds", "81.5"),
        ],
    })
    .await;
}

const GRAPH: &str = r#"{"client_id":"c","extra_data":{"api_key_comfy_org":"secret"},"prompt":{
 "3":{"class_type":"KSampler","inputs":{"seed":8566257,"steps":20,"cfg":8,"sampler_name":"euler","model":["4",0]}},
 "4":{"class_type":"CheckpointLoaderSimple","inputs":{"ckpt_name":"sd_xl_base_1.0.safetensors"}},
 "5":{"class_type":"EmptyLatentImage","inputs":{"width":1024,"height":1024,"batch_size":2}},
 "6":{"class_type":"CLIPTextEncode","inputs":{"text":"secret","clip":["4",1]}},
 "9":{"class_type":"SaveImage","inputs":{"filename_prefix":"secret","images":["8",0]}}}}"#;

#[tokio::test]
async fn a_comfyui_graph_is_timed_by_its_history_and_named_by_its_checkpoint() {
    run(&Job {
        base: "http://gpu-1",
        answers: &[
            (200, NONE, r#"{"prompt_id":"u1","number":7,"node_errors":{}}"#),
            (200, NONE, "{}"),
            (200, NONE, r#"{"u1":{"prompt":[7,"u1",{"3":{"class_type":"KSampler"}},{},["9"]],"outputs":{"9":{"images":[{"filename":"secret.png","subfolder":"","type":"output"},{"filename":"b.png","type":"output"},{"filename":"p.png","type":"temp"}]}},"status":{"status_str":"success","completed":true,"messages":[["execution_start",{"prompt_id":"u1","timestamp":1755000000000}],["execution_cached",{"nodes":["4"],"timestamp":1755000000100}],["execution_success",{"prompt_id":"u1","timestamp":1755000042500}]]}}}"#),
        ],
        requests: &[("POST", "/prompt", GRAPH), ("GET", "/history/u1", ""), ("GET", "/history/u1", "")],
        span: "generate_image sd_xl_base_1.0.safetensors",
        expected: &[
            ("gen_ai.provider.name", "comfyui"),
            ("gen_ai.request.seed", "8566257"),
            ("gen_ai.request.choice.count", "2"),
            ("telemetry.gen_ai.request.steps", "20"),
            ("telemetry.gen_ai.request.image.size", "1024x1024"),
            ("telemetry.gen_ai.usage.images", "2"),
            ("telemetry.gen_ai.usage.compute_seconds", "42.5"),
            ("telemetry.gen_ai.job.run.duration", "42.5"),
        ],
    })
    .await;
    run(&Job {
        base: "http://cloud.comfy.org",
        answers: &[
            (200, NONE, r#"{"prompt_id":"u2"}"#),
            (200, NONE, r#"{"id":"u2","status":"failed","create_time":1755000000000,"execution_start_time":1755000001500,"execution_end_time":1755000004000,"execution_error":{"node_id":"3","exception_type":"OutOfMemoryError","exception_message":"secret"}}"#),
        ],
        requests: &[
            ("POST", "/api/prompt", r#"{"prompt":{"1":{"class_type":"UpscaleModelLoader","inputs":{"model_name":"4x-UltraSharp.pth"}}}}"#),
            ("GET", "/api/jobs/u2", ""),
        ],
        span: "upscale 4x-UltraSharp.pth",
        expected: &[
            ("error.type", "out_of_memory_error"),
            ("telemetry.gen_ai.job.queue.duration", "1.5"),
            ("telemetry.gen_ai.usage.compute_seconds", "2.5"),
        ],
    })
    .await;
}

#[tokio::test]
async fn videos_batches_and_background_responses_of_openai_are_jobs_too() {
    run(&Job {
        base: "http://api.openai.com",
        answers: &[
            (200, NONE, r#"{"id":"video_1","object":"video","created_at":1755000000,"status":"queued","model":"sora-2","progress":0,"seconds":"8","size":"1280x720"}"#),
            (200, NONE, r#"{"id":"video_1","status":"completed","completed_at":1755000090,"model":"sora-2","seconds":"8","size":"1280x720","error":null}"#),
        ],
        requests: &[
            ("POST", "/v1/videos", r#"{"model":"sora-2","prompt":"secret","seconds":"8","size":"1280x720"}"#),
            ("GET", "/v1/videos/video_1", ""),
        ],
        span: "generate_video sora-2",
        expected: &[
            ("telemetry.gen_ai.request.resolution", "1280x720"),
            ("telemetry.gen_ai.request.duration", "8"),
            ("telemetry.gen_ai.usage.video_seconds", "8"),
        ],
    })
    .await;
    run(&Job {
        base: "http://api.openai.com",
        answers: &[
            (200, NONE, r#"{"id":"batch_1","status":"validating","created_at":1755000000,"usage":{"input_tokens":0,"output_tokens":0,"total_tokens":0}}"#),
            (200, NONE, r#"{"id":"batch_1","model":"gpt-4o-2024-08-06","status":"completed","created_at":1755000000,"in_progress_at":1755000010,"completed_at":1755000070,"usage":{"input_tokens":4000,"input_tokens_details":{"cached_tokens":1000},"output_tokens":900,"output_tokens_details":{"reasoning_tokens":0},"total_tokens":4900}}"#),
        ],
        requests: &[
            ("POST", "/v1/batches", r#"{"input_file_id":"f","endpoint":"/v1/chat/completions","completion_window":"24h"}"#),
            ("GET", "/v1/batches/batch_1", ""),
        ],
        span: "batch",
        expected: &[
            ("gen_ai.response.model", "gpt-4o-2024-08-06"),
            ("gen_ai.usage.input_tokens", "4000"),
            ("gen_ai.usage.output_tokens", "900"),
            ("telemetry.gen_ai.job.queue.duration", "10"),
            ("telemetry.gen_ai.job.run.duration", "60"),
        ],
    })
    .await;
    run(&Job {
        base: "http://api.openai.com",
        answers: &[
            (200, NONE, r#"{"id":"resp_1","status":"queued","model":"o3","background":true,"output":[],"usage":null}"#),
            (200, NONE, r#"{"id":"resp_1","status":"in_progress","model":"o3","output":[],"usage":null}"#),
            (200, NONE, r#"{"id":"resp_1","status":"completed","model":"o3","output":[],"usage":{"input_tokens":10,"output_tokens":20,"total_tokens":30}}"#),
            (200, NONE, r#"{"id":"resp_1","status":"completed","model":"o3","output":[],"usage":{"input_tokens":10,"output_tokens":20,"total_tokens":30}}"#),
        ],
        requests: &[
            ("POST", "/v1/responses", r#"{"model":"o3","background":true,"input":"secret"}"#),
            ("GET", "/v1/responses/resp_1", ""),
            ("GET", "/v1/responses/resp_1", ""),
            ("GET", "/v1/responses/resp_1", ""),
        ],
        span: "chat o3",
        expected: &[("gen_ai.usage.output_tokens", "20")],
    })
    .await;
}

#[tokio::test]
async fn a_video_of_google_is_a_long_running_operation() {
    run(&Job {
        base: "http://generativelanguage.googleapis.com",
        answers: &[
            (200, NONE, r#"{"name":"models/veo-3/operations/op1"}"#),
            (200, NONE, r#"{"name":"models/veo-3/operations/op1","done":false}"#),
            (200, NONE, r#"{"name":"models/veo-3/operations/op1","done":true,"response":{"generateVideoResponse":{"generatedSamples":[{"video":{"uri":"https://secret"}}]}}}"#),
        ],
        requests: &[
            ("POST", "/v1beta/models/veo-3:predictLongRunning", r#"{"instances":[{"prompt":"secret"}],"parameters":{"durationSeconds":8,"resolution":"1080p"}}"#),
            ("GET", "/v1beta/models/veo-3/operations/op1", ""),
            ("GET", "/v1beta/models/veo-3/operations/op1", ""),
        ],
        span: "generate_video veo-3",
        expected: &[
            ("telemetry.gen_ai.request.duration", "8"),
            ("telemetry.gen_ai.request.resolution", "1080p"),
            ("telemetry.gen_ai.usage.videos", "1"),
        ],
    })
    .await;
}

#[tokio::test]
async fn what_a_worker_or_gateway_of_ones_own_states_is_taken_at_its_word() {
    let server = serve(&[(
        200,
        &[("x-cost-usd", "0.0125"), ("x-gpu-seconds", "11.5"), ("x-gpu", "A100-80GB")],
        r#"{"image":"secret"}"#,
    )])
    .await;
    let rule = EndpointRule::host("acme--studio.modal.run")
        .path("/up")
        .provider(Provider::MODAL)
        .operation(telemetry_ai::Operation::UPSCALE)
        .model("real-esrgan")
        .cost_header("x-cost-usd")
        .compute_seconds_header("x-gpu-seconds")
        .hardware_header("x-gpu");
    let builder = Middleware::builder().endpoint(rule);
    let (client, url) = client_for(&server, "http://acme--studio.modal.run/v1/up", builder);
    let capture = Capture::start();
    capture.run_async(ask(&client, &[("POST", url, "{}")])).await;
    let expected = [
        ("telemetry.gen_ai.usage.compute_seconds", "11.5"),
        ("gen_ai.usage.cost.amount", "0.0125"),
        ("gen_ai.usage.cost.source", "provider"),
        ("gen_ai.provider.name", "modal"),
    ];
    assert_span(&only_span(&capture), "upscale real-esrgan", &expected, "modal");
}

#[tokio::test]
async fn a_webhook_ends_the_job_once_and_says_its_cost() {
    for (provider, base, path, submitted, message) in [
        (
            Provider::REPLICATE,
            "http://api.replicate.com/",
            "v1/models/o/sdxl/predictions",
            r#"{"id":"abc","status":"starting"}"#,
            REPLICATE_DONE,
        ),
        (
            Provider::FAL_AI,
            "http://queue.fal.run/",
            "fal-ai/flux/dev",
            r#"{"request_id":"abc","status":"IN_QUEUE"}"#,
            r#"{"request_id":"abc","gateway_request_id":"abc","status":"OK","payload":{"images":[{"url":"https://secret"},{"url":"b"},{"url":"c"},{"url":"d"}]}}"#,
        ),
    ] {
        let submitted: &'static str = submitted;
        let server = Server::of_json(submitted).await;
        let middleware = Middleware::builder();
        let capture = Capture::start();
        let built = middleware.build();
        let jobs = built.settings().jobs();
        let host = base.strip_prefix("http://").unwrap().trim_end_matches('/');
        let client = reqwest::Client::builder()
            .no_proxy()
            .timeout(PATIENCE)
            .resolve(host, server.address)
            .build()
            .unwrap();
        let client = reqwest_middleware::ClientBuilder::new(client).with(built).build();
        let url = format!("http://{host}:{}/{path}", server.address.port());
        capture.run_async(ask(&client, &[("POST", url, "{}")])).await;
        assert_eq!(jobs.len(), 1);
        assert!(jobs.webhook(&Provider::OPENAI, message.as_bytes()).is_none());
        let cost = jobs.webhook(&provider, message.as_bytes()).unwrap();
        assert_eq!(cost.usage().units.output_images, Some(4));
        assert_ne!(cost.status(), CostStatus::Exact, "no price of a picture is known here");
        assert!(jobs.is_empty());
        assert!(jobs.webhook(&provider, message.as_bytes()).is_none(), "it has ended");
        only_span(&capture);
    }
}

#[tokio::test]
async fn a_job_that_nobody_asks_after_ends_unknown_with_its_client() {
    let server = Server::of_json(r#"{"id":"abc","status":"starting"}"#).await;
    let capture = Capture::start();
    let (client, base) = client_for(&server, "http://api.replicate.com/", Middleware::builder());
    capture.run_async(ask(&client, &[("POST", format!("{base}v1/predictions"), "{}")])).await;
    assert_eq!(capture.spans().len(), 0);
    drop(client);
    let span = only_span(&capture);
    assert_eq!(span.attribute("telemetry.outcome").unwrap().to_string(), "unknown");
    let labels = [("telemetry.outcome", "unknown")];
    assert_eq!(capture.metrics().sum("telemetry.gen_ai.requests", &labels), 1.0);
}

#[tokio::test]
async fn a_job_of_somebody_else_is_let_alone() {
    let server = Server::of_json(REPLICATE_DONE).await;
    let capture = Capture::start();
    let (client, base) = client_for(&server, "http://api.replicate.com/", Middleware::builder());
    capture.run_async(ask(&client, &[("GET", format!("{base}v1/predictions/abc"), "")])).await;
    assert_eq!(capture.spans().len(), 0);
    assert_eq!(capture.run(telemetry_ai::spend), []);
}
