use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;

use serde_json::Value;

use crate::otlp::{Line, Log, Point, Span};
use crate::{Process, TemporaryDirectory, environment, wire};

/// An OTLP/HTTP receiver that decodes with OpenTelemetry's own Python classes.
///
/// What it has acknowledged can be read at once; what it can't decode in full it refuses.
#[derive(Debug)]
pub struct OtlpReceiver {
    // Dropped before the folder that it writes into.
    process: Process,
    address: SocketAddr,
    folder: TemporaryDirectory,
}

/// All that a receiver has decoded.
#[derive(Debug, Default)]
pub struct Received {
    /// Spans in the order in which they came.
    pub spans: Vec<Span>,
    /// Log records and events in the order in which they came.
    pub logs: Vec<Log>,
    /// Points of metrics in the order in which they came.
    pub points: Vec<Point>,
    /// All of it as it was written down.
    pub text: String,
}

/// A test that is killed leaves no receiver behind for longer than this.
const LONGEST_LIFE_SECONDS: &str = "900";

impl OtlpReceiver {
    /// A receiver at a free port.
    pub fn start() -> Self {
        let folder = TemporaryDirectory::create();
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("support-python/otlp_receiver.py");
        let mut command = environment::python();
        command.arg(script).arg("--out").arg(folder.file("received.jsonl"));
        command.args(["--max-seconds", LONGEST_LIFE_SECONDS]);
        let process = Process::start(&mut command);
        let port = process.line("a port", |line| line.strip_prefix("listening ")?.parse().ok());
        Self { process, address: SocketAddr::from((Ipv4Addr::LOCALHOST, port)), folder }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What `OTEL_EXPORTER_OTLP_ENDPOINT` is set to.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What it has acknowledged.
    ///
    /// # Panics
    ///
    /// When it has refused anything.
    #[track_caller]
    pub fn received(&self) -> Received {
        let counts: Value = serde_json::from_str(&wire::page(self.address, "/counts")).unwrap();
        assert_eq!(counts["refused"], 0, "{}", self.process.told());
        let text = fs::read_to_string(self.folder.file("received.jsonl")).unwrap();
        // It may be in the middle of a line by now.
        let whole = text.rfind('\n').map_or(0, |end| end + 1);
        Received::read(&text[..whole])
    }
}

impl Received {
    fn read(text: &str) -> Self {
        let mut received = Self { text: text.to_owned(), ..Self::default() };
        for line in text.lines() {
            match serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")) {
                Line::Span(span) => received.spans.push(span),
                Line::Log(log) => received.logs.push(log),
                Line::Point(point) => received.points.push(point),
            }
        }
        received
    }

    /// The spans of this kind, such as `SERVER`.
    pub fn spans_of_kind(&self, kind: &str) -> Vec<&Span> {
        self.spans.iter().filter(|span| span.kind == kind).collect()
    }

    /// The points of the last push, which has all metrics.
    pub fn last_points(&self) -> Vec<&Point> {
        let last = self.points.iter().map(|point| point.time).max().unwrap_or_default();
        self.points.iter().filter(|point| point.time == last).collect()
    }
}
