//! Headers from strangers, mutated at random for as long as `TELEMETRY_FUZZ_SECONDS` says (by default
//! a second). What a run prints, the number of executions and the seed, tells what it was worth.

use std::time::{Duration, Instant};

use telemetry_core::propagation::{self, HeaderGet, Propagator};
use telemetry_core::testing::Capture;
use telemetry_core::{Context, redact};

use crate::support::{Headers, builder, injected};

/// Names, and a value that is well-formed.
const CORPUS: [(&str, &str); 10] = [
    ("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"),
    ("tracestate", "rojo=00f067aa0ba902b7,congo=t61rcWkgMzE,tenant@vendor=1"),
    ("baggage", "userId=Am%C3%A9lie;ttl=60;public,serverNode=DF%2028,isProduction=false"),
    ("b3", "80f198ee56343ba864fe8b2a57d3eff7-e457b5a2e4d86bd1-d-05e3ac9a4f6e3b90"),
    ("x-b3-traceid", "80f198ee56343ba864fe8b2a57d3eff7"),
    ("x-b3-spanid", "e457b5a2e4d86bd1"),
    ("x-b3-sampled", "1"),
    ("uber-trace-id", "80f198ee56343ba864fe8b2a57d3eff7:e457b5a2e4d86bd1:0:3"),
    ("uberctx-tenant.id", "acme%20corp"),
    ("x-trace-id", "80f198ee-5634-3ba8-64fe-8b2a57d3eff7"),
];

/// What parsers look for, and what they don't expect.
const TOKENS: [&str; 24] = [
    "-",
    "=",
    ",",
    ";",
    ":",
    "%",
    "%zz",
    "%F",
    "%C3%A9",
    "\t",
    " ",
    "0",
    "ff",
    "FF",
    "d",
    "\u{0}",
    "ü",
    "\u{10ffff}",
    "00-",
    "@",
    "\"",
    "uberctx-",
    "0000000000000000",
    "password=",
];

/// SplitMix64 (<https://prng.di.unimi.it/splitmix64.c>).
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ mixed >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ mixed >> 31) % bound.max(1) as u64) as usize
    }

    /// A place between two characters.
    fn place(&mut self, text: &str) -> usize {
        text.floor_char_boundary(self.below(text.len() + 1))
    }

    fn mutate(&mut self, text: &str) -> String {
        let mut text = text.to_owned();
        for _ in 0..self.below(6) {
            let (one, two) = (self.place(&text), self.place(&text));
            let (begin, end) = (one.min(two), one.max(two));
            match self.below(7) {
                0 => text.insert_str(begin, TOKENS[self.below(TOKENS.len())]),
                1 => text.replace_range(begin..end, TOKENS[self.below(TOKENS.len())]),
                2 => text.truncate(begin),
                3 => text = text[begin..end].repeat(1 + self.below(40)),
                4 => text = format!("{text}{}", &text[begin..end]),
                5 => text.insert(begin, char::from(self.below(128) as u8)),
                _ => text.push_str(CORPUS[self.below(CORPUS.len())].1),
            }
        }
        text
    }

    fn headers(&mut self) -> Headers {
        let mut lines = Vec::new();
        for (name, value) in CORPUS {
            if self.below(3) > 0 {
                let name = if self.below(20) == 0 { self.mutate(name) } else { name.to_owned() };
                lines.push((name, self.mutate(value)));
            }
        }
        let lines: Vec<_> =
            lines.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        Headers::of(&lines)
    }
}

/// How long to go on, and whether there is time left.
fn deadline() -> Instant {
    let seconds = std::env::var("TELEMETRY_FUZZ_SECONDS").ok().and_then(|text| text.parse().ok());
    Instant::now() + Duration::from_secs(seconds.unwrap_or(1))
}

/// A seed that no other run has where there is time to look for what nobody has found, else the same one:
/// what fails then was broken by what was changed.
fn seed() -> u64 {
    match std::env::var_os("TELEMETRY_FUZZ_SECONDS") {
        Some(_) => std::time::UNIX_EPOCH.elapsed().map_or(1, |since| since.as_nanos() as u64),
        None => 1,
    }
}

/// What holds of everything that is written.
fn check(came: &Headers, written: &Headers) {
    for (name, value) in written.lines() {
        let sound = value.bytes().all(|byte| matches!(byte, 0x20..=0x7e));
        assert!(sound, "{name}: {value:?} of {came:?}");
        assert!(name.bytes().all(|byte| byte.is_ascii_graphic()), "{name:?} of {came:?}");
    }
    let length = |name: &str| written.header(name).map_or(0, str::len);
    assert!(length("baggage") <= 8192, "{came:?}");
    assert!(length("tracestate") <= 512, "{came:?}");
    assert!(matches!(length("traceparent"), 0 | 55), "{came:?}");
    assert!(
        length("b3") <= 51 && length("uber-trace-id") <= 53 && length("x-trace-id") <= 32,
        "{came:?}"
    );
}

#[test]
fn whatever_comes_what_goes_out_is_sound_and_comes_back_the_same() {
    let all = [
        Propagator::TraceContext,
        Propagator::Baggage,
        Propagator::B3,
        Propagator::B3Multi,
        Propagator::Jaeger,
        Propagator::trace_id_header("x-trace-id"),
    ];
    let alone = all.clone().map(|propagator| Capture::with(builder([propagator])));
    let together = Capture::with(builder(all));
    let (seed, deadline) = (seed(), deadline());
    let mut random = Random(seed);
    let (mut executions, mut parents, mut with_baggage) = (0_u64, 0_u64, 0_u64);
    while !executions.is_multiple_of(64) || Instant::now() < deadline {
        let headers = random.headers();
        let capture = alone.get(random.below(alone.len() + 1)).unwrap_or(&together);
        capture.run(|| {
            let context = propagation::extract(&headers);
            parents += u64::from(context.span_context().is_some());
            with_baggage += u64::from(!context.baggage().is_empty());
            let written = injected(&context);
            check(&headers, &written);
            let again = propagation::extract(&written);
            assert_eq!(injected(&again).lines(), written.lines(), "seed {seed}: {headers:?}");
            assert_eq!(again.trace_id(), context.trace_id(), "seed {seed}: {headers:?}");
            for (key, value) in again.baggage().iter() {
                let same = context.baggage().get(key).or_else(|| find_without_case(&context, key));
                assert_eq!(same, Some(value), "seed {seed}: {headers:?}");
            }
        });
        executions += 1;
    }
    println!(
        "propagation: {executions} executions, {parents} with a parent, {with_baggage} with baggage, seed {seed}"
    );
    assert!(parents > 0 && with_baggage > 0, "nothing valid was tried");
}

/// Jaeger's baggage loses its case.
fn find_without_case<'a>(context: &'a Context, key: &str) -> Option<&'a str> {
    let mut entries = context.baggage().iter();
    entries.find_map(|(known, value)| known.eq_ignore_ascii_case(key).then_some(value))
}

#[test]
fn whatever_text_comes_redaction_is_bounded_settled_and_takes_the_planted_secret() {
    const SECRET: &str = "hunter2S3cr3t";
    const PLANTED: [&str; 5] = [
        "password=hunter2S3cr3t",
        "\"api_key\": \"hunter2S3cr3t\"",
        "Authorization: Bearer hunter2S3cr3t",
        "postgres://app:hunter2S3cr3t@db/shop",
        "?sig=hunter2S3cr3t",
    ];
    let (seed, deadline) = (seed(), deadline());
    let mut random = Random(seed);
    let mut executions = 0_u64;
    while !executions.is_multiple_of(64) || Instant::now() < deadline {
        let (before, after) = (random.mutate("can't read "), random.mutate(" of the order"));
        let planted = PLANTED[random.below(PLANTED.len())];
        // Between words of its own, else what comes before is another name.
        let text = format!("{before}\n{planted} {after}");
        let redacted = redact::text(&text, 4096).into_owned();
        assert!(redacted.len() <= 4096, "seed {seed}: {text:?}");
        assert!(!redacted.contains(SECRET), "seed {seed}: {text:?} became {redacted:?}");
        // A text that is cut may be cut in a mask.
        if text.len() <= 4096 {
            let again = redact::text(&redacted, 4096).into_owned();
            assert_eq!(again, redacted, "seed {seed}: {text:?}");
        }
        executions += 1;
    }
    println!("redaction: {executions} executions, seed {seed}");
}
