//! Films, batches and what answers in the background, of OpenAI and Google.

use super::{Job, NONE, run};

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
