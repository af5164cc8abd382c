//! Streams of every framing, mutated at random for as long as `TELEMETRY_FUZZ_SECONDS` says (by
//! default a second). What a run prints, the number of executions and the seed, tells what it was
//! worth.
//!
//! Whatever the bytes are, reading them never panics, and any two ways of cutting them end in the
//! same span.

use std::time::{Duration, Instant};

use telemetry_ai::{Call, Operation, Provider};
use telemetry_core::testing::Capture;

use crate::provider::{PLAIN, STREAM};

type Read = fn(&mut Call, &[u8]);

/// SplitMix64 (<https://prng.di.unimi.it/splitmix64.c>).
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ mixed >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ mixed >> 31) % bound.max(1) as u64).unwrap()
    }

    fn mutate(&mut self, bytes: &[u8]) -> Vec<u8> {
        const TOKENS: [&[u8]; 14] = [
            b"\"",
            b"\\",
            b"{",
            b"}",
            b"[",
            b"]",
            b",",
            b"\n\n",
            b"\r",
            b"data: ",
            b"null",
            b"-1",
            b"1e999",
            &[0xff, 0, 0, 16],
        ];
        let mut bytes = bytes.to_vec();
        for _ in 0..self.below(6) {
            let (one, two) = (self.below(bytes.len() + 1), self.below(bytes.len() + 1));
            let (begin, end) = (one.min(two), one.max(two));
            match self.below(6) {
                0 => drop(
                    bytes.splice(begin..begin, TOKENS[self.below(TOKENS.len())].iter().copied()),
                ),
                1 => drop(bytes.splice(
                    begin..end.min(begin + 8),
                    TOKENS[self.below(TOKENS.len())].iter().copied(),
                )),
                2 => bytes.truncate(end),
                3 => {
                    let again = bytes[begin..end].to_vec();
                    bytes.extend(again);
                }
                4 => {
                    if let Some(byte) = bytes.get_mut(begin) {
                        *byte ^= 1 << self.below(8);
                    }
                }
                _ => drop(bytes.drain(begin..end)),
            }
        }
        bytes
    }
}

fn corpus() -> Vec<(Provider, Read, Vec<u8>)> {
    let lines = "{\"model\":\"m\",\"message\":{\"content\":\"hé\"},\"done\":false}\n{\"model\":\"m\",\"done\":true,\"done_reason\":\"stop\",\"prompt_eval_count\":26,\"eval_count\":298,\"total_duration\":5}\n";
    let message = "data: {\"type\":\"message_start\",\"message\":{\"id\":\"msg_1\",\"usage\":{\"input_tokens\":25,\"cache_read_input_tokens\":7,\"output_tokens\":1}}}\n\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"},\"usage\":{\"output_tokens\":15}}\n\ndata: {\"type\":\"message_stop\"}\n\n";
    let gemini = "[{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"a\"}]}}],\"usageMetadata\":{\"promptTokenCount\":9}},{\"candidates\":[{\"finishReason\":\"STOP\"}],\"usageMetadata\":{\"promptTokenCount\":9,\"thoughtsTokenCount\":3}}]";
    let replicate = "{\"id\":\"abc\",\"status\":\"succeeded\",\"started_at\":\"2026-01-01T00:00:02.5Z\",\"completed_at\":\"2026-01-01T00:00:05Z\",\"metrics\":{\"predict_time\":2.75,\"other\":1e3}}";
    let mut binary = Vec::new();
    for payload in [
        "{\"stopReason\":\"end_turn\"}",
        "{\"usage\":{\"inputTokens\":10,\"outputTokens\":5}}",
        "{\"bytes\":\"eyJ0eXBlIjoibWVzc2FnZV9zdG9wIn0=\"}",
    ] {
        binary.extend(crate::every_provider::event("metadata", payload));
    }
    vec![
        (Provider::OPENAI, Call::read_json as Read, PLAIN.into()),
        (Provider::OPENAI, Call::read_events, STREAM.concat().into()),
        (Provider::ANTHROPIC, Call::read_events, message.into()),
        (Provider::GEMINI, Call::read_json, gemini.into()),
        (Provider::OLLAMA, Call::read_lines, lines.into()),
        (Provider::REPLICATE, Call::read_json, replicate.into()),
        (Provider::AWS_BEDROCK, Call::read_event_stream, binary),
    ]
}

/// What is told of a call whose response is read in pieces of these sizes.
fn told(
    capture: &Capture,
    provider: &Provider,
    read: Read,
    bytes: &[u8],
    sizes: &mut dyn FnMut() -> usize,
) -> String {
    let mut call = capture.run(|| {
        Call::builder(Operation::CHAT, provider.clone()).model("m").streaming(true).start()
    });
    let mut rest = bytes;
    while !rest.is_empty() {
        let (piece, after) = rest.split_at(sizes().clamp(1, rest.len()));
        read(&mut call, piece);
        rest = after;
    }
    let cost = call.end();
    format!("{cost:?}")
}

#[test]
fn no_stream_makes_it_panic_and_any_cut_tells_the_same() {
    let seconds = std::env::var("TELEMETRY_FUZZ_SECONDS").ok().and_then(|text| text.parse().ok());
    let seed = std::env::var("TELEMETRY_FUZZ_SEED").ok().and_then(|text| text.parse().ok());
    // Chance is for those who ask for it: without a duration, every run tries the same.
    let chance = || if seconds.is_some() { u64::from(std::process::id()) } else { 1 };
    let seed = seed.unwrap_or_else(chance);
    let until = Instant::now() + Duration::from_secs(seconds.unwrap_or(1));
    let (mut random, mut executions) = (Random(seed), 0_u64);
    let corpus = corpus();
    let mut capture = Capture::start();
    // At least one round, however slow the machine is.
    while executions == 0 || Instant::now() < until {
        if executions % 1_400 == 0 {
            // Metrics and records of another thousand calls.
            capture = Capture::start();
        }
        for (provider, read, bytes) in &corpus {
            let mutated = random.mutate(bytes);
            let whole = told(&capture, provider, *read, &mutated, &mut || usize::MAX);
            let cut = told(&capture, provider, *read, &mutated, &mut || 1 + random.below(40));
            assert_eq!(
                whole,
                cut,
                "seed {seed}, {provider}: {:?}",
                String::from_utf8_lossy(&mutated)
            );
            executions += 1;
        }
    }
    println!("streams: {executions} executions, seed {seed}");
}

/// Half of ten thousand streams are dropped at a random byte: each ends once, and what all cost is
/// the sum of what each cost.
#[test]
fn dropped_streams_are_counted_once_and_their_cost_adds_up_exactly() {
    const CALLS: u32 = 10_000;
    let stream = STREAM.concat();
    let (capture, mut random) = (Capture::start(), Random(17));
    let mut handles = Vec::new();
    capture.run(|| {
        for number in 0..CALLS {
            let mut call = Call::builder(Operation::CHAT, Provider::OPENAI)
                .model("gpt-4o")
                .streaming(true)
                .start();
            handles.push(call.cost_handle());
            let dropped = number % 2 == 0;
            let end = if dropped { random.below(stream.len()) } else { stream.len() };
            for piece in stream.as_bytes()[..end].chunks(97) {
                call.read_events(piece);
            }
            if !dropped {
                call.end();
            }
        }
    });
    let costs: Vec<_> = handles.iter().map(|handle| handle.cost().unwrap()).collect();
    let sum: telemetry_ai::Decimal = costs.iter().filter_map(|cost| cost.amount()).sum();
    let rows = capture.run(telemetry_ai::spend);
    assert_eq!(rows.iter().map(|row| row.calls).sum::<u64>(), u64::from(CALLS));
    assert_eq!(rows.iter().map(|row| row.cost).sum::<telemetry_ai::Decimal>(), sum);
    let metrics = capture.metrics();
    assert_eq!(metrics.sum("telemetry.gen_ai.requests", &[]), f64::from(CALLS));
    let durations = match &metrics.metric("gen_ai.client.inference.duration").unwrap().data {
        telemetry_core::MetricData::Histogram { points, .. } => {
            points.iter().map(|point| point.count()).sum::<u64>()
        }
        other => panic!("{other:?}"),
    };
    assert_eq!(durations, u64::from(CALLS));
    let exact = costs.iter().filter(|cost| cost.status() == telemetry_ai::CostStatus::Exact);
    assert!(exact.count() >= CALLS as usize / 2);
    capture.assert_ledger_balances();
}
