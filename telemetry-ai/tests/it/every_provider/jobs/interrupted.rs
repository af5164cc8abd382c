//! Jobs that are refused, and those that are asked after where the answer is refused or cut off.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use axum::{body::Body, extract::Request, response::IntoResponse as _};
use futures_util::{StreamExt as _, stream};
use telemetry_ai::{CostHandle, EndpointRule, Middleware, Provider};
use telemetry_core::testing::Capture;

use crate::{
    every_provider::{assert_span, client_for, cut, received, written},
    provider::{PATIENCE, Server, only_span},
};

/// A job of a provider, from its submission to its end.
struct Course {
    base: &'static str,
    /// Path and body.
    submit: (&'static str, &'static str),
    submitted: &'static str,
    /// Method, path and body.
    look: (&'static str, &'static str, &'static str),
    done: &'static str,
    span: &'static str,
    expected: &'static [(&'static str, &'static str)],
}

fn courses() -> Vec<Course> {
    vec![
        Course {
            base: "http://api.replicate.com/",
            submit: ("v1/models/acme/upscaler/predictions", r#"{"input":{"image":"secret"}}"#),
            submitted: r#"{"id":"p9","status":"starting"}"#,
            look: ("GET", "v1/predictions/p9", ""),
            done: r#"{"id":"p9","status":"succeeded","output":"https://secret","metrics":{"predict_time":2.5,"image_output_count":1}}"#,
            span: "upscale acme/upscaler",
            expected: &[("telemetry.gen_ai.usage.compute_seconds", "2.5")],
        },
        Course {
            base: "http://api.replicate.com/",
            submit: ("v1/models/acme/trainer/versions/v/trainings", r#"{"input":{"steps":500}}"#),
            submitted: r#"{"id":"t9","status":"starting"}"#,
            look: ("GET", "v1/trainings/t9", ""),
            done: r#"{"id":"t9","status":"succeeded","output":{"weights":"https://secret"},"metrics":{"predict_time":120.25,"training_step_count":500}}"#,
            span: "train acme/trainer",
            expected: &[
                ("telemetry.gen_ai.usage.compute_seconds", "120.25"),
                ("telemetry.gen_ai.usage.training_steps", "500"),
            ],
        },
        Course {
            base: "http://queue.fal.run/",
            submit: (
                "fal-ai/flux-lora-fast-training",
                r#"{"images_data_url":"secret","steps":1000}"#,
            ),
            submitted: r#"{"status":"IN_QUEUE","request_id":"f9"}"#,
            look: ("GET", "fal-ai/flux-lora-fast-training/requests/f9", ""),
            done: r#"{"diffusers_lora_file":{"url":"https://secret"}}"#,
            span: "train fal-ai/flux-lora-fast-training",
            expected: &[("telemetry.gen_ai.request.steps", "1000"), ("error.type", "-")],
        },
        Course {
            base: "http://acme--sdxl.modal.run/",
            submit: ("train", r#"{"dataset":"secret","steps":10}"#),
            submitted: r#"{"call_id":"fc-09"}"#,
            look: ("GET", "result/fc-09", ""),
            done: r#"{"metrics":{"gpu_seconds":90,"gpu":"H100"}}"#,
            span: "train sdxl",
            expected: &[
                ("telemetry.gen_ai.usage.compute_seconds", "90"),
                // 90 x 0.001097
                ("gen_ai.usage.cost.amount", "0.09873"),
                ("telemetry.gen_ai.cost.status", "estimated"),
            ],
        },
        Course {
            base: "http://gpu-1/",
            submit: ("prompt", r#"{"prompt":{"1":{"class_type":"KSampler","inputs":{"seed":3}}}}"#),
            submitted: r#"{"prompt_id":"u9","number":1}"#,
            look: ("GET", "history/u9", ""),
            done: r#"{"u9":{"outputs":{"9":{"images":[{"filename":"secret.png","type":"output"}]}},"status":{"status_str":"success","messages":[["execution_start",{"timestamp":1755000000000}],["execution_success",{"timestamp":1755000002500}]]}}}"#,
            span: "generate_image",
            expected: &[
                ("telemetry.gen_ai.usage.images", "1"),
                ("telemetry.gen_ai.usage.compute_seconds", "2.5"),
            ],
        },
        Course {
            base: "http://api.openai.com/",
            submit: ("v1/videos", r#"{"model":"sora-2","prompt":"secret","seconds":"8"}"#),
            submitted: r#"{"id":"video_9","status":"queued","model":"sora-2","seconds":"8"}"#,
            look: ("GET", "v1/videos/video_9", ""),
            done: r#"{"id":"video_9","status":"completed","model":"sora-2","seconds":"8","size":"1280x720"}"#,
            span: "generate_video sora-2",
            // Eight seconds at ten cents.
            expected: &[
                ("gen_ai.usage.cost.amount", "0.8"),
                ("telemetry.gen_ai.cost.status", "exact"),
            ],
        },
        Course {
            base: "http://api.openai.com/",
            submit: ("v1/videos/video_9/remix", r#"{"prompt":"secret"}"#),
            submitted: r#"{"id":"video_10","status":"queued","model":"sora-2","seconds":"4","remixed_from_video_id":"video_9"}"#,
            look: ("GET", "v1/videos/video_10", ""),
            done: r#"{"id":"video_10","status":"completed","model":"sora-2","seconds":"4"}"#,
            span: "generate_video",
            expected: &[("gen_ai.response.id", "video_10"), ("gen_ai.usage.cost.amount", "0.4")],
        },
        Course {
            base: "http://api.openai.com/",
            submit: ("v1/videos/edits", r#"{"video":{"id":"video_9"},"prompt":"secret"}"#),
            submitted: r#"{"id":"video_11","status":"queued","model":"sora-2","seconds":"4"}"#,
            look: ("GET", "v1/videos/video_11", ""),
            done: r#"{"id":"video_11","status":"completed","model":"sora-2","seconds":"4"}"#,
            span: "generate_video",
            expected: &[("gen_ai.response.id", "video_11"), ("gen_ai.usage.cost.amount", "0.4")],
        },
        Course {
            base: "http://api.openai.com/",
            submit: ("v1/videos/extensions", r#"{"video":{"id":"video_9"},"seconds":"8"}"#),
            submitted: r#"{"id":"video_12","status":"queued","model":"sora-2","seconds":"8"}"#,
            look: ("GET", "v1/videos/video_12", ""),
            done: r#"{"id":"video_12","status":"completed","model":"sora-2","seconds":"8"}"#,
            span: "generate_video",
            expected: &[("gen_ai.response.id", "video_12"), ("gen_ai.usage.cost.amount", "0.8")],
        },
        Course {
            base: "http://api.openai.com/",
            submit: ("v1/batches", r#"{"input_file_id":"f","endpoint":"/v1/chat/completions"}"#),
            submitted: r#"{"id":"batch_9","status":"validating"}"#,
            look: ("GET", "v1/batches/batch_9", ""),
            done: r#"{"id":"batch_9","model":"gpt-4o-2024-08-06","status":"completed","usage":{"input_tokens":4000,"output_tokens":900,"total_tokens":4900}}"#,
            span: "batch",
            // Half of 4,000 at 2.50 and 900 at 10 dollars the million.
            expected: &[
                ("gen_ai.usage.cost.amount", "0.0095"),
                ("telemetry.gen_ai.cost.status", "exact"),
            ],
        },
        Course {
            base: "http://api.openai.com/",
            submit: ("v1/responses", r#"{"model":"o3","background":true,"input":"secret"}"#),
            submitted: r#"{"id":"resp_9","status":"queued","model":"o3","output":[]}"#,
            look: ("GET", "v1/responses/resp_9", ""),
            done: r#"{"id":"resp_9","status":"completed","model":"o3","output":[],"usage":{"input_tokens":1000,"output_tokens":100,"total_tokens":1100}}"#,
            span: "chat o3",
            // 1,000 at 2 and 100 at 8 dollars the million.
            expected: &[("gen_ai.usage.cost.amount", "0.0028")],
        },
        // Cancelled by a path of its own, whose answer tells the end.
        Course {
            base: "http://api.openai.com/",
            submit: ("v1/responses", r#"{"model":"o3","background":true,"input":"secret"}"#),
            submitted: r#"{"id":"resp_8","status":"queued","model":"o3","output":[]}"#,
            look: ("POST", "v1/responses/resp_8/cancel", ""),
            done: r#"{"id":"resp_8","status":"cancelled","model":"o3","output":[],"usage":null}"#,
            span: "chat o3",
            expected: &[("telemetry.outcome", "cancelled"), ("error.type", "-")],
        },
        Course {
            base: "http://api.anthropic.com/",
            submit: (
                "v1/messages/batches",
                r#"{"requests":[{"custom_id":"a","params":{"model":"claude-sonnet-5"}}]}"#,
            ),
            submitted: r#"{"id":"msgbatch_9","type":"message_batch","processing_status":"in_progress"}"#,
            look: ("GET", "v1/messages/batches/msgbatch_9/results", ""),
            done: concat!(
                r#"{"custom_id":"a","result":{"type":"succeeded","message":{"id":"msg_1","model":"claude-sonnet-5","content":[{"type":"text","text":"secret"}],"usage":{"input_tokens":1000,"output_tokens":200}}}}"#,
                "\n",
            ),
            span: "batch claude-sonnet-5",
            // One dollar and five dollars the million.
            expected: &[("gen_ai.usage.cost.amount", "0.002")],
        },
        Course {
            base: "http://generativelanguage.googleapis.com/",
            submit: (
                "v1beta/models/veo-3:predictLongRunning",
                r#"{"instances":[{"prompt":"secret"}],"parameters":{"durationSeconds":8}}"#,
            ),
            submitted: r#"{"name":"models/veo-3/operations/op9"}"#,
            look: ("GET", "v1beta/models/veo-3/operations/op9", ""),
            done: r#"{"name":"models/veo-3/operations/op9","done":true,"response":{"generateVideoResponse":{"generatedSamples":[{"video":{"uri":"https://secret"}}]}}}"#,
            span: "generate_video veo-3",
            expected: &[("telemetry.gen_ai.usage.video_seconds", "8")],
        },
        Course {
            base: "http://us-central1-aiplatform.googleapis.com/",
            submit: (
                "v1/projects/p/locations/us-central1/publishers/google/models/veo-2.0-generate-001:predictLongRunning",
                r#"{"instances":[{"prompt":"secret"}],"parameters":{"durationSeconds":6}}"#,
            ),
            submitted: r#"{"name":"projects/p/operations/op8"}"#,
            look: (
                "POST",
                "v1/projects/p/locations/us-central1/publishers/google/models/veo-2.0-generate-001:fetchPredictOperation",
                r#"{"operationName":"projects/p/operations/op8"}"#,
            ),
            done: r#"{"name":"projects/p/operations/op8","done":true,"response":{"videos":[{"gcsUri":"gs://secret"}]}}"#,
            span: "generate_video veo-2.0-generate-001",
            // Six seconds at fifty cents.
            expected: &[("gen_ai.usage.cost.amount", "3")],
        },
        Course {
            base: "http://generativelanguage.googleapis.com/",
            submit: (
                "v1beta/interactions",
                r#"{"agent":"deep-research-pro","background":true,"input":"secret"}"#,
            ),
            submitted: r#"{"id":"int_9","status":"in_progress"}"#,
            look: ("GET", "v1beta/interactions/int_9", ""),
            done: r#"{"id":"int_9","model":"gemini-2.5-pro","status":"completed","usage":{"total_input_tokens":1000,"total_output_tokens":80,"total_thought_tokens":20,"total_tokens":1100}}"#,
            span: "generate_content deep-research-pro",
            expected: &[("gen_ai.usage.output_tokens", "100")],
        },
    ]
}

/// What a server does with one request.
#[derive(Debug, Clone, Copy)]
enum Turn {
    Answer(&'static str),
    /// Half of it, after which the connection breaks.
    Cut(&'static str),
    Refuse(u16),
}

/// Takes its turns, the last of them again and again.
async fn server(turns: Vec<Turn>) -> Server {
    let asked = Arc::new(AtomicUsize::new(0));
    Server::start(move |request: Request| {
        let turn = turns[asked.fetch_add(1, Ordering::SeqCst).min(turns.len() - 1)];
        async move {
            received(request).await;
            let json = ("content-type", "application/json");
            match turn {
                Turn::Answer(body) => ([json], body).into_response(),
                Turn::Cut(body) => {
                    let pieces = cut(&body.as_bytes()[..body.len() / 2], 5).into_iter().map(Ok);
                    let pieces = pieces.chain([Err(io::Error::other("broken off"))]);
                    let body = Body::from_stream(stream::iter(pieces).then(written));
                    ([json], body).into_response()
                }
                Turn::Refuse(status) => {
                    let limits = [
                        json,
                        ("x-ratelimit-remaining-requests", "0"),
                        ("x-ratelimit-limit-requests", "60"),
                        ("retry-after", "7"),
                    ];
                    let body = r#"{"error":{"message":"secret","type":"rate_limit_error"},"status":"failed","detail":"secret"}"#;
                    (http::StatusCode::from_u16(status).unwrap(), limits, body).into_response()
                }
            }
        }
    })
    .await
}

impl Course {
    /// Submits the job and asks after it so often; gives the submission's handle and how many jobs wait.
    async fn run(&self, turns: Vec<Turn>) -> (Capture, Option<CostHandle>, usize) {
        let (looks, server) = (turns.len() - 1, server(turns).await);
        let middleware = || {
            let rule = EndpointRule::host("gpu-1").provider(Provider::COMFYUI);
            Middleware::builder().endpoint(rule)
        };
        let (client, base) = client_for(&server, self.base, middleware());
        let capture = Capture::start();
        let handle = capture
            .run_async(async {
                let (path, body) = self.submit;
                let request = client.post(format!("{base}{path}")).body(body).send();
                let response = tokio::time::timeout(PATIENCE, request).await.unwrap().unwrap();
                let handle = response.extensions().get::<CostHandle>().cloned();
                let _ = tokio::time::timeout(PATIENCE, response.bytes()).await.unwrap();
                for _ in 0..looks {
                    let (method, path, body) = self.look;
                    let method = method.parse().unwrap();
                    let request = client.request(method, format!("{base}{path}")).body(body).send();
                    // Broken off, it may be that nothing of it has arrived.
                    if let Ok(response) = tokio::time::timeout(PATIENCE, request).await.unwrap() {
                        let _ = tokio::time::timeout(PATIENCE, response.bytes()).await.unwrap();
                    }
                }
                handle
            })
            .await;
        let ended = capture.spans().len();
        // What still waits ends with its client.
        drop(client);
        (capture, handle, ended)
    }
}

#[tokio::test]
async fn a_job_that_is_refused_is_a_failed_call_and_no_job() {
    for course in courses() {
        let about = course.span;
        for status in [429, 503] {
            let (capture, handle, ended) = course.run(vec![Turn::Refuse(status)]).await;
            assert_eq!(ended, 1, "{about}: nothing is waited for");
            let span = only_span(&capture);
            let status = status.to_string();
            assert_eq!(span.attribute("error.type").unwrap(), &*status, "{about}");
            assert_eq!(span.attribute("gen_ai.usage.cost.amount"), None, "{about}");
            assert!(handle.unwrap().cost().unwrap().amount().is_none(), "{about}");
            let metrics = capture.metrics();
            assert_eq!(metrics.sum("telemetry.gen_ai.requests", &[("error.type", &status)]), 1.0);
            assert_eq!(metrics.sum("telemetry.gen_ai.rate_limit.limit", &[]), 60.0, "{about}");
            assert_eq!(metrics.sum("telemetry.gen_ai.unpriced", &[]), 0.0, "{about}");
            let rows = capture.run(telemetry_ai::spend);
            assert_eq!((rows[0].calls, rows[0].failed_calls), (1, 1), "{about}");
            assert!(!format!("{span:?} {metrics:?}").contains("secret"), "{about}");
        }
    }
}

#[tokio::test]
async fn a_look_that_is_refused_or_cut_off_changes_nothing() {
    for course in courses() {
        let about = course.span;
        let turns = vec![
            Turn::Answer(course.submitted),
            Turn::Refuse(429),
            Turn::Refuse(503),
            Turn::Cut(course.done),
            Turn::Answer(course.done),
            Turn::Answer(course.done),
        ];
        let (capture, handle, ended) = course.run(turns).await;
        assert_eq!(ended, 1, "{about}");
        let span = only_span(&capture);
        assert_span(&span, course.span, course.expected, course.base);
        assert!(!span.status.is_error(), "{about}: {span:#?}");
        // Whoever submitted it is told the cost.
        let cost = handle.unwrap().cost().cloned().unwrap();
        let told = span.attribute("gen_ai.usage.cost.amount").map(ToString::to_string);
        let amount = cost.amount().map(|amount| amount.normalize().to_string());
        assert_eq!(amount, told, "{about}");
        let metrics = capture.metrics();
        assert_eq!(metrics.sum("telemetry.gen_ai.requests", &[]), 1.0, "{about}");
        assert!(!format!("{span:?} {metrics:?}").contains("secret"), "{about}");
    }
}
