//! Answers of AI providers.

#![no_main]

use libfuzzer_sys::fuzz_target;
use telemetry_ai::{Call, Operation, Provider};

type Read = fn(&mut Call, &[u8]);

const READS: [Read; 4] =
    [Call::read_json, Call::read_events, Call::read_lines, Call::read_event_stream];

const PROVIDERS: [Provider; 8] = [
    Provider::OPENAI,
    Provider::ANTHROPIC,
    Provider::GEMINI,
    Provider::OLLAMA,
    Provider::REPLICATE,
    Provider::AWS_BEDROCK,
    Provider::COHERE,
    Provider::FAL_AI,
];

/// What is told of a call whose response comes in pieces of this size.
fn told(provider: Provider, read: Read, bytes: &[u8], size: usize) -> String {
    let mut call = Call::builder(Operation::CHAT, provider).model("m").streaming(true).start();
    bytes.chunks(size.max(1)).for_each(|piece| read(&mut call, piece));
    format!("{:?}", call.end())
}

fuzz_target!(|input: (u8, u8, u8, &[u8])| {
    let (provider, read, size, bytes) = input;
    let provider = PROVIDERS[usize::from(provider) % PROVIDERS.len()].clone();
    let read = READS[usize::from(read) % READS.len()];
    let whole = told(provider.clone(), read, bytes, usize::MAX);
    assert_eq!(told(provider, read, bytes, usize::from(size)), whole);
});
