//! ComfyUI: what a graph does is told by its nodes, and how it ended by its history.

use super::{Answers, Job, NONE, run};

const SUBMITTED: &str = r#"{"prompt_id":"u3","number":1,"node_errors":{}}"#;

async fn graph(
    request: &'static str,
    answers: Answers,
    span: &'static str,
    expected: &'static [(&'static str, &'static str)],
) {
    // The requests live as long as the test does.
    let requests: &'static [_] = Box::leak(Box::new([
        ("POST", "/prompt", request),
        ("GET", "/history/u3", ""),
        ("GET", "/history/u3", ""),
    ]));
    run(&Job { base: "http://gpu-1", answers, requests, span, expected }).await;
}

const DONE: Answers = &[
    (200, NONE, SUBMITTED),
    (
        200,
        NONE,
        r#"{"u3":{"outputs":{"9":{"images":[{"filename":"secret.png","type":"output"}]}},"status":{"status_str":"success","completed":true,"messages":[["execution_start",{"prompt_id":"u3","timestamp":1755000000000}],["execution_success",{"prompt_id":"u3","timestamp":1755000002500}]]}}}"#,
    ),
];

#[tokio::test]
async fn the_nodes_of_a_graph_tell_what_it_does() {
    for (request, span) in [
        (
            r#"{"prompt":{"1":{"class_type":"UNETLoader","inputs":{"unet_name":"flux1-dev.safetensors"}},"2":{"class_type":"SamplerCustomAdvanced","inputs":{"noise_seed":7}}}}"#,
            "generate_image flux1-dev.safetensors",
        ),
        // Frames come from a sampler too.
        (
            r#"{"prompt":{"1":{"class_type":"KSampler","inputs":{"steps":20}},"2":{"class_type":"UNETLoader","inputs":{"unet_name":"wan2.1.safetensors"}},"3":{"class_type":"VHS_VideoCombine","inputs":{"frame_rate":16}}}}"#,
            "generate_video wan2.1.safetensors",
        ),
        (
            r#"{"prompt":{"1":{"class_type":"SaveAnimatedWEBP","inputs":{}},"2":{"class_type":"KSampler","inputs":{}}}}"#,
            "generate_video",
        ),
        (r#"{"prompt":{"1":{"class_type":"SaveWEBM","inputs":{}}}}"#, "generate_video"),
        (
            r#"{"prompt":{"1":{"class_type":"CheckpointLoaderSimple","inputs":{"ckpt_name":"sdxl.safetensors"}},"2":{"class_type":"TrainLoraNode","inputs":{"steps":500}},"3":{"class_type":"KSampler","inputs":{}}}}"#,
            "train sdxl.safetensors",
        ),
        // What is enlarged after it was generated was generated, in any order.
        (
            r#"{"prompt":{"1":{"class_type":"UpscaleModelLoader","inputs":{"model_name":"4x-UltraSharp.pth"}},"2":{"class_type":"CheckpointLoaderSimple","inputs":{"ckpt_name":"sdxl.safetensors"}},"3":{"class_type":"KSampler","inputs":{}}}}"#,
            "generate_image sdxl.safetensors",
        ),
        (
            r#"{"prompt":{"1":{"class_type":"CheckpointLoaderSimple","inputs":{"ckpt_name":"sdxl.safetensors"}},"2":{"class_type":"KSampler","inputs":{}},"3":{"class_type":"UpscaleModelLoader","inputs":{"model_name":"4x-UltraSharp.pth"}},"4":{"class_type":"ImageUpscaleWithModel","inputs":{}}}}"#,
            "generate_image sdxl.safetensors",
        ),
        (
            r#"{"prompt":{"1":{"class_type":"LoadImage","inputs":{"image":"secret.png"}},"2":{"class_type":"UpscaleModelLoader","inputs":{"model_name":"4x-UltraSharp.pth"}}}}"#,
            "upscale 4x-UltraSharp.pth",
        ),
        // Nodes that nobody knows say nothing; most graphs make pictures.
        (
            r#"{"prompt":{"1":{"class_type":null,"inputs":{}},"2":{"class_type":"SaveImage","inputs":{}}}}"#,
            "generate_image",
        ),
    ] {
        let expected = &[
            ("gen_ai.provider.name", "comfyui"),
            ("telemetry.gen_ai.usage.compute_seconds", "2.5"),
            ("error.type", "-"),
        ];
        graph(request, DONE, span, expected).await;
    }
}

const GRAPH: &str = r#"{"prompt":{"1":{"class_type":"KSampler","inputs":{"steps":["7",0],"width":["8",0],"seed":3}}}}"#;

#[tokio::test]
async fn a_graphs_history_tells_how_it_ended_and_what_it_made() {
    // Films, of either kind of node; times in seconds, as some forks write them.
    graph(
        GRAPH,
        &[
            (200, NONE, SUBMITTED),
            (200, NONE, r#"{"u3":{"outputs":{"4":{"gifs":[{"filename":"secret.mp4"}]},"5":{"videos":[{"filename":"secret.mp4"}]}},"status":{"status_str":"success","messages":[["execution_start",{"timestamp":1755000000}],["execution_success",{"timestamp":1755000090.5}]]}}}"#),
        ],
        "generate_image",
        &[
            ("telemetry.gen_ai.usage.videos", "2"),
            ("telemetry.gen_ai.usage.images", "-"),
            ("telemetry.gen_ai.job.run.duration", "90"),
            // Links to other nodes are no numbers.
            ("telemetry.gen_ai.request.steps", "-"),
            ("gen_ai.request.seed", "3"),
        ],
    )
    .await;
    // ComfyUI calls an interruption an error, and says beside it what it was.
    graph(
        GRAPH,
        &[
            (200, NONE, SUBMITTED),
            (200, NONE, r#"{"u3":{"outputs":{},"status":{"status_str":"error","completed":false,"messages":[["execution_start",{"timestamp":1755000000000}],["execution_interrupted",{"timestamp":1755000001000,"node_id":"3"}]]}}}"#),
        ],
        "generate_image",
        &[
            ("error.type", "-"),
            ("telemetry.outcome", "cancelled"),
            ("telemetry.gen_ai.usage.compute_seconds", "1"),
        ],
    )
    .await;
    graph(
        GRAPH,
        &[
            (200, NONE, SUBMITTED),
            (200, NONE, r#"{"u3":{"outputs":{},"status":{"status_str":"error","completed":false,"messages":[["execution_start",{"timestamp":1755000000000}],["execution_error",{"timestamp":1755000003000,"exception_message":"secret","exception_type":"ValueError","traceback":["secret"]}]]}}}"#),
        ],
        "generate_image",
        &[("error.type", "value_error"), ("telemetry.gen_ai.usage.compute_seconds", "3")],
    )
    .await;
    // One that says only that it failed.
    graph(
        GRAPH,
        &[
            (200, NONE, SUBMITTED),
            (200, NONE, r#"{"u3":{"outputs":{},"status":{"status_str":"error","messages":[]}}}"#),
        ],
        "generate_image",
        &[("error.type", "job_failed"), ("gen_ai.usage.cost.amount", "-")],
    )
    .await;
}

#[tokio::test]
async fn a_job_of_the_cloud_may_wait_be_cancelled_or_be_done() {
    const REQUESTS: &[(&str, &str, &str)] = &[
        ("POST", "/api/prompt", GRAPH),
        ("GET", "/api/jobs/u3", ""),
        ("GET", "/api/jobs/u3", ""),
        ("GET", "/api/jobs/u3", ""),
    ];
    let of = |answers, expected| Job {
        base: "http://cloud.comfy.org",
        answers,
        requests: REQUESTS,
        span: "generate_image",
        expected,
    };
    for job in [
        of(
            &[
                (200, NONE, SUBMITTED),
                (200, NONE, r#"{"id":"u3","status":"pending","create_time":1755000000000}"#),
                (
                    200,
                    NONE,
                    r#"{"id":"u3","status":"in_progress","create_time":1755000000000,"execution_start_time":1755000001500}"#,
                ),
                (
                    200,
                    NONE,
                    r#"{"id":"u3","status":"cancelled","create_time":1755000000000,"execution_start_time":1755000001500,"execution_end_time":1755000002000}"#,
                ),
            ],
            &[
                ("error.type", "-"),
                ("telemetry.outcome", "cancelled"),
                ("telemetry.gen_ai.job.queue.duration", "1.5"),
                ("telemetry.gen_ai.usage.compute_seconds", "0.5"),
            ],
        ),
        of(
            &[
                (200, NONE, SUBMITTED),
                (200, NONE, r#"{"id":"u3","status":null}"#),
                (
                    200,
                    NONE,
                    r#"{"id":"u3","status":"completed","execution_start_time":1755000001500,"execution_end_time":1755000004000,"outputs":{"9":{"images":[{"filename":"secret.png","type":"output"},{"filename":"secret.png","type":"temp"}]}}}"#,
                ),
            ],
            &[
                ("error.type", "-"),
                ("telemetry.gen_ai.usage.images", "1"),
                ("telemetry.gen_ai.job.run.duration", "2.5"),
            ],
        ),
    ] {
        run(&job).await;
    }
}
