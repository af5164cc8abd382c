//! One small service without layers, with layers that nobody has given a pipeline, and with telemetry
//! disabled by the environment: from outside the three can't be told apart.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::process::Command;

use serde_json::json;
use telemetry_tests::wire::{Answer, Request};
use telemetry_tests::{
    Behaviour, OtlpReceiver, Process, Upstream, listening_ports, program, thread_names,
};

/// All that can be seen of a service from outside.
#[derive(Debug)]
struct Seen {
    answers: Vec<Answer>,
    /// What the service asked the model, heads and bodies.
    asked: Vec<String>,
    port: u16,
    ports: BTreeSet<u16>,
    threads: Vec<String>,
    output: Vec<String>,
    errors: Vec<String>,
}

impl Seen {
    fn of(mode: &str, environment: &[(&str, &str)]) -> Self {
        let upstream = Upstream::start(Behaviour::Says("forty-two"));
        let mut command = Command::new(program("layered-service"));
        command.args([mode, &upstream.endpoint()]).envs(environment.iter().copied());
        let mut service = Process::start(&mut command);
        let address: SocketAddr = service
            .line("an address", |line| line.strip_prefix("listening on http://")?.parse().ok());
        let answers = requests().into_iter().map(|request| {
            let mut answer = request.send(address).unwrap();
            answer.headers.retain(|(name, _)| !name.eq_ignore_ascii_case("date"));
            answer
        });
        let answers = answers.collect();
        let (ports, threads) = (listening_ports(service.id()), thread_names(service.id()));
        service.close_input();
        assert!(service.wait().success(), "{}", service.told());
        let asked = upstream.asked().into_iter();
        Self {
            answers,
            // Each upstream has a port of its own.
            asked: asked.map(|one| one.replace(&upstream.port().to_string(), "PORT")).collect(),
            port: address.port(),
            ports,
            threads,
            output: service.output().all(),
            errors: service.errors().all(),
        }
    }

    /// Those of its threads that are neither the program's nor tokio's nor sqlx's.
    fn telemetry_threads(&self) -> Vec<&String> {
        self.threads.iter().filter(|name| name.starts_with("telemetry")).collect()
    }
}

fn requests() -> Vec<Request> {
    vec![
        Request::get("/items/1"),
        Request::get("/items/1").header("x-request-id", "caller-7"),
        Request::get("/items/2")
            .header("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
            .header("baggage", "tenant.id=acme"),
        Request::get("/items/99"),
        Request::get("/items/none"),
        Request::get("/stream"),
        Request::get("/failure"),
        Request::new("HEAD", "/failure"),
        Request::new("DELETE", "/items/1"),
        Request::get("/nowhere?token=abc"),
        Request::post("/ask", &json!({ "question": "How much?" }))
            .header("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"),
    ]
}

#[track_caller]
fn assert_absent(seen: &Seen, bare: &Seen) {
    assert_eq!(seen.answers, bare.answers);
    assert_eq!(seen.asked, bare.asked);
    assert_eq!(seen.ports, BTreeSet::from([seen.port]));
    assert_eq!(seen.telemetry_threads(), Vec::<&String>::new());
    assert_eq!(
        seen.threads.len(),
        bare.threads.len(),
        "{:?} beside {:?}",
        seen.threads,
        bare.threads
    );
    // Where it listens.
    assert_eq!(seen.output.len(), 1, "{:?}", seen.output);
}

#[test]
fn a_service_that_never_calls_init_behaves_as_if_the_layers_were_not_there() {
    let (bare, layers) = (Seen::of("bare", &[]), Seen::of("layers", &[]));
    assert_absent(&bare, &bare);
    assert_absent(&layers, &bare);
    assert_eq!(layers.errors, Vec::<String>::new());
}

#[test]
fn a_service_whose_telemetry_is_disabled_behaves_as_if_the_layers_were_not_there() {
    let receiver = OtlpReceiver::start();
    let bare = Seen::of("bare", &[]);
    let disabled = Seen::of(
        "init",
        &[("OTEL_SDK_DISABLED", "true"), ("OTEL_EXPORTER_OTLP_ENDPOINT", &receiver.endpoint())],
    );
    assert_absent(&disabled, &bare);
    // Who calls `init!` is told once where telemetry goes: nowhere.
    assert_eq!(disabled.errors.len(), 1, "{:?}", disabled.errors);
    assert!(disabled.errors[0].ends_with("disabled by OTEL_SDK_DISABLED"), "{:?}", disabled.errors);
    assert_eq!(receiver.received().text, "");
}

#[test]
fn the_comparison_notices_telemetry_that_is_there() {
    let bare = Seen::of("bare", &[]);
    let there = Seen::of("init", &[]);
    assert_ne!(there.answers, bare.answers);
    assert_ne!(there.asked, bare.asked);
    assert!(!there.telemetry_threads().is_empty(), "{:?}", there.threads);
    assert!(!there.errors.is_empty() && there.output.len() > 1, "{there:#?}");
    // It serves no metrics by a port of its own unless it is told to.
    assert_eq!(there.ports, BTreeSet::from([there.port]));
}
