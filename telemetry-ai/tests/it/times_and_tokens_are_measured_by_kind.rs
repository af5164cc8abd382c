//! What the metrics tell apart: tokens by what they are of, times by what they are of, limits by what is
//! limited.

use std::time::Duration;

use telemetry_ai::{
    Call, Conventions, ModelPrice, Operation, PriceTable, Provider, RateKind, Settings, Usage,
};
use telemetry_core::{Pipeline, testing::Capture, testing::VirtualClock};

use crate::{
    assert_attribute,
    provider::{PLAIN, STREAM},
    stand_in::{Answer, plain, recorded},
};

type Read = fn(&mut Call, &[u8]);

fn milliseconds(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

#[test]
fn tokens_are_counted_by_what_they_are_of() {
    let capture = Capture::start();
    capture.run(|| {
        let mut usage = Usage::default();
        usage.input_tokens = Some(1_000);
        (usage.input.text, usage.input.image) = (Some(500), Some(300));
        (usage.input.audio, usage.input.video) = (Some(120), Some(50));
        usage.cache_read_input_tokens = Some(400);
        (usage.cache_read.text, usage.cache_read.audio) = (Some(250), Some(110));
        usage.cache_write_input_tokens = Some(70);
        usage.output_tokens = Some(200);
        (usage.output.text, usage.output.image) = (Some(90), Some(60));
        usage.output.audio = Some(40);
        usage.reasoning_output_tokens = Some(33);
        let mut call = Call::builder(Operation::CHAT, Provider::OPENAI).model("m").start();
        call.usage(&usage);
        call.end();
    });
    let metrics = capture.metrics();
    for (kind, [text, image, audio, unknown]) in [
        // What nobody broke out stands with films, for which the conventions have no word.
        ("input_tokens", [500.0, 300.0, 120.0, 80.0]),
        ("output_tokens", [90.0, 60.0, 40.0, 10.0]),
        ("cache_read.input_tokens", [250.0, 0.0, 110.0, 40.0]),
        ("cache_write.input_tokens", [0.0, 0.0, 0.0, 70.0]),
        ("reasoning.output_tokens", [33.0, 0.0, 0.0, 0.0]),
    ] {
        let name = format!("gen_ai.client.inference.usage.{kind}");
        let of = |modality| metrics.sum(&name, &[("gen_ai.token.modality", modality)]);
        let counted = ["text", "image", "audio", "unknown"].map(of);
        assert_eq!(counted, [text, image, audio, unknown], "{kind}");
        assert_eq!(metrics.sum(&name, &[]), text + image + audio + unknown, "{kind}");
    }
    let span = capture.spans().remove(0);
    for (name, tokens) in [
        ("text.input_tokens", 500),
        ("image.input_tokens", 300),
        ("audio.input_tokens", 120),
        ("text.output_tokens", 90),
        ("image.output_tokens", 60),
        ("audio.output_tokens", 40),
        ("text.cache_read.input_tokens", 250),
        ("audio.cache_read.input_tokens", 110),
    ] {
        assert_attribute!(span, &format!("gen_ai.usage.{name}"), tokens);
    }
    assert_attribute!(span, "gen_ai.usage.image.cache_read.input_tokens", none);
}

/// By a clock that only the test moves.
#[test]
fn chunks_are_timed_from_the_one_before_in_every_framing() {
    let events = STREAM.map(|event| event.as_bytes().to_vec()).to_vec();
    let lines = [
        "{\"model\":\"m\",\"message\":{\"content\":\"a\"},\"done\":false}\n",
        "{\"model\":\"m\",\"message\":{\"content\":\"b\"},\"done\":false}\n",
        "{\"model\":\"m\",\"message\":{\"content\":\"c\"},\"done\":false}\n",
        "{\"model\":\"m\",\"done\":true,\"done_reason\":\"stop\",\"prompt_eval_count\":1,\"eval_count\":3}\n",
    ];
    let array = [
        "[{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"a\"}]}}]}",
        ",{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"b\"}]}}]}",
        ",{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"c\"}]}}]}",
        ",{\"candidates\":[{\"finishReason\":\"STOP\"}],\"usageMetadata\":{\"promptTokenCount\":1}}]",
    ];
    let binary = ["messageStart", "contentBlockDelta", "messageStop", "metadata"].map(|kind| {
        let payload = match kind {
            "messageStop" => r#"{"stopReason":"end_turn"}"#,
            "metadata" => r#"{"usage":{"inputTokens":1,"outputTokens":2}}"#,
            _ => "{}",
        };
        crate::every_provider::event(kind, payload)
    });
    let bytes = |texts: [&str; 4]| texts.map(|text| text.as_bytes().to_vec()).to_vec();
    for (provider, read, pieces) in [
        (Provider::OPENAI, Call::read_events as Read, events),
        (Provider::OLLAMA, Call::read_lines, bytes(lines)),
        (Provider::GEMINI, Call::read_json, bytes(array)),
        (Provider::AWS_BEDROCK, Call::read_event_stream, binary.to_vec()),
    ] {
        let clock = VirtualClock::new();
        let capture = Capture::with(Pipeline::builder().virtual_clock(&clock));
        capture.run(|| {
            let call = Call::builder(Operation::CHAT, provider.clone()).model("m").streaming(true);
            let mut call = call.start();
            clock.advance(milliseconds(1_500));
            for piece in &pieces {
                read(&mut call, piece);
                clock.advance(milliseconds(250));
            }
            call.end();
        });
        let span = capture.spans().remove(0);
        assert!(!span.status.is_error(), "{provider}: {span:#?}");
        assert_attribute!(span, "gen_ai.response.time_to_first_chunk", 1.5);
        let metrics = capture.metrics();
        let of = |name: &str| {
            let name = format!("gen_ai.client.inference.{name}");
            let point = metrics.histogram(&name, &[("gen_ai.request.model", "m")]).unwrap();
            (point.count(), point.sum)
        };
        assert_eq!(of("time_to_first_chunk"), (1, 1.5), "{provider}");
        // Four that carry something, the first of which is timed from the start.
        assert_eq!(of("time_per_output_chunk"), (3, 0.75), "{provider}");
        let all = 1.5 + 0.25 * f64::from(u32::try_from(pieces.len()).unwrap());
        assert_eq!(of("duration"), (1, all), "{provider}");
    }
}

#[test]
fn chunks_that_arrive_at_once_are_counted_each() {
    let clock = VirtualClock::new();
    let capture = Capture::with(Pipeline::builder().virtual_clock(&clock));
    capture.run(|| {
        let mut call =
            Call::builder(Operation::CHAT, Provider::OPENAI).model("m").streaming(true).start();
        call.read_events(STREAM[0].as_bytes());
        clock.advance(milliseconds(300));
        call.read_events(STREAM[1..].concat().as_bytes());
        call.end();
    });
    let metrics = capture.metrics();
    let name = "gen_ai.client.inference.time_per_output_chunk";
    let between = metrics.histogram(name, &[]).unwrap();
    assert_eq!((between.count(), between.sum), (3, 0.3));
}

/// What generates nothing is measured by the older instrument, which the conventions keep for it.
#[test]
fn operations_that_generate_nothing_are_timed_by_their_own_instrument() {
    for (operation, inference) in [
        (Operation::CHAT, true),
        (Operation::TEXT_COMPLETION, true),
        (Operation::GENERATE_CONTENT, true),
        (Operation::GENERATE_IMAGE, true),
        (Operation::GENERATE_VIDEO, true),
        (Operation::UPSCALE, true),
        (Operation::SPEECH, true),
        (Operation::TRANSCRIBE, true),
        (Operation::EMBEDDINGS, false),
        (Operation::RERANK, false),
        (Operation::TRAIN, false),
        (Operation::BATCH, false),
        (Operation::FETCH_RESPONSE, false),
    ] {
        for conventions in [Conventions::Latest, Conventions::Older, Conventions::Both] {
            let capture = Capture::start();
            let middleware = telemetry_ai::Middleware::builder().conventions(conventions).build();
            capture.run(|| {
                let call = Call::builder(operation.clone(), Provider::OPENAI);
                call.settings(middleware.settings()).start().end();
            });
            let metrics = capture.metrics();
            let counted = |name: &str| {
                let labels = [("gen_ai.operation.name", operation.as_str())];
                metrics.histogram(name, &labels).map_or(0, |point| point.count())
            };
            let newest = inference && conventions != Conventions::Older;
            let older = !inference || conventions != Conventions::Latest;
            assert_eq!(
                ["gen_ai.client.inference.duration", "gen_ai.client.operation.duration"]
                    .map(counted),
                [u64::from(newest), u64::from(older)],
                "{operation} by {conventions:?}"
            );
        }
    }
}

#[tokio::test]
async fn limits_are_shown_by_what_they_limit() {
    const CHAT: &str = r#"{"model":"m","messages":[]}"#;
    let openai = Answer::json(PLAIN)
        .header("x-ratelimit-remaining-requests", "59")
        .header("x-ratelimit-limit-requests", "60")
        .header("x-ratelimit-remaining-tokens", "149984")
        .header("x-ratelimit-limit-tokens", "150000")
        .header("x-ratelimit-reset-requests", "12ms");
    let anthropic = Answer::json(r#"{"id":"msg_1","model":"m","stop_reason":"end_turn"}"#)
        .header("anthropic-ratelimit-requests-remaining", "3")
        .header("anthropic-ratelimit-requests-limit", "4")
        .header("anthropic-ratelimit-tokens-remaining", "50")
        .header("anthropic-ratelimit-tokens-limit", "60")
        .header("anthropic-ratelimit-input-tokens-remaining", "30")
        .header("anthropic-ratelimit-input-tokens-limit", "40")
        .header("anthropic-ratelimit-output-tokens-remaining", "10")
        .header("anthropic-ratelimit-output-tokens-limit", "20");
    let replicate = Answer::json(r#"{"id":"p","status":"succeeded"}"#)
        .header("ratelimit-remaining", "598")
        .header("ratelimit-limit", "600");
    for (url, answer, provider, limits) in [
        (
            "https://api.openai.com/v1/chat/completions",
            openai,
            "openai",
            &[("requests", 59.0, 60.0), ("tokens", 149_984.0, 150_000.0)][..],
        ),
        (
            "https://api.anthropic.com/v1/messages",
            anthropic,
            "anthropic",
            &[
                ("requests", 3.0, 4.0),
                ("tokens", 50.0, 60.0),
                ("input_tokens", 30.0, 40.0),
                ("output_tokens", 10.0, 20.0),
            ],
        ),
        (
            "https://api.replicate.com/v1/models/o/m/predictions",
            replicate,
            "replicate",
            &[("requests", 598.0, 600.0)],
        ),
    ] {
        let (capture, _) = recorded(plain(), "POST", url, CHAT, answer).await;
        let metrics = capture.metrics();
        for name in ["telemetry.gen_ai.rate_limit.remaining", "telemetry.gen_ai.rate_limit.limit"] {
            assert_eq!(metrics.metric(name).unwrap().data.points(), limits.len(), "{provider}");
        }
        for (kind, remaining, limit) in limits {
            let labels =
                [("gen_ai.provider.name", provider), ("telemetry.gen_ai.rate_limit.kind", *kind)];
            let of = |name| metrics.sum(name, &labels);
            assert_eq!(of("telemetry.gen_ai.rate_limit.remaining"), *remaining, "{kind}");
            assert_eq!(of("telemetry.gen_ai.rate_limit.limit"), *limit, "{kind}");
        }
    }
}

/// A unit that is no token is counted by its name, and shown on the span under it.
#[test]
fn other_units_are_counted_by_their_names() {
    let capture = Capture::start();
    let price = ModelPrice::new(Provider::REPLICATE, "o/film")
        .rate(RateKind::OutputVideoSecond, telemetry_ai::Decimal::new(5, 2));
    let settings =
        Settings::new(PriceTable::empty().with(price), telemetry_ai::Attribution::default());
    capture.run(|| {
        let mut call = Call::builder(Operation::GENERATE_VIDEO, Provider::REPLICATE)
            .model("o/film")
            .settings(&settings)
            .start();
        call.read_json(br#"{"id":"p","status":"succeeded","metrics":{"predict_time":3.5,"video_output_count":1,"video_output_duration_seconds":5.25,"frames":24}}"#);
        call.end();
    });
    let (metrics, span) = (capture.metrics(), capture.spans().remove(0));
    for (unit, amount) in [("compute_seconds", 3.5), ("videos", 1.0), ("video_seconds", 5.25)] {
        let labels = [
            ("telemetry.gen_ai.unit", unit),
            ("gen_ai.provider.name", "replicate"),
            ("gen_ai.operation.name", "generate_video"),
            ("gen_ai.request.model", "o/film"),
        ];
        assert_eq!(metrics.sum("telemetry.gen_ai.usage.units", &labels), amount, "{unit}");
        assert_attribute!(span, &format!("telemetry.gen_ai.usage.{unit}"), amount);
    }
    // A name that the provider thinks of is no label.
    assert_eq!(metrics.metric("telemetry.gen_ai.usage.units").unwrap().data.points(), 3);
    // 5.25 x 0.05
    assert_attribute!(span, "gen_ai.usage.cost.amount", 0.2625);
}

#[test]
fn every_unit_has_its_name() {
    let decimal = telemetry_ai::Decimal::from;
    let mut usage = Usage::default();
    let units = &mut usage.units;
    (units.output_images, units.input_images, units.output_pixels) = (Some(1), Some(2), Some(3));
    (units.output_videos, units.output_video_seconds) = (Some(4), Some(decimal(5)));
    (units.input_video_seconds, units.output_audio_seconds) = (Some(decimal(6)), Some(decimal(7)));
    (units.input_audio_seconds, units.input_characters) = (Some(decimal(8)), Some(9));
    (units.output_characters, units.pages, units.search_units) = (Some(10), Some(11), Some(12));
    (units.training_steps, units.compute_seconds) = (Some(13), Some(decimal(14)));
    (units.billed_units, units.credits) = (Some(decimal(15)), Some(decimal(16)));
    let tools = &mut usage.tools;
    (tools.web_searches, tools.web_fetches, tools.file_searches) = (Some(17), Some(18), Some(19));
    (tools.code_sessions, tools.image_generations, tools.map_queries) =
        (Some(20), Some(21), Some(22));
    let capture = Capture::start();
    capture.run(|| {
        let mut call = Call::builder(Operation::CHAT, Provider::OPENAI).start();
        call.usage(&usage);
        call.end();
    });
    let (metrics, span) = (capture.metrics(), capture.spans().remove(0));
    let names = [
        "images",
        "input_images",
        "pixels",
        "videos",
        "video_seconds",
        "input_video_seconds",
        "audio_seconds",
        "input_audio_seconds",
        "characters",
        "output_characters",
        "pages",
        "search_units",
        "training_steps",
        "compute_seconds",
        "billed_units",
        "credits",
        "web_searches",
        "web_fetches",
        "file_searches",
        "code_sessions",
        "image_generations",
        "map_queries",
    ];
    for (name, amount) in names.into_iter().zip(1..) {
        let amount = f64::from(amount);
        let labels = [("telemetry.gen_ai.unit", name)];
        assert_eq!(metrics.sum("telemetry.gen_ai.usage.units", &labels), amount, "{name}");
        assert_attribute!(span, &format!("telemetry.gen_ai.usage.{name}"), amount);
    }
}
