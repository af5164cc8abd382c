//! Images and sound of OpenAI, and models of fal, Modal, Replicate and ComfyUI that answer at once.

use super::Exchange;

pub(super) fn exchanges() -> Vec<Exchange> {
    vec![
        Exchange::json("http://api.openai.com/v1/images/generations", r#"{"model":"gpt-image-1","prompt":"secret","n":2,"size":"1024x1536","quality":"high"}"#)
            .answers(r#"{"created":1,"background":"opaque","data":[{"b64_json":"AAAA"},{"b64_json":"BBBB"}],"quality":"high","size":"1024x1536","usage":{"input_tokens":50,"input_tokens_details":{"image_tokens":40,"text_tokens":10},"output_tokens":4160,"total_tokens":4210}}"#)
            .becomes(
                "generate_image gpt-image-1",
                &[
                    ("gen_ai.request.choice.count", "2"),
                    ("telemetry.gen_ai.request.image.size", "1024x1536"),
                    ("telemetry.gen_ai.request.image.quality", "high"),
                    ("telemetry.gen_ai.usage.images", "2"),
                    ("gen_ai.usage.image.input_tokens", "40"),
                    ("gen_ai.usage.output_tokens", "4160"),
                ],
            ),
        Exchange::json("http://api.openai.com/v1/audio/transcriptions", "")
            .answers(r#"{"text":"secret","usage":{"type":"duration","seconds":42}}"#)
            .becomes("transcribe", &[("telemetry.gen_ai.usage.input_audio_seconds", "42")]),
        Exchange::json("http://api.openai.com/v1/audio/transcriptions", "")
            .answers(r#"{"text":"secret","usage":{"type":"tokens","input_tokens":14,"input_token_details":{"text_tokens":0,"audio_tokens":14},"output_tokens":45,"total_tokens":59}}"#)
            .becomes("transcribe", &[("gen_ai.usage.audio.input_tokens", "14"), ("gen_ai.usage.output_tokens", "45")]),
        Exchange::json("http://api.openai.com/v1/audio/speech", r#"{"model":"tts-1","input":"Grüße","voice":"alloy"}"#)
            .framed("audio/mpeg")
            .answers(vec![0xff; 500])
            .becomes("speech tts-1", &[("telemetry.gen_ai.usage.characters", "5"), ("telemetry.gen_ai.usage.unavailable", "-")]),
        Exchange::json("http://fal.run/fal-ai/flux/dev", r#"{"prompt":"secret","num_images":2,"image_size":{"width":1536,"height":1024},"num_inference_steps":28,"seed":42}"#)
            .headed(&[("x-fal-billable-units", "3.5"), ("x-fal-request-id", "req-1")])
            .answers(r#"{"images":[{"url":"https://v3.fal.media/secret","width":1536,"height":1024},{"url":"x"}],"timings":{"inference":1.2},"seed":42,"has_nsfw_concepts":[false],"prompt":"secret"}"#)
            .becomes(
                "generate_image fal-ai/flux/dev",
                &[
                    ("gen_ai.provider.name", "fal_ai"),
                    ("gen_ai.request.model", "fal-ai/flux/dev"),
                    ("gen_ai.request.choice.count", "2"),
                    ("gen_ai.request.seed", "42"),
                    ("telemetry.gen_ai.request.steps", "28"),
                    ("telemetry.gen_ai.request.image.size", "1536x1024"),
                    ("gen_ai.response.id", "req-1"),
                    ("telemetry.gen_ai.usage.images", "2"),
                    ("telemetry.gen_ai.usage.billed_units", "3.5"),
                ],
            ),
        // Without the provider's word, no unit is invented.
        Exchange::json("http://fal.run/fal-ai/some-model", r#"{"prompt":"secret"}"#)
            .answers(r#"{"images":[{"url":"https://secret"}],"seed":42}"#)
            .becomes(
                "generate_content fal-ai/some-model",
                &[
                    ("telemetry.gen_ai.usage.images", "1"),
                    ("telemetry.gen_ai.usage.billed_units", "-"),
                    ("telemetry.gen_ai.usage.compute_seconds", "-"),
                    ("gen_ai.usage.cost.amount", "-"),
                ],
            ),
        Exchange::json("http://api.replicate.com/v1/models/black-forest-labs/flux-1.1-pro/predictions", r#"{"input":{"prompt":"secret","aspect_ratio":"16:9","seed":3}}"#)
            .answers(r#"{"id":"abc","model":"black-forest-labs/flux-1.1-pro","version":"hidden","status":"succeeded","created_at":"2026-01-01T00:00:00.000Z","started_at":"2026-01-01T00:00:01.500Z","completed_at":"2026-01-01T00:00:06.000Z","input":{"prompt":"secret"},"output":"https://replicate.delivery/secret","error":null,"metrics":{"predict_time":4.5,"total_time":6.0,"image_output_count":1,"frames_rendered":24}}"#)
            .becomes(
                "generate_image black-forest-labs/flux-1.1-pro",
                &[
                    ("gen_ai.provider.name", "replicate"),
                    ("telemetry.gen_ai.request.image.size", "16:9"),
                    ("telemetry.gen_ai.usage.images", "1"),
                    ("telemetry.gen_ai.usage.compute_seconds", "4.5"),
                    ("telemetry.gen_ai.job.queue.duration", "1.5"),
                    ("telemetry.gen_ai.job.run.duration", "4.5"),
                ],
            ),
        Exchange::json("http://acme-dev--upscaler.modal.run/upscale", r#"{"image":"secret","steps":20}"#)
            .headed(&[("modal-function-call-id", "fc-01J")])
            .answers(r#"{"images":["secret"],"metrics":{"gpu_seconds":12.25,"gpu":"A10"}}"#)
            .becomes(
                "upscale upscaler",
                &[
                    ("gen_ai.provider.name", "modal"),
                    ("gen_ai.response.id", "fc-01J"),
                    ("telemetry.gen_ai.request.steps", "20"),
                    ("telemetry.gen_ai.usage.compute_seconds", "12.25"),
                    ("telemetry.gen_ai.usage.images", "1"),
                ],
            ),
        Exchange::json("http://api.comfy.org/v2/models/kling/kling-video-v2", r#"{"prompt":"secret"}"#)
            .headed(&[("x-comfy-credits-used", "12.5"), ("idempotent-replayed", "true")])
            .answers(r#"{"task":"done"}"#)
            .becomes(
                "generate_video kling/kling-video-v2",
                &[("gen_ai.provider.name", "comfyui"), ("telemetry.gen_ai.usage.credits", "12.5")],
            ),
    ]
}
