//! `kill -TERM` while requests come in.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use serde_json::json;
use telemetry_tests::demo::{Client, ClientCounts, Ended, Provider, Service};
use telemetry_tests::otlp::Span;
use telemetry_tests::wire::Request;
use telemetry_tests::{Behaviour, OtlpReceiver, Received, Upstream, eventually, traces};

/// Many, because a service that can't keep up with the load answers each of them slowly.
const WATCHERS: usize = 32;

/// Requests of others that have come when the service is terminated, and answers that have been
/// watched.
const BEFORE: (u64, u64) = (500, 50);

/// An answer that a client has read to its last byte.
#[derive(Debug)]
struct Answered {
    /// What the answer said of itself in `x-request-id`.
    id: String,
    status: u16,
}

/// A client that knows what became of each of its requests.
struct Watcher {
    thread: JoinHandle<Vec<Answered>>,
    stop: Arc<AtomicBool>,
}

impl Watcher {
    /// Sends one request after the other until it is stopped, and counts the answers for all to see.
    fn start(number: usize, service: SocketAddr, seen: &Arc<AtomicU64>) -> Self {
        let seen = Arc::clone(seen);
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let thread = thread::spawn(move || {
            let mut answered = Vec::new();
            let mut count = 0;
            while !stopped.load(Ordering::Relaxed) {
                count += 1;
                if let Some(answer) = watched(number, count, service) {
                    answered.push(answer);
                    seen.fetch_add(1, Ordering::Relaxed);
                }
                thread::sleep(Duration::from_millis(50));
            }
            answered
        });
        Self { thread, stop }
    }

    fn stop(self) -> Vec<Answered> {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.join().unwrap()
    }
}

/// One request; every second one brings an id and a trace. None without a whole answer.
fn watched(watcher: usize, count: usize, service: SocketAddr) -> Option<Answered> {
    let page = 1 + count % 900;
    let request = match count % 16 {
        0..5 => Request::get(&format!("/customers/{page}")),
        5..10 => Request::get(&format!("/tickets/{page}")),
        10 => Request::post("/tickets", &json!({ "customer": 1, "subject": "It is watched" })),
        _ => Request::get("/tickets?status=open"),
    };
    let brings = count.is_multiple_of(2);
    let id = format!("watched-{watcher}-{count}");
    let request = match brings {
        true => request
            .header("x-request-id", &id)
            .header("traceparent", &format!("00-{:016x}{:016x}-{CALLER}-01", watcher + 1, count)),
        false => request,
    };
    let answer = request.send(service).ok().filter(|answer| answer.complete)?;
    let told = answer.header("x-request-id").unwrap().to_owned();
    assert_eq!(brings, told == id, "{answer:?}");
    Some(Answered { id: told, status: answer.status })
}

const CALLER: &str = "00f067aa0ba902b7";

/// What is left when all have ended.
struct Aftermath {
    answered: Vec<Answered>,
    clients: ClientCounts,
    received: Received,
    service: Ended,
}

impl Aftermath {
    /// Of a service that was terminated under the demo's load, 200 requests a second, and watched.
    fn of_load() -> Self {
        let receiver = OtlpReceiver::start();
        let provider = Provider::refusing(0.04);
        let service = service(&provider.endpoint(), &receiver);
        let clients = Client::start(&service, &["--rate", "200"]);
        let seen = Arc::<AtomicU64>::default();
        let watchers = (0..WATCHERS).map(|number| Watcher::start(number, service.address(), &seen));
        let watchers: Vec<Watcher> = watchers.collect();
        eventually("many requests have come", || {
            let watched = seen.load(Ordering::Relaxed);
            let so_far = (service.counts().started().saturating_sub(watched), watched);
            let enough = so_far.0 >= BEFORE.0 && so_far.1 >= BEFORE.1;
            if enough { Ok(()) } else { Err(format!("{so_far:?}")) }
        });
        let service = service.stop();
        let answered = watchers.into_iter().flat_map(Watcher::stop).collect();
        let clients = clients.stop();
        Self { answered, clients, received: receiver.received(), service }
    }

    fn requests(&self) -> Vec<&Span> {
        self.received.spans_of_kind("SERVER")
    }
}

fn service(provider: &str, receiver: &OtlpReceiver) -> Service {
    Service::start(provider, &[("OTEL_EXPORTER_OTLP_ENDPOINT", &receiver.endpoint())])
}

fn status(span: &Span) -> u16 {
    span.text("http.response.status_code")
        .and_then(|status| status.parse().ok())
        .unwrap_or_default()
}

fn was_answered(span: &Span) -> bool {
    span.text("telemetry.outcome").is_none()
}

#[track_caller]
fn assert_nothing_lost(service: &Ended, received: &Received) {
    assert!(service.status.success(), "{service:#?}");
    let ledger = service.ledger();
    assert_eq!(ledger.problems(), Vec::<String>::new());
    for (signal, came) in [
        ("spans", received.spans.len()),
        ("logs", received.logs.len()),
        ("points", received.points.len()),
    ] {
        assert_eq!(ledger.exported("otlp", signal), came as u64, "{signal}: {ledger:#?}");
    }
    let callers = BTreeSet::from([CALLER.to_owned()]);
    for trace in traces(&received.spans).values() {
        assert_eq!(trace.problems(&callers), Vec::<String>::new());
    }
}

#[test]
fn every_request_that_a_client_saw_answered_is_in_the_receiver_and_the_ledger_balances() {
    let aftermath = Aftermath::of_load();
    assert_nothing_lost(&aftermath.service, &aftermath.received);

    // Each answer that was watched is one span.
    let mut by_id = BTreeMap::<String, Vec<&Span>>::new();
    for span in aftermath.requests() {
        by_id.entry(span.text("request.id").unwrap()).or_default().push(span);
    }
    assert!(aftermath.answered.len() as u64 >= BEFORE.1, "{}", aftermath.answered.len());
    let mut watched = BTreeSet::new();
    for answer in &aftermath.answered {
        let spans = by_id.get(&answer.id).map(Vec::as_slice).unwrap_or_default();
        let [span] = spans else { panic!("{answer:?} is in {spans:#?}") };
        assert!(status(span) == answer.status && was_answered(span), "{answer:?}: {span:#?}");
        watched.insert(&span.span_id);
    }

    // The demo's own clients don't say which requests they were, but how many of each kind.
    let mut others = BTreeMap::<(String, u16), u64>::new();
    for span in aftermath.requests() {
        if was_answered(span) && !watched.contains(&span.span_id) {
            let route = if span.text("http.route").is_some() { "" } else { " (no route)" };
            *others.entry((format!("{}{route}", span.name), status(span))).or_default() += 1;
        }
    }
    let mut read = 0;
    for (route, counts) in &aftermath.clients.routes {
        for (status, count) in &counts.answered {
            let spans = others.get(&(route.clone(), *status)).copied().unwrap_or_default();
            assert!(spans >= *count, "{spans} spans for {count} times {status} of {route}");
            read += count;
        }
    }
    assert!(read > 100, "{read}");

    // And the service has counted each of them once, whatever became of it.
    let own = &aftermath.service.summary()["own"]["routes"];
    let sum = |of: &str| -> u64 {
        own.as_object().unwrap().values().map(|route| route[of].as_u64().unwrap()).sum()
    };
    assert_eq!(sum("started"), sum("ended"));
    assert_eq!(sum("started"), aftermath.requests().len() as u64);
}

#[test]
fn an_answer_under_way_is_given_in_full_before_the_end() {
    let receiver = OtlpReceiver::start();
    let provider = Provider::refusing(0.0);
    let service = service(&provider.endpoint(), &receiver);
    let reply = Request::new("POST", "/tickets/17/reply").header("content-length", "0");
    let mut exchange = reply.open(service.address()).unwrap();
    exchange.read_until("\r\n\r\n").unwrap();
    service.process().signal("TERM");
    let answer = exchange.finish().unwrap();
    assert_eq!((answer.status, answer.complete), (200, true), "{answer:?}");
    let ended = service.wait();
    let received = receiver.received();
    assert_nothing_lost(&ended, &received);
    let root = received.spans_of_kind("SERVER");
    assert_eq!(root.len(), 1);
    assert!(was_answered(root[0]), "{root:#?}");
    // The query that keeps the reply comes after its last word.
    assert!(received.spans.iter().any(|span| span.name == "INSERT messages"));
}

#[test]
fn an_answer_that_would_never_end_is_cut_after_the_drain_and_accounted_for() {
    let receiver = OtlpReceiver::start();
    let upstream = Upstream::start(Behaviour::StartsAndStalls("Thanks for writing in"));
    let service = service(&upstream.endpoint(), &receiver);
    let reply = Request::new("POST", "/tickets/17/reply").header("content-length", "0");
    let mut exchange = reply.open(service.address()).unwrap();
    exchange.read_until("Thanks for writing in").unwrap();
    let terminated = Instant::now();
    let ended = service.stop();
    // 5 seconds are meant; a machine with much to do may be late, but not for ever.
    assert!(terminated.elapsed() < Duration::from_secs(40), "{:?}", terminated.elapsed());
    let cut = exchange.finish();
    assert!(cut.is_err() || cut.is_ok_and(|answer| !answer.complete));
    let received = receiver.received();
    assert_nothing_lost(&ended, &received);
    let names: BTreeMap<&str, Option<String>> =
        received.spans.iter().map(|span| (&*span.name, span.text("telemetry.outcome"))).collect();
    let some = |outcome: &str| Some(outcome.to_owned());
    assert_eq!(names["POST /tickets/{id}/reply"], some("client_disconnected"), "{names:?}");
    assert_eq!(names["chat gpt-4o-mini"], some("cancelled"), "{names:?}");
    let active = received
        .last_points()
        .into_iter()
        .filter(|point| point.name == "http.server.active_requests");
    let active: Vec<Option<f64>> = active.map(|point| point.value).collect();
    assert!(!active.is_empty() && active.iter().all(|value| *value == Some(0.0)), "{active:?}");
}
