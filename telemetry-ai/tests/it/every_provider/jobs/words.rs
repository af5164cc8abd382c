//! The words in which jobs say that they came to nothing.

use super::{Job, NONE, run};

#[tokio::test]
async fn batches_and_videos_of_openai_that_come_to_nothing_say_why_and_bill_nothing() {
    const CANCEL: &[(&str, &str, &str)] = &[
        ("POST", "/v1/batches", r#"{"input_file_id":"f","endpoint":"/v1/responses"}"#),
        ("POST", "/v1/batches/batch_2/cancel", ""),
        ("GET", "/v1/batches/batch_2", ""),
    ];
    const VIDEO: &[(&str, &str, &str)] = &[
        ("POST", "/v1/videos", r#"{"model":"sora-2","prompt":"secret","seconds":"8"}"#),
        ("GET", "/v1/videos/video_2", ""),
    ];
    let of = |answers, requests, span, expected| Job {
        base: "http://api.openai.com",
        answers,
        requests,
        span,
        expected,
    };
    for job in [
        of(
            &[
                (200, NONE, r#"{"id":"batch_2","status":"validating","created_at":1755000000}"#),
                (
                    200,
                    NONE,
                    r#"{"id":"batch_2","status":"cancelling","created_at":1755000000,"in_progress_at":1755000010,"cancelling_at":1755000020}"#,
                ),
                (
                    200,
                    NONE,
                    r#"{"id":"batch_2","model":"gpt-4o-2024-08-06","status":"cancelled","created_at":1755000000,"in_progress_at":1755000010,"cancelled_at":1755000030,"usage":{"input_tokens":40,"output_tokens":9,"total_tokens":49}}"#,
                ),
            ],
            CANCEL,
            "batch",
            &[
                ("error.type", "-"),
                ("telemetry.outcome", "cancelled"),
                // What was done before is billed.
                ("gen_ai.usage.input_tokens", "40"),
                ("telemetry.gen_ai.job.run.duration", "20"),
            ],
        ),
        of(
            &[
                (200, NONE, r#"{"id":"batch_2","status":"in_progress"}"#),
                (200, NONE, r#"{"id":"batch_2","status":"finalizing"}"#),
                (
                    200,
                    NONE,
                    r#"{"id":"batch_2","status":"expired","created_at":1755000000,"in_progress_at":1755000010,"expired_at":1755086400}"#,
                ),
            ],
            CANCEL,
            "batch",
            &[("error.type", "job_failed"), ("telemetry.gen_ai.job.queue.duration", "10")],
        ),
        of(
            &[
                (
                    200,
                    NONE,
                    r#"{"id":"video_2","status":"queued","model":"sora-2","seconds":"8","size":"1280x720"}"#,
                ),
                (
                    200,
                    NONE,
                    r#"{"id":"video_2","status":"failed","model":"sora-2","seconds":"8","size":"1280x720","error":{"code":"moderation_blocked","message":"secret"}}"#,
                ),
            ],
            VIDEO,
            "generate_video sora-2",
            &[
                ("error.type", "moderation_blocked"),
                ("telemetry.gen_ai.request.duration", "8"),
                // No film was made of the seconds that were asked for.
                ("telemetry.gen_ai.usage.video_seconds", "-"),
                ("gen_ai.usage.cost.amount", "-"),
            ],
        ),
        of(
            &[
                (200, NONE, r#"{"id":"resp_7","status":"queued","model":"o3","output":[]}"#),
                (
                    200,
                    NONE,
                    r#"{"id":"resp_7","status":"cancelled","model":"o3","output":[],"usage":null}"#,
                ),
            ],
            &[
                ("POST", "/v1/responses", r#"{"model":"o3","background":true}"#),
                ("GET", "/v1/responses/resp_7", ""),
            ],
            "chat o3",
            &[("error.type", "-"), ("telemetry.outcome", "cancelled")],
        ),
    ] {
        run(&job).await;
    }
}

#[tokio::test]
async fn a_batch_of_messages_that_is_cancelled_costs_what_its_results_say() {
    run(&Job {
        base: "http://api.anthropic.com",
        answers: &[
            (200, NONE, r#"{"id":"msgbatch_2","type":"message_batch","processing_status":"in_progress","created_at":"2026-11-01T00:00:00Z","ended_at":null}"#),
            (200, NONE, r#"{"id":"msgbatch_2","type":"message_batch","processing_status":"canceling","created_at":"2026-11-01T00:00:00Z","cancel_initiated_at":"2026-11-01T00:01:00Z","ended_at":null}"#),
            (200, NONE, r#"{"id":"msgbatch_2","type":"message_batch","processing_status":"ended","created_at":"2026-11-01T00:00:00Z","ended_at":"2026-11-01T00:02:00Z"}"#),
            (200, NONE, concat!(
                r#"{"custom_id":"a","result":{"type":"succeeded","message":{"id":"msg_1","model":"claude-sonnet-5","content":[{"type":"text","text":"secret"}],"usage":{"input_tokens":1000,"output_tokens":200}}}}"#,
                "\n",
                r#"{"custom_id":"b","result":{"type":"canceled"}}"#,
                "\n",
            )),
        ],
        requests: &[
            ("POST", "/v1/messages/batches", r#"{"requests":[{"custom_id":"a","params":{"model":"claude-sonnet-5"}},{"custom_id":"b","params":{"model":"claude-sonnet-5"}}]}"#),
            ("POST", "/v1/messages/batches/msgbatch_2/cancel", ""),
            ("GET", "/v1/messages/batches/msgbatch_2", ""),
            ("GET", "/v1/messages/batches/msgbatch_2/results", ""),
        ],
        span: "batch claude-sonnet-5",
        expected: &[
            ("gen_ai.response.id", "msgbatch_2"),
            ("gen_ai.usage.input_tokens", "1000"),
            ("gen_ai.usage.output_tokens", "200"),
            ("telemetry.gen_ai.job.run.duration", "120"),
            // One dollar and five dollars the million.
            ("gen_ai.usage.cost.amount", "0.002"),
        ],
    })
    .await;
}

#[tokio::test]
async fn an_interaction_that_is_cancelled_or_fails_in_the_background_says_so() {
    const REQUESTS: &[(&str, &str, &str)] = &[
        ("POST", "/v1beta/interactions", r#"{"agent":"deep-research-pro","background":true}"#),
        ("POST", "/v1beta/interactions/int_6/cancel", ""),
        ("GET", "/v1beta/interactions/int_6", ""),
    ];
    for (answers, expected) in [
        (
            &[
                (200, NONE, r#"{"id":"int_6","status":"queued"}"#),
                (200, NONE, r#"{"id":"int_6","status":"in_progress"}"#),
                (200, NONE, r#"{"id":"int_6","status":"cancelled"}"#),
            ],
            &[("error.type", "-"), ("telemetry.outcome", "cancelled")],
        ),
        (
            &[
                (200, NONE, r#"{"id":"int_6","status":"in_progress"}"#),
                (200, NONE, r#"{"id":"int_6","status":null}"#),
                (
                    200,
                    NONE,
                    r#"{"id":"int_6","status":"failed","error":{"code":13,"message":"secret"}}"#,
                ),
            ],
            &[("error.type", "13"), ("telemetry.outcome", "-")],
        ),
    ] {
        run(&Job {
            base: "http://generativelanguage.googleapis.com",
            answers,
            requests: REQUESTS,
            span: "generate_content deep-research-pro",
            expected,
        })
        .await;
    }
}

#[tokio::test]
async fn a_prediction_that_is_aborted_before_it_began_has_failed_by_that_name() {
    run(&Job {
        base: "http://api.replicate.com",
        answers: &[
            (201, NONE, r#"{"id":"p2","status":"starting"}"#),
            (200, NONE, r#"{"id":"p2","status":null}"#),
            (200, NONE, r#"{"id":"p2","status":"aborted","error":"secret"}"#),
        ],
        requests: &[
            (
                "POST",
                "/v1/deployments/acme/film-video/predictions",
                r#"{"input":{"resolution":"720p","duration":5,"aspect_ratio":"16:9"}}"#,
            ),
            ("GET", "/v1/predictions/p2", ""),
            ("GET", "/v1/predictions/p2", ""),
        ],
        span: "generate_video acme/film-video",
        expected: &[
            ("error.type", "aborted"),
            ("telemetry.gen_ai.request.resolution", "720p"),
            ("telemetry.gen_ai.request.duration", "5"),
            ("gen_ai.usage.cost.amount", "-"),
        ],
    })
    .await;
}
