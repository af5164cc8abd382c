//! What the end of a job says that it used.

use telemetry_ai::{AiCost, Decimal, Middleware, Provider};
use telemetry_core::testing::Capture;

use super::{Job, NONE, run};
use crate::provider::{PATIENCE, Server, only_span};

/// Submits a job, and lets its webhook tell the end.
async fn told_by_webhook(
    provider: Provider,
    url: &str,
    submitted: &'static str,
    message: &str,
) -> AiCost {
    let server = Server::of_json(submitted).await;
    let middleware = Middleware::new();
    let jobs = middleware.settings().jobs();
    let rest = url.strip_prefix("http://").unwrap();
    let (host, path) = rest.split_at(rest.find('/').unwrap());
    let client = reqwest::Client::builder()
        .no_proxy()
        .timeout(PATIENCE)
        .resolve(host, server.address)
        .build()
        .unwrap();
    let client = reqwest_middleware::ClientBuilder::new(client).with(middleware).build();
    let capture = Capture::start();
    let url = format!("http://{host}:{}{path}", server.address.port());
    capture.run_async(super::ask(&client, &[("POST", url, "{}")])).await;
    let cost = jobs.webhook(&provider, message.as_bytes()).unwrap();
    let span = only_span(&capture);
    assert!(!format!("{span:?}").contains("secret"), "{span:?}");
    cost
}

#[tokio::test]
async fn measurements_of_replicate_that_are_words_tell_which_price_applies() {
    let message = r#"{"id":"abc","model":"acme/film","status":"succeeded","output":"https://secret","metrics":{"predict_time":10.5,"total_time":12,"video_output_count":1,"video_output_duration_seconds":5.2,"video_output_total_pixel_count":4147200,"audio_output_duration_seconds":5.2,"character_input_count":120,"character_output_count":7,"token_input_count":11,"token_output_count":22,"training_step_count":1000,"unspecified_billing_metric":0.5,"resolution_target":"720p","model_variant":"pro","with_audio":true,"unheard_of_words":"secret","unheard_of_count":3}}"#;
    let url = "http://api.replicate.com/v1/models/acme/film/predictions";
    let submitted = r#"{"id":"abc","status":"starting"}"#;
    let cost = told_by_webhook(Provider::REPLICATE, url, submitted, message).await;
    let usage = cost.usage();
    assert_eq!(usage.terms.resolution.as_deref(), Some("720p"));
    assert_eq!(usage.terms.speed.as_deref(), Some("pro"));
    let units = &usage.units;
    assert_eq!((units.output_videos, units.output_pixels), (Some(1), Some(4_147_200)));
    assert_eq!(units.output_video_seconds, Some(Decimal::new(52, 1)));
    assert_eq!(units.output_audio_seconds, Some(Decimal::new(52, 1)));
    assert_eq!((units.input_characters, units.output_characters), (Some(120), Some(7)));
    assert_eq!((usage.input_tokens, usage.output_tokens), (Some(11), Some(22)));
    assert_eq!(
        (units.training_steps, units.compute_seconds),
        (Some(1000), Some(Decimal::new(105, 1)))
    );
    assert_eq!(units.billed_units, Some(Decimal::new(5, 1)));
    let mut others = units.others.clone();
    others.sort();
    assert_eq!(
        others,
        [("unheard_of_count".into(), Decimal::from(3)), ("with_audio".into(), Decimal::ONE)]
    );

    let message = r#"{"id":"abc","status":"succeeded","metrics":{"resolution_upscale_target":"4k","motion_mode":"fast","with_audio":false}}"#;
    let cost = told_by_webhook(Provider::REPLICATE, url, submitted, message).await;
    let usage = cost.usage();
    assert_eq!(usage.terms.resolution.as_deref(), Some("4k"));
    assert_eq!(usage.terms.speed.as_deref(), Some("fast"));
    assert_eq!(usage.units.others, [("with_audio".into(), Decimal::ZERO)]);
}

#[tokio::test]
async fn fal_tells_the_seconds_of_sound_and_why_a_job_failed() {
    let url = "http://queue.fal.run/fal-ai/stable-audio/tts";
    let submitted = r#"{"request_id":"f3","status":"IN_QUEUE"}"#;
    let message = r#"{"request_id":"f3","status":"OK","payload":{"audio":{"url":"https://secret","content_type":"audio/wav","duration":12.25}}}"#;
    let cost = told_by_webhook(Provider::FAL_AI, url, submitted, message).await;
    assert_eq!(cost.usage().units.output_audio_seconds, Some(Decimal::new(1225, 2)));

    run(&Job {
        base: "http://queue.fal.run",
        answers: &[
            (200, NONE, r#"{"request_id":"f4","status":"IN_QUEUE"}"#),
            (200, NONE, r#"{"request_id":"f4","status":"COMPLETED","error":"secret","error_type":"startup_timeout","metrics":{"inference_time":0.5}}"#),
            (504, NONE, r#"{"detail":"secret"}"#),
            (200, &[("x-fal-billable-units", "-3")], r#"{"detail":[{"type":"file_download_error","msg":"secret"}]}"#),
        ],
        requests: &[
            ("POST", "/fal-ai/whisper", r#"{"audio_url":"secret"}"#),
            ("GET", "/fal-ai/whisper/requests/f4/status", ""),
            ("GET", "/fal-ai/whisper/requests/f4", ""),
            ("GET", "/fal-ai/whisper/requests/f4/response", ""),
        ],
        span: "transcribe fal-ai/whisper",
        expected: &[
            ("error.type", "startup_timeout"),
            ("telemetry.gen_ai.usage.billed_units", "-"),
            ("telemetry.gen_ai.job.run.duration", "0.5"),
        ],
    })
    .await;
}
