//! Secrets that come with a request, are asked of the model or are answered by it, looked for in
//! everything that telemetry gives away.

use std::fs;
use std::sync::LazyLock;

use serde_json::json;
use telemetry_tests::demo::Service;
use telemetry_tests::wire::{self, Request};
use telemetry_tests::{Behaviour, OtlpReceiver, Relay, TemporaryDirectory, Upstream};

const TOKEN: &str = "s3cret-of-the-query";
const AUTHORIZATION: &str = "s3cret-of-the-authorization";
const COOKIE: &str = "s3cret-of-the-cookie";
const API_KEY: &str = "s3cret-of-the-api-key";
const PROMPT: &str = "s3cret of the prompt";
const ANSWER: &str = "s3cret of the answer";
/// What the service itself authenticates with.
const PROVIDER_KEY: &str = "sk-demo";

/// Everything that telemetry has given away, by the way it took.
struct Ways {
    ways: Vec<(&'static str, Vec<u8>)>,
}

static WAYS: LazyLock<Ways> = LazyLock::new(Ways::all);

impl Ways {
    fn all() -> Self {
        let folder = TemporaryDirectory::create();
        let file = folder.file("telemetry.jsonl");
        let mut ways = Self::of("tree", &[("TELEMETRY_FILE", &file.display().to_string())]);
        ways.push(("the file", fs::read(&file).unwrap()));
        // Without a place for its lines, they go to standard output.
        let json = Self::of("json", &[]).into_iter().find(|(way, _)| *way == "standard output");
        ways.push(("JSON on standard output", json.unwrap().1));
        Self { ways }
    }

    fn of(console: &str, environment: &[(&str, &str)]) -> Vec<(&'static str, Vec<u8>)> {
        let receiver = OtlpReceiver::start();
        let relay = Relay::to(receiver.address());
        let upstream = Upstream::start(Behaviour::Says(ANSWER));
        let endpoint = relay.endpoint();
        let mut settings = vec![
            ("OTEL_EXPORTER_OTLP_ENDPOINT", &*endpoint),
            ("OTEL_LOG_LEVEL", "trace"),
            ("TELEMETRY_CONSOLE", console),
        ];
        settings.extend(environment);
        let service = Service::start_with(&upstream.endpoint(), &[], &settings);
        for request in requests() {
            let answer = request.send(service.address()).unwrap();
            assert!(answer.complete, "{answer:?}");
        }
        let page = service.metrics();
        let ended = service.stop();
        assert!(ended.status.success(), "{ended:#?}");
        assert!(upstream.asked().concat().contains(PROMPT), "the model wasn't asked");
        vec![
            ("OTLP, decoded", receiver.received().text.into_bytes()),
            ("OTLP, on the wire", relay.sent().concat()),
            ("/metrics", page.into_bytes()),
            ("standard output", ended.output.join("\n").into_bytes()),
            ("standard error", ended.errors.join("\n").into_bytes()),
        ]
    }
}

fn requests() -> Vec<Request> {
    let with_secrets = |request: Request| {
        request
            .header("authorization", &format!("Bearer {AUTHORIZATION}"))
            .header("cookie", &format!("session={COOKIE}"))
            .header("x-api-key", API_KEY)
            .header("x-tenant-id", "acme")
    };
    let requests = [
        Request::get(&format!("/tickets?status=open&access_token={TOKEN}&page=1")),
        Request::get(&format!("/nowhere?api_key={API_KEY}&password={TOKEN}")),
        // One whose query fails at a value that isn't what it should be.
        Request::get("/customers/22/invoices"),
        Request::post("/tickets", &json!({ "customer": 3, "subject": PROMPT })),
        Request::new("POST", &format!("/tickets/17/reply?sig={TOKEN}"))
            .header("content-length", "0"),
    ];
    requests.map(with_secrets).into()
}

#[test]
fn no_secret_is_in_anything_that_telemetry_gives_away() {
    for (way, given) in &WAYS.ways {
        for secret in
            [TOKEN, AUTHORIZATION, COOKIE, API_KEY, PROMPT, ANSWER, PROVIDER_KEY, "s3cret"]
        {
            let lines = given.split(|byte| *byte == b'\n');
            let mut found = lines.filter(|line| wire::contains(line, secret.as_bytes()));
            let first = found.next().map(String::from_utf8_lossy);
            assert_eq!(first, None, "{secret} by {way}");
        }
    }
}

#[test]
fn each_way_has_told_of_the_requests_that_had_the_secrets() {
    for (way, given) in &WAYS.ways {
        let text = String::from_utf8_lossy(given);
        if *way == "standard output" {
            assert_eq!(text, "", "records have other places");
            continue;
        }
        assert!(text.contains("/tickets"), "{way}: {text}");
    }
    let decoded = String::from_utf8_lossy(&WAYS.ways[0].1);
    assert!(decoded.contains("status=open&access_token=REDACTED&page=1"), "{decoded}");
    assert!(decoded.contains("chat gpt-4o"), "{decoded}");
}
