//! Every name, unit and kind of what is emitted: the conventions' as the conventions have them, and ours
//! under `telemetry.`.

use std::{collections::BTreeSet, process::Command};

use telemetry_ai::{
    Attribution, Budget, Call, Conventions, Decimal, Invocation, Middleware, Operation, Provider,
    Usage, Workflow,
};
use telemetry_core::{Baggage, MetricData, testing::Capture};

use crate::{
    assert_attribute,
    provider::{PLAIN, STREAM},
    stand_in::{Answer, plain, recorded},
};

const SECONDS: &[f64] =
    &[0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92];
const TOKENS: &[f64] = &[
    1.0,
    4.0,
    16.0,
    64.0,
    256.0,
    1024.0,
    4096.0,
    16384.0,
    65536.0,
    262_144.0,
    1_048_576.0,
    4_194_304.0,
    16_777_216.0,
    67_108_864.0,
];

/// Name, unit, kind.
const METRICS: &[(&str, &str, &str)] = &[
    ("gen_ai.client.inference.duration", "s", "histogram"),
    ("gen_ai.client.inference.time_per_output_chunk", "s", "histogram"),
    ("gen_ai.client.inference.time_to_first_chunk", "s", "histogram"),
    ("gen_ai.client.inference.usage.cache_read.input_tokens", "{token}", "counter"),
    ("gen_ai.client.inference.usage.cache_write.input_tokens", "{token}", "counter"),
    ("gen_ai.client.inference.usage.input_tokens", "{token}", "counter"),
    ("gen_ai.client.inference.usage.output_tokens", "{token}", "counter"),
    ("gen_ai.client.inference.usage.reasoning.output_tokens", "{token}", "counter"),
    ("gen_ai.client.operation.duration", "s", "histogram"),
    ("gen_ai.client.operation.time_per_output_chunk", "s", "histogram"),
    ("gen_ai.client.operation.time_to_first_chunk", "s", "histogram"),
    ("gen_ai.client.token.usage", "{token}", "histogram"),
    ("gen_ai.execute_tool.duration", "s", "histogram"),
    ("gen_ai.invoke_agent.duration", "s", "histogram"),
    ("gen_ai.invoke_agent.inference_calls", "{inference_call}", "histogram"),
    ("gen_ai.invoke_agent.tool_calls", "{tool_call}", "histogram"),
    ("gen_ai.workflow.duration", "s", "histogram"),
    ("telemetry.gen_ai.budget.refused", "{request}", "counter"),
    ("telemetry.gen_ai.budget.used", "1", "gauge"),
    ("telemetry.gen_ai.cache.missed", "{request}", "counter"),
    ("telemetry.gen_ai.cost", "{USD}", "counter"),
    ("telemetry.gen_ai.cost.cache_savings", "{USD}", "up-down counter"),
    ("telemetry.gen_ai.cost.of_trouble", "{USD}", "counter"),
    ("telemetry.gen_ai.graph.node.duration", "s", "histogram"),
    ("telemetry.gen_ai.job.queue.duration", "s", "histogram"),
    ("telemetry.gen_ai.job.run.duration", "s", "histogram"),
    ("telemetry.gen_ai.rate_limit.limit", "1", "gauge"),
    ("telemetry.gen_ai.rate_limit.remaining", "1", "gauge"),
    ("telemetry.gen_ai.requests", "{request}", "counter"),
    ("telemetry.gen_ai.unpriced", "{request}", "counter"),
    ("telemetry.gen_ai.usage.units", "1", "counter"),
];

/// What the conventions, in any of their versions since the rename, call an attribute of a client's span
/// or of a metric.
const ATTRIBUTES: &[&str] = &[
    "aws.bedrock.guardrail.id",
    "error.type",
    "gen_ai.agent.description",
    "gen_ai.agent.id",
    "gen_ai.agent.name",
    "gen_ai.agent.version",
    "gen_ai.conversation.id",
    "gen_ai.embeddings.dimension.count",
    "gen_ai.operation.name",
    "gen_ai.output.type",
    "gen_ai.provider.name",
    "gen_ai.request.choice.count",
    "gen_ai.request.encoding_formats",
    "gen_ai.request.frequency_penalty",
    "gen_ai.request.max_tokens",
    "gen_ai.request.model",
    "gen_ai.request.presence_penalty",
    "gen_ai.request.previous_response.id",
    "gen_ai.request.reasoning.level",
    "gen_ai.request.seed",
    "gen_ai.request.stop_sequences",
    "gen_ai.request.stream",
    "gen_ai.request.temperature",
    "gen_ai.request.top_k",
    "gen_ai.request.top_p",
    "gen_ai.response.finish_reasons",
    "gen_ai.response.id",
    "gen_ai.response.model",
    "gen_ai.response.time_to_first_chunk",
    "gen_ai.system",
    "gen_ai.token.modality",
    "gen_ai.token.type",
    "gen_ai.tool.call.id",
    "gen_ai.tool.description",
    "gen_ai.tool.name",
    "gen_ai.tool.type",
    "gen_ai.usage.audio.cache_read.input_tokens",
    "gen_ai.usage.audio.input_tokens",
    "gen_ai.usage.audio.output_tokens",
    "gen_ai.usage.cache_creation.input_tokens",
    "gen_ai.usage.cache_read.input_tokens",
    "gen_ai.usage.cache_write.input_tokens",
    "gen_ai.usage.cost.amount",
    "gen_ai.usage.cost.currency",
    "gen_ai.usage.cost.source",
    "gen_ai.usage.image.cache_read.input_tokens",
    "gen_ai.usage.image.input_tokens",
    "gen_ai.usage.image.output_tokens",
    "gen_ai.usage.input_tokens",
    "gen_ai.usage.output_tokens",
    "gen_ai.usage.reasoning.output_tokens",
    "gen_ai.usage.text.cache_read.input_tokens",
    "gen_ai.usage.text.input_tokens",
    "gen_ai.usage.text.output_tokens",
    "gen_ai.workflow.name",
    "openai.api.type",
    "openai.request.service_tier",
    "openai.response.service_tier",
    "openai.response.system_fingerprint",
    "server.address",
    "server.port",
    "tenant.id",
];

/// Has something of everything happen.
fn everything() -> Capture {
    let capture = Capture::start();
    let budget = Budget::new("all", Decimal::ONE).blocking();
    let middleware = Middleware::builder()
        .conventions(Conventions::Both)
        .attribution(Attribution::default().budget(budget))
        .build();
    let of = |operation: Operation, provider: Provider| {
        Call::builder(operation, provider).model("gpt-4o").settings(middleware.settings())
    };
    let baggage = Baggage::default().with("tenant.id", "acme");
    let context = capture.pipeline().context().with_baggage(baggage);
    context.in_scope(|| {
        let mut used = Usage::default();
        used.input_tokens = Some(1_000);
        used.output_tokens = Some(100);
        used.cache_read_input_tokens = Some(0);
        used.cache_write_input_tokens = Some(10);
        used.reasoning_output_tokens = Some(5);
        for modalities in [&mut used.input, &mut used.cache_read, &mut used.output] {
            (modalities.text, modalities.image, modalities.audio) = (Some(1), Some(1), Some(1));
        }
        used.units.output_images = Some(1);
        used.tools.web_searches = Some(1);
        for _ in 0..2 {
            // The second prompt begins as the first did, and wasn't read from the cache.
            let call = of(Operation::CHAT, Provider::OPENAI).streaming(true);
            let mut call = call.server("api.openai.com", 443).prompt(&[b'a'; 5_000]).start();
            call.read_events(STREAM.concat().as_bytes());
            call.service_tier("default");
            call.usage(&used);
            call.attempt();
            call.end();
        }
        of(Operation::EMBEDDINGS, Provider::OPENAI).start().end();
        let mut failed = of(Operation::CHAT, Provider::OPENAI).start();
        failed.usage(&used);
        failed.fail("timeout");
        failed.end();
        let mut job = of(Operation::TRAIN, Provider::REPLICATE).start();
        job.read_json(br#"{"id":"t","status":"succeeded","created_at":"2026-01-01T00:00:00Z","started_at":"2026-01-01T00:00:01Z","completed_at":"2026-01-01T00:00:02Z","metrics":{"predict_time":1}}"#);
        job.end();
        Invocation::agent("a")
            .agent_id("1")
            .agent_version("2")
            .conversation("c")
            .description("d")
            .in_scope(|| Invocation::tool("t").call_id("1").tool_type("function").in_scope(|| ()));
        let mut graph = Workflow::start("w");
        Invocation::node("n").in_scope(|| ());
        graph.fail("timeout");
        graph.end();
        let mut dear = of(Operation::CHAT, Provider::OPENAI).start();
        used.cost = Some(Decimal::TWO);
        dear.usage(&used);
        dear.end();
        let refused = of(Operation::CHAT, Provider::OPENAI).start();
        let mut refused = refused;
        refused.check_budgets().unwrap_err();
    });
    capture
}

#[tokio::test]
async fn every_metric_has_its_name_its_unit_and_its_kind() {
    let mut found = BTreeSet::new();
    let limited = Answer::json(PLAIN)
        .header("x-ratelimit-remaining-requests", "1")
        .header("x-ratelimit-limit-requests", "2");
    let url = "https://api.openai.com/v1/chat/completions";
    let (limits, _) = recorded(plain(), "POST", url, "{}", limited).await;
    for metrics in [everything().metrics(), limits.metrics()] {
        for metric in &metrics.metrics {
            let kind = match &metric.data {
                MetricData::Sum { monotonic: true, .. } => "counter",
                MetricData::Sum { monotonic: false, .. } => "up-down counter",
                MetricData::Gauge { .. } => "gauge",
                MetricData::Histogram { bounds, .. } => {
                    let expected = match &*metric.unit {
                        "s" if metric.name.starts_with("telemetry.gen_ai.job") => None,
                        "s" => Some(SECONDS),
                        "{token}" => Some(TOKENS),
                        _ => None,
                    };
                    if let Some(expected) = expected {
                        assert_eq!(**bounds, *expected, "{}", metric.name);
                    }
                    "histogram"
                }
                other => panic!("{}: {other:?}", metric.name),
            };
            if metric.scope.name() == "telemetry-ai" && metric.data.points() > 0 {
                assert!(!metric.description.is_empty(), "{}", metric.name);
                found.insert((metric.name.to_string(), metric.unit.to_string(), kind));
            }
        }
    }
    let expected: BTreeSet<_> = METRICS
        .iter()
        .map(|(name, unit, kind)| ((*name).to_owned(), (*unit).to_owned(), *kind))
        .collect();
    assert_eq!(found, expected);
}

#[test]
fn every_attribute_is_the_conventions_or_ours() {
    let capture = everything();
    let metrics = capture.metrics();
    let labels = metrics.metrics.iter().flat_map(|metric| {
        let sets: Vec<_> = match &metric.data {
            MetricData::Sum { points, .. } | MetricData::Gauge { points } => {
                points.iter().map(|point| &point.attributes).collect()
            }
            MetricData::Histogram { points, .. } => {
                points.iter().map(|point| &point.attributes).collect()
            }
            other => panic!("{other:?}"),
        };
        sets.into_iter().flat_map(|set| set.iter()).map(|(key, _)| key.to_string())
    });
    let spans = capture.spans();
    let on_spans =
        spans.iter().flat_map(|span| span.attributes.iter()).map(|(key, _)| key.to_string());
    let keys: BTreeSet<String> = labels.chain(on_spans).collect();
    assert!(keys.len() > 55, "{keys:?}");
    for key in keys {
        let known = ATTRIBUTES.contains(&&*key) || key.starts_with("telemetry.");
        assert!(known, "{key} is nobody's");
    }
}

#[tokio::test]
async fn what_a_request_refers_to_is_told() {
    for (url, body, expected) in [
        (
            "https://api.openai.com/v1/responses",
            r#"{"model":"gpt-5.1","input":"x","previous_response_id":"resp_0","conversation":"conv_1"}"#,
            &[
                ("gen_ai.request.previous_response.id", "resp_0"),
                ("gen_ai.conversation.id", "conv_1"),
            ][..],
        ),
        (
            "https://api.openai.com/v1/responses",
            r#"{"model":"gpt-5.1","input":"x","conversation":{"id":"conv_2"}}"#,
            &[("gen_ai.conversation.id", "conv_2"), ("gen_ai.request.previous_response.id", "-")],
        ),
        (
            "https://generativelanguage.googleapis.com/v1beta/interactions",
            r#"{"model":"gemini-2.5-pro","input":"x","previous_interaction_id":"int_0"}"#,
            &[("gen_ai.request.previous_response.id", "int_0")],
        ),
        (
            "https://api.openai.com/v1/embeddings",
            r#"{"model":"text-embedding-3-small","input":"x","encoding_format":"base64"}"#,
            &[("gen_ai.request.encoding_formats", r#"["base64"]"#)],
        ),
        (
            "https://api.cohere.com/v2/embed",
            r#"{"model":"embed-v4.0","texts":["x"],"embedding_types":["float","int8"]}"#,
            &[("gen_ai.request.encoding_formats", r#"["float","int8"]"#)],
        ),
        (
            "https://bedrock-runtime.us-east-1.amazonaws.com/model/anthropic.claude-x/converse",
            r#"{"messages":[],"guardrailConfig":{"guardrailIdentifier":"sgi5gkybzqak","guardrailVersion":"1"}}"#,
            &[("aws.bedrock.guardrail.id", "sgi5gkybzqak")],
        ),
        (
            "https://api.openai.com/v1/chat/completions",
            r#"{"model":"gpt-4o","previous_response_id":7,"messages":[]}"#,
            &[
                ("gen_ai.request.previous_response.id", "-"),
                ("gen_ai.conversation.id", "-"),
                ("gen_ai.request.encoding_formats", "-"),
            ],
        ),
    ] {
        let (_, spans) = recorded(plain(), "POST", url, body, Answer::json("{}")).await;
        for (key, value) in expected {
            let found = spans[0].attribute(key).map(ToString::to_string);
            assert_eq!(found.as_deref().unwrap_or("-"), *value, "{key} of {body}");
        }
    }
}

/// Is set in the process that is asked.
const ASKED: &str = "TELEMETRY_TEST_CONVENTIONS";
const TEST: &str =
    "names_and_units_are_the_conventions::the_environment_chooses_where_the_program_does_not";

#[test]
fn the_environment_chooses_where_the_program_does_not() {
    if std::env::var(ASKED).is_ok() {
        let capture = Capture::start();
        capture.run(|| Call::builder(Operation::CHAT, Provider::OPENAI).start().end());
        let metrics = capture.metrics();
        let emitted = |name| metrics.histogram(name, &[]).is_some();
        println!(
            "newest {} older {}",
            emitted("gen_ai.client.inference.duration"),
            emitted("gen_ai.client.operation.duration")
        );
        return;
    }
    for (value, expected) in [
        (None, "newest true older false"),
        (Some(""), "newest true older false"),
        (Some("gen_ai_latest_experimental"), "newest true older false"),
        (Some("http/dup,gen_ai/v1.36"), "newest false older true"),
        (Some("gen_ai/dup"), "newest true older true"),
    ] {
        let mut other = Command::new(std::env::current_exe().unwrap());
        other.args([TEST, "--exact", "--nocapture"]).env(ASKED, "1");
        other.env_remove("OTEL_SEMCONV_STABILITY_OPT_IN");
        if let Some(value) = value {
            other.env("OTEL_SEMCONV_STABILITY_OPT_IN", value);
        }
        let output = other.output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success() && said.contains(expected), "{value:?}: {said}");
    }
}

/// The prices are facts from two tables, each under a licence that wants to be named.
#[test]
fn both_licences_of_the_price_table_are_in_the_notice() {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
    let notice = std::fs::read_to_string(format!("{root}/NOTICE")).unwrap();
    for words in [
        "MIT License",
        "Copyright (c) 2023 Berri AI",
        "Copyright (c) Pydantic Services Inc.",
        "The above copyright notice and this permission notice shall be included in all",
    ] {
        assert!(notice.contains(words), "{words}");
    }
    // What a call's cost says that it is from is what the table's head says.
    let table =
        std::fs::read_to_string(format!("{root}/telemetry-ai/src/price/table.txt")).unwrap();
    let head: Vec<&str> = table.lines().take_while(|line| line.starts_with('#')).collect();
    let version = telemetry_ai::PriceTable::builtin().version().to_owned();
    for (part, source) in version.split('+').zip(["litellm", "genai-prices"]) {
        let (name, number) = part.split_once('@').unwrap();
        assert_eq!(name, source);
        let line = head.iter().find(|line| line.contains(&format!("{source} {number} "))).unwrap();
        let hash = line.rsplit(' ').next().unwrap();
        assert!(hash.len() == 64 && hash.bytes().all(|byte| byte.is_ascii_hexdigit()), "{line}");
    }
    let day = version.rsplit('+').next().unwrap();
    assert!(head.contains(&&*format!("# read {day}")), "{version}");
}

#[test]
fn an_agent_has_a_version() {
    let capture = Capture::start();
    capture.run(|| Invocation::agent("a").agent_version("2026-11-01").in_scope(|| ()));
    assert_attribute!(capture.spans()[0], "gen_ai.agent.version", "2026-11-01");
}
