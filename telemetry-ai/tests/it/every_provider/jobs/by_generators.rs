//! Pictures, films and trainings of Replicate, fal, Modal and ComfyUI.

use super::{Job, NONE, REPLICATE_DONE, run};

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
