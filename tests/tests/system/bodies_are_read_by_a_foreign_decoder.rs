//! Known requests, sent one by one, and what OpenTelemetry's own Python classes read of them.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::process::Command;

use serde_json::json;
use telemetry_tests::otlp::{Log, Point, Span};
use telemetry_tests::wire::{self, Request};
use telemetry_tests::{
    Behaviour, OtlpReceiver, Process, Received, Relay, Upstream, program, traces,
};

use super::a_demo_under_judgement::now;

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const CALLER: &str = "00f067aa0ba902b7";

/// The conventions' bounds for durations of HTTP requests, in seconds.
const BOUNDS: [f64; 14] =
    [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0];

struct Session {
    began: u64,
    ended: u64,
    received: Received,
    /// What went over the wire, by connection.
    sent: Vec<Vec<u8>>,
    upstream_port: u16,
}

impl Session {
    fn with(compression: &str) -> Self {
        let began = now();
        let receiver = OtlpReceiver::start();
        let relay = Relay::to(receiver.address());
        let upstream = Upstream::start(Behaviour::Says("forty-two"));
        let mut command = Command::new(program("layered-service"));
        command.args(["init", &upstream.endpoint()]);
        command.env("OTEL_EXPORTER_OTLP_ENDPOINT", relay.endpoint());
        command.env("OTEL_EXPORTER_OTLP_COMPRESSION", compression);
        command.env("OTEL_SERVICE_NAME", "a shop: Läden & Söhne");
        let mut service = Process::start(&mut command);
        let address = service
            .line("an address", |line| line.strip_prefix("listening on http://")?.parse().ok());
        send_all(address);
        service.close_input();
        assert!(service.wait().success(), "{}", service.told());
        Self {
            began,
            ended: now(),
            received: receiver.received(),
            sent: relay.sent(),
            upstream_port: upstream.port(),
        }
    }

    fn check(&self) {
        for span in &self.received.spans {
            assert!(self.began <= span.start && span.end <= self.ended, "{span:#?}");
            assert!(span.duplicate_keys.is_empty() && span.dropped_attributes == 0, "{span:#?}");
            assert_eq!(span.resource, self.received.spans[0].resource);
        }
        let resource = &self.received.spans[0].resource;
        for (key, value) in [
            ("service.name", "a shop: Läden & Söhne"),
            ("service.version", env!("CARGO_PKG_VERSION")),
            ("telemetry.sdk.language", "rust"),
        ] {
            assert_eq!(
                resource.get(key).and_then(|value| value.as_str()),
                Some(value),
                "{resource:#?}"
            );
        }
        self.check_traces();
        self.check_event();
        self.check_durations();
        self.check_numbers();
    }

    /// Each request is a trace; the first one belongs to its caller's.
    fn check_traces(&self) {
        let traces = traces(&self.received.spans);
        assert_eq!(traces.len(), 5, "{:#?}", self.received.spans);
        let callers = BTreeSet::from([CALLER.to_owned()]);
        for trace in traces.values() {
            assert_eq!(trace.problems(&callers), Vec::<String>::new());
        }
        let called = &traces[TRACE];
        let root = called.roots()[0];
        assert_eq!((&*root.parent_span_id, root.has_remote_parent()), (CALLER, true));
        assert_eq!(root.flags & 1, 1);
        let query = called.children(root)[0];
        assert_eq!((&*query.name, &*query.kind), ("SELECT items", "CLIENT"));
        assert_eq!(query.scope.name, "telemetry-db");
        assert!(!query.has_remote_parent());

        let root = self.root("GET /items/{id}", "200");
        assert_eq!((&*root.kind, &*root.status.code), ("SERVER", "UNSET"));
        assert_eq!(root.scope.name, "telemetry-http");
        assert_eq!(root.scope.version, env!("CARGO_PKG_VERSION"));
        for (key, value) in [
            ("http.request.method", json!("GET")),
            ("http.route", json!("/items/{id}")),
            ("http.response.status_code", json!(200)),
            ("url.path", json!("/items/1")),
            ("url.scheme", json!("http")),
            ("url.query", json!("colour=blue")),
            ("network.protocol.version", json!("1.1")),
            ("server.address", json!("127.0.0.1")),
            ("request.id", json!("caller-7")),
        ] {
            assert_eq!(root.attributes.get(key), Some(&value), "{key}");
        }
        let missing = self.root("GET /items/{id}", "404");
        assert_eq!((&*missing.status.code, missing.text("error.type")), ("UNSET", None));
        let failed = self.root("GET /failure", "500");
        assert_eq!((&*failed.status.code, &*failed.status.message), ("ERROR", ""));
        assert_eq!(failed.text("error.type").as_deref(), Some("500"));

        let asked = self.root("POST /ask", "200");
        let call = traces[&*asked.trace_id].children(asked)[0];
        assert_eq!((&*call.name, &*call.kind), ("chat gpt-4o", "CLIENT"));
        assert_eq!(call.scope.name, "telemetry-ai");
        assert_eq!(call.attributes["server.port"], json!(self.upstream_port));
        assert_eq!(call.attributes["gen_ai.usage.input_tokens"], json!(20));
        assert_eq!(call.attributes["gen_ai.response.finish_reasons"], json!(["stop"]));
    }

    fn root(&self, name: &str, status: &str) -> &Span {
        let is_it = |span: &&Span| {
            span.name == name && span.text("http.response.status_code").as_deref() == Some(status)
        };
        let found: Vec<&Span> = self.received.spans.iter().filter(is_it).collect();
        assert_eq!(found.len(), 1, "{name} {status}: {:#?}", self.received.spans);
        found[0]
    }

    fn check_event(&self) {
        let events = self.received.logs.iter().filter(|log| log.event_name == "item.shown");
        let events: Vec<&Log> = events.collect();
        assert_eq!(events.len(), 1, "{:#?}", self.received.logs);
        let (event, root) = (events[0], self.root("GET /items/{id}", "200"));
        assert_eq!((&event.trace_id, &event.span_id), (&root.trace_id, &root.span_id));
        assert!(root.start <= event.time && event.time <= root.end, "{event:#?} in {root:#?}");
        assert!(event.observed_time >= event.time && event.observed_time <= self.ended);
        assert_eq!((event.severity_number, &*event.severity_text), (9, "INFO"));
        assert_eq!(event.attributes["item.name"], json!("anvil"));
        assert_eq!(event.attributes["shelf"], json!(7));
        assert_eq!(event.scope.name, "telemetry-tests");
        assert!(event.duplicate_keys.is_empty());
    }

    fn check_durations(&self) {
        let durations = self.last("http.server.request.duration");
        assert_eq!(durations.len(), 5, "{durations:#?}");
        for point in durations {
            assert_eq!((&*point.kind, &*point.unit), ("histogram", "s"));
            assert_eq!(point.temporality.as_deref(), Some("CUMULATIVE"));
            assert_eq!(point.bounds, BOUNDS);
            assert_eq!((point.buckets.len(), point.count), (BOUNDS.len() + 1, Some(1)));
            assert!(
                self.began <= point.start && point.start < point.time && point.time <= self.ended
            );
            assert!(!point.description.is_empty());
            // The series of one request says the same as its span, and lasts exactly as long.
            let span = self.root(
                &format!(
                    "{} {}",
                    point.label("http.request.method").unwrap(),
                    point.label("http.route").unwrap()
                ),
                &point.label("http.response.status_code").unwrap(),
            );
            let seconds = (span.end - span.start) as f64 / 1e9;
            assert!((point.sum.unwrap() - seconds).abs() < 2e-9, "{point:#?} of {span:#?}");
            let bucket = BOUNDS.iter().filter(|bound| **bound < point.sum.unwrap()).count();
            assert_eq!(point.buckets[bucket], 1, "{point:#?}");
        }
    }

    fn check_numbers(&self) {
        let active = self.last("http.server.active_requests");
        assert!(!active.is_empty());
        for point in active {
            assert_eq!((&*point.kind, &*point.unit), ("sum", "{request}"));
            assert_eq!((point.monotonic, point.value), (Some(false), Some(0.0)), "{point:#?}");
        }
        let queries: u64 =
            self.last("db.client.operation.duration").iter().filter_map(|point| point.count).sum();
        assert_eq!(queries, 2);
        let cost = self.last("telemetry.gen_ai.cost");
        assert_eq!(cost.len(), 1, "{cost:#?}");
        assert_eq!((cost[0].monotonic, &*cost[0].unit), (Some(true), "{USD}"));
        // 20 tokens at 2.50 and 5 at 10 dollars for a million.
        assert!((cost[0].value.unwrap() - 0.0001).abs() < 1e-12, "{cost:#?}");
        let points = self.received.last_points();
        let identities: BTreeSet<String> =
            points.iter().map(|point| format!("{} {:?}", point.name, point.attributes)).collect();
        assert_eq!(identities.len(), points.len(), "a series came twice: {points:#?}");
        assert!(points.iter().all(|point| point.duplicate_keys.is_empty()));
    }

    fn last(&self, name: &str) -> Vec<&Point> {
        let points = self.received.last_points().into_iter();
        points.filter(|point| point.name == name).collect()
    }
}

/// Five requests, one of which has a caller with a trace and a name for it.
fn send_all(address: SocketAddr) {
    let known = Request::get("/items/1?colour=blue")
        .header("traceparent", &format!("00-{TRACE}-{CALLER}-01"))
        .header("x-request-id", "caller-7");
    let asked = Request::post("/ask", &json!({ "question": "How much?" }));
    for (request, status) in [
        (known, 200),
        (Request::get("/items/99"), 404),
        (Request::get("/stream"), 200),
        (Request::get("/failure"), 500),
        (asked, 200),
    ] {
        let answer = request.send(address).unwrap();
        assert_eq!((answer.status, answer.complete), (status, true), "{answer:?}");
        let given = answer.header("x-request-id").unwrap();
        assert!(given == "caller-7" || given.len() == 32, "{answer:?}");
    }
}

#[test]
fn all_three_signals_mean_the_same_to_opentelemetrys_own_classes() {
    let session = Session::with("none");
    session.check();
    for connection in &session.sent {
        assert!(!wire::contains(connection, b"content-encoding"), "it is compressed");
    }
}

#[test]
fn compressed_bodies_mean_the_same_and_are_compressed() {
    let session = Session::with("gzip");
    session.check();
    let all = session.sent.concat();
    let count = |part: &str| {
        let text = String::from_utf8_lossy(&all).to_ascii_lowercase();
        text.matches(part).count()
    };
    let bodies = count("post /v1/");
    assert!(bodies >= 3, "{bodies} bodies");
    assert_eq!(count("content-encoding: gzip\r\n"), bodies);
    assert!(!wire::contains(&all, b"http.route"), "what is compressed can't be read");
}
