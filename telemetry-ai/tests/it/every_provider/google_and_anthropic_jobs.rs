//! Batches of messages, interactions, and videos of Vertex AI.

use telemetry_ai::Decimal;

use super::{
    Exchange,
    jobs::{Job, NONE, run},
};

const RESULTS: &str = concat!(
    r#"{"custom_id":"a","result":{"type":"succeeded","message":{"id":"msg_1","model":"claude-sonnet-5","content":[{"type":"text","text":"secret"}],"usage":{"input_tokens":1000,"cache_read_input_tokens":500,"output_tokens":200,"service_tier":"batch"}}}}"#,
    "\n",
    r#"{"custom_id":"b","result":{"type":"errored","error":{"type":"invalid_request","message":"secret"}}}"#,
    "\n",
    r#"{"custom_id":"c","result":{"message":{"usage":{"input_tokens":3000,"output_tokens":100,"service_tier":"batch"},"model":"claude-sonnet-5"},"type":"succeeded"}}"#,
    "\n",
    r#"{"custom_id":"d","result":{"type":"succeeded","message":{"model":"claude-haiku-4-5","usage":{"input_tokens":100,"output_tokens":10}}}}"#,
    "\n",
);

#[tokio::test]
async fn a_batch_of_messages_costs_what_its_results_say_each_at_its_own_models_price() {
    const LINES: super::jobs::Headers = &[("x-served-by", "batches")];
    let capture = run(&Job {
        base: "http://api.anthropic.com",
        answers: &[
            (200, NONE, r#"{"id":"msgbatch_1","type":"message_batch","processing_status":"in_progress","request_counts":{"processing":4,"succeeded":0},"created_at":"2026-11-01T00:00:00Z","ended_at":null,"results_url":null}"#),
            (200, NONE, r#"{"id":"msgbatch_1","type":"message_batch","processing_status":"ended","created_at":"2026-11-01T00:00:00Z","ended_at":"2026-11-01T00:10:00Z","results_url":"https://secret"}"#),
            (200, LINES, RESULTS),
            (200, LINES, RESULTS),
        ],
        requests: &[
            ("POST", "/v1/messages/batches", r#"{"requests":[{"custom_id":"a","params":{"model":"claude-sonnet-5","max_tokens":9,"messages":[{"role":"user","content":"secret"}]}},{"custom_id":"d","params":{"model":"claude-haiku-4-5"}}]}"#),
            ("GET", "/v1/messages/batches/msgbatch_1", ""),
            ("GET", "/v1/messages/batches/msgbatch_1/results", ""),
            ("GET", "/v1/messages/batches/msgbatch_1/results", ""),
        ],
        span: "batch claude-sonnet-5",
        expected: &[
            ("gen_ai.provider.name", "anthropic"),
            ("gen_ai.response.id", "msgbatch_1"),
            ("gen_ai.usage.input_tokens", "4600"),
            ("gen_ai.usage.cache_read.input_tokens", "500"),
            ("gen_ai.usage.output_tokens", "310"),
            ("telemetry.gen_ai.job.run.duration", "600"),
            ("telemetry.gen_ai.cost.status", "exact"),
            // 4,000 at 1, 500 at .1 and 300 at 5 dollars the million; 100 at .5 and 10 at 2.5.
            ("gen_ai.usage.cost.amount", "0.005625"),
        ],
    })
    .await;
    let rows = capture.run(telemetry_ai::spend);
    assert_eq!(rows[0].cost, Decimal::new(5625, 6));
}

#[tokio::test]
async fn an_interaction_in_the_background_is_a_job() {
    run(&Job {
        base: "http://generativelanguage.googleapis.com",
        answers: &[
            (200, NONE, r#"{"id":"int_1","object":"interaction","status":"in_progress"}"#),
            (200, NONE, r#"{"id":"int_1","status":"in_progress","outputs":[]}"#),
            (200, NONE, r#"{"id":"int_1","model":"gemini-2.5-pro","status":"completed","outputs":[{"type":"text","text":"secret"}],"usage":{"total_input_tokens":1000,"total_cached_tokens":400,"total_output_tokens":80,"total_thought_tokens":20,"total_tool_use_tokens":50,"total_tokens":1150,"input_tokens_by_modality":[{"modality":"text","tokens":1000}],"grounding_tool_count":[{"type":"google_search","count":2}]}}"#),
        ],
        requests: &[
            ("POST", "/v1beta/interactions?key=secret", r#"{"agent":"deep-research-pro","background":true,"input":"secret"}"#),
            ("GET", "/v1beta/interactions/int_1?key=secret", ""),
            ("GET", "/v1beta/interactions/int_1", ""),
        ],
        span: "generate_content deep-research-pro",
        expected: &[
            ("gen_ai.response.id", "int_1"),
            ("gen_ai.response.model", "gemini-2.5-pro"),
            ("gen_ai.response.finish_reasons", r#"["stop"]"#),
            ("gen_ai.usage.input_tokens", "1050"),
            ("gen_ai.usage.cache_read.input_tokens", "400"),
            ("gen_ai.usage.output_tokens", "100"),
            ("gen_ai.usage.reasoning.output_tokens", "20"),
            ("telemetry.gen_ai.usage.web_searches", "2"),
        ],
    })
    .await;
}

#[tokio::test]
async fn a_video_of_vertex_is_asked_after_in_a_body_and_billed_by_the_second() {
    const POLL: &str = "/v1/projects/p/locations/us-central1/publishers/google/models/veo-2.0-generate-001:fetchPredictOperation";
    const ASKED: &str = r#"{"operationName":"projects/p/locations/us-central1/publishers/google/models/veo-2.0-generate-001/operations/op1"}"#;
    run(&Job {
        base: "http://us-central1-aiplatform.googleapis.com",
        answers: &[
            (200, NONE, r#"{"name":"projects/p/locations/us-central1/publishers/google/models/veo-2.0-generate-001/operations/op1"}"#),
            (200, NONE, r#"{"name":"projects/p/operations/op1"}"#),
            (200, NONE, r#"{"name":"projects/p/operations/op1","done":true,"response":{"@type":"type.googleapis.com/cloud.ai.large_models.vision.GenerateVideoResponse","raiMediaFilteredCount":0,"videos":[{"gcsUri":"gs://secret/1.mp4","mimeType":"video/mp4"},{"gcsUri":"gs://secret/2.mp4","mimeType":"video/mp4"}]}}"#),
            (200, NONE, r#"{"name":"projects/p/operations/op1","done":true,"response":{"videos":[{}]}}"#),
        ],
        requests: &[
            ("POST", "/v1/projects/p/locations/us-central1/publishers/google/models/veo-2.0-generate-001:predictLongRunning", r#"{"instances":[{"prompt":"secret"}],"parameters":{"sampleCount":2,"durationSeconds":6,"storageUri":"gs://secret"}}"#),
            ("POST", POLL, ASKED),
            ("POST", POLL, ASKED),
            ("POST", POLL, ASKED),
        ],
        span: "generate_video veo-2.0-generate-001",
        expected: &[
            ("gen_ai.provider.name", "gcp.vertex_ai"),
            ("gen_ai.response.id", "op1"),
            ("telemetry.gen_ai.usage.videos", "2"),
            ("telemetry.gen_ai.usage.video_seconds", "12"),
            // Fifty cents a second.
            ("gen_ai.usage.cost.amount", "6"),
        ],
    })
    .await;
}

pub(super) fn exchanges() -> Vec<Exchange> {
    const REQUEST: &str = r#"{"model":"gemini-2.5-pro","input":"secret","generation_config":{"temperature":0.5,"thinking_level":"low","max_output_tokens":100}}"#;
    const USAGE: &str = r#"{"total_input_tokens":1000,"total_output_tokens":80,"total_thought_tokens":20,"total_tokens":1100,"output_tokens_by_modality":[{"modality":"text","tokens":80}]}"#;
    let expected: &[_] = &[
        ("gen_ai.provider.name", "gcp.gemini"),
        ("gen_ai.request.temperature", "0.5"),
        ("gen_ai.request.max_tokens", "100"),
        ("gen_ai.request.reasoning.level", "low"),
        ("gen_ai.response.id", "int_2"),
        ("gen_ai.response.finish_reasons", r#"["stop"]"#),
        ("gen_ai.usage.input_tokens", "1000"),
        ("gen_ai.usage.output_tokens", "100"),
        ("gen_ai.usage.reasoning.output_tokens", "20"),
    ];
    vec![
        Exchange::json("http://generativelanguage.googleapis.com/v1beta/interactions?key=secret", REQUEST)
            .answers(format!(r#"{{"id":"int_2","model":"gemini-2.5-pro","status":"completed","outputs":[{{"type":"text","text":"secret"}}],"usage":{USAGE}}}"#))
            .becomes("generate_content gemini-2.5-pro", expected),
        Exchange::events("http://generativelanguage.googleapis.com/v1beta/interactions?alt=sse", REQUEST)
            .answers(format!("event: interaction.start\ndata: {{\"event_type\":\"interaction.start\",\"interaction\":{{\"id\":\"int_2\",\"status\":\"in_progress\"}}}}\n\nevent: content.delta\ndata: {{\"event_type\":\"content.delta\",\"index\":0,\"delta\":{{\"type\":\"text\",\"text\":\"secret\"}}}}\n\nevent: interaction.complete\ndata: {{\"event_type\":\"interaction.complete\",\"interaction\":{{\"id\":\"int_2\",\"status\":\"completed\",\"usage\":{USAGE}}}}}\n\ndata: [DONE]\n\n"))
            .becomes("generate_content gemini-2.5-pro", expected),
    ]
}
