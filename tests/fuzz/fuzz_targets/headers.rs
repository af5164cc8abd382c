//! Headers of another process.

#![no_main]

use std::sync::OnceLock;

use libfuzzer_sys::fuzz_target;
use telemetry_core::propagation::{self, HeaderGet, HeaderSet, Propagator, Propagators};
use telemetry_core::{Context, Pipeline};

/// Names that are looked for. Jaeger's baggage has names of its own.
const NAMES: [&str; 9] = [
    "traceparent",
    "tracestate",
    "baggage",
    "b3",
    "x-b3-traceid",
    "x-b3-spanid",
    "x-b3-sampled",
    "uber-trace-id",
    "x-trace-id",
];

#[derive(Debug, Default, PartialEq)]
struct Headers(Vec<(String, String)>);

impl HeaderGet for Headers {
    fn header(&self, name: &str) -> Option<&str> {
        self.0.iter().find_map(|(known, value)| (known == name).then_some(value.as_str()))
    }

    fn for_each_header(&self, show: &mut dyn FnMut(&str, &str)) {
        self.0.iter().for_each(|(name, value)| show(name, value));
    }
}

impl HeaderSet for Headers {
    fn set_header(&mut self, name: &str, value: &str) {
        self.0.retain(|(known, _)| known != name);
        self.0.push((name.to_owned(), value.to_owned()));
    }
}

/// A line for each header: its number, then its value.
fn headers(text: &str) -> Headers {
    let header = |line: &str| {
        let mut characters = line.chars();
        let first = characters.next()?;
        let name = match first.to_digit(10) {
            Some(digit) => (*NAMES.get(digit as usize)?).to_owned(),
            None => format!("uberctx-{first}"),
        };
        Some((name, characters.as_str().to_owned()))
    };
    Headers(text.lines().filter_map(header).collect())
}

fn written(context: &Context) -> Headers {
    let mut headers = Headers::default();
    propagation::inject(context, &mut headers);
    headers
}

fn pipeline() -> &'static Pipeline {
    static PIPELINE: OnceLock<Pipeline> = OnceLock::new();
    PIPELINE.get_or_init(|| {
        let all = [
            Propagator::TraceContext,
            Propagator::Baggage,
            Propagator::B3,
            Propagator::B3Multi,
            Propagator::Jaeger,
            Propagator::trace_id_header("x-trace-id"),
        ];
        let builder = Pipeline::builder().propagators(Propagators::new(all));
        builder.build().expect("a pipeline without sinks starts")
    })
}

fuzz_target!(|text: &str| {
    let came = headers(text);
    pipeline().scoped(|| {
        let context = propagation::extract(&came);
        let out = written(&context);
        for (name, value) in &out.0 {
            assert!(value.bytes().all(|byte| matches!(byte, 0x20..=0x7e)), "{name}: {value:?}");
            assert!(name.bytes().all(|byte| byte.is_ascii_graphic()), "{name:?}");
        }
        let length = |name: &str| out.header(name).map_or(0, str::len);
        assert!(length("baggage") <= 8192 && length("tracestate") <= 512);
        assert!(matches!(length("traceparent"), 0 | 55));
        let again = propagation::extract(&out);
        assert_eq!(again.trace_id(), context.trace_id());
        assert_eq!(written(&again), out);
    });
});
