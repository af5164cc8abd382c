//! Modal: jobs say how they are in the words of whoever wrote the app.

use super::{Answers, Job, NONE, run};

const fn modal(answers: Answers, expected: &'static [(&'static str, &'static str)]) -> Job {
    const REQUESTS: &[(&str, &str, &str)] = &[
        ("POST", "/submit", r#"{"prompt":"secret","num_inference_steps":4}"#),
        ("GET", "/status?call=fc-01J", ""),
        ("GET", "/status?call=fc-01J", ""),
        ("GET", "/status?call=fc-01J", ""),
    ];
    Job {
        base: "http://acme--studio-flux.modal.run",
        answers,
        requests: REQUESTS,
        span: "generate_image studio-flux",
        expected,
    }
}

#[tokio::test]
async fn a_job_of_modal_says_in_words_of_its_authors_how_it_is() {
    const DONE: &[(&str, &str)] = &[
        ("error.type", "-"),
        ("gen_ai.response.id", "fc-01J"),
        ("telemetry.gen_ai.usage.images", "2"),
    ];
    const FAILED: &[(&str, &str)] =
        &[("error.type", "job_failed"), ("telemetry.gen_ai.usage.compute_seconds", "1.5")];
    for job in [
        modal(
            &[
                (200, NONE, r#"{"call_id":"fc-01J","status":"queued"}"#),
                (200, NONE, r#"{"status":"pending"}"#),
                (200, NONE, r#"{"status":"running"}"#),
                (
                    200,
                    NONE,
                    r#"{"status":"success","images":["https://secret",{"url":"https://secret"}]}"#,
                ),
            ],
            DONE,
        ),
        modal(
            &[
                (202, NONE, r#"{"function_call_id":"fc-01J"}"#),
                (200, NONE, r#"{"status":"processing"}"#),
                (
                    200,
                    NONE,
                    r#"{"status":"completed","images":["https://secret","https://secret"]}"#,
                ),
            ],
            DONE,
        ),
        modal(
            &[
                (200, NONE, r#"{"call_id":"fc-01J"}"#),
                (200, NONE, r#"{"status":"done","images":["https://secret","https://secret"]}"#),
            ],
            DONE,
        ),
        // A word that nobody knows leaves it to the status.
        modal(
            &[
                (200, NONE, r#"{"call_id":"fc-01J"}"#),
                (
                    200,
                    NONE,
                    r#"{"status":"splendid","images":["https://secret","https://secret"]}"#,
                ),
            ],
            DONE,
        ),
        modal(
            &[
                (200, NONE, r#"{"call_id":"fc-01J"}"#),
                (200, NONE, r#"{"status":"failed","metrics":{"compute_seconds":1.5}}"#),
            ],
            FAILED,
        ),
        modal(
            &[
                (200, NONE, r#"{"call_id":"fc-01J"}"#),
                (200, NONE, r#"{"status":"failure","metrics":{"gpu_seconds":"1.5"}}"#),
            ],
            FAILED,
        ),
        modal(
            &[
                (200, NONE, r#"{"call_id":"fc-01J"}"#),
                (200, NONE, r#"{"status":"error","error":"secret","metrics":{"gpu_seconds":1.5}}"#),
            ],
            &[("error.type", "_OTHER"), ("telemetry.gen_ai.usage.compute_seconds", "1.5")],
        ),
        // Modal answers so when the function raised an exception.
        modal(
            &[
                (200, NONE, r#"{"call_id":"fc-01J"}"#),
                (202, NONE, ""),
                (500, NONE, r#"{"detail":"secret"}"#),
            ],
            &[("error.type", "500")],
        ),
        // Whoever may not look learns nothing of the job.
        modal(
            &[
                (200, NONE, r#"{"call_id":"fc-01J"}"#),
                (401, NONE, r#"{"status":"failed"}"#),
                (503, NONE, r#"{"status":"failed"}"#),
                (200, NONE, r#"{"images":["https://secret","https://secret"]}"#),
            ],
            DONE,
        ),
    ] {
        run(&job).await;
    }
}
