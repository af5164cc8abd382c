//! Requests from strangers, over TCP, for as long as `TELEMETRY_FUZZ_SECONDS` says (by default a
//! second): odd methods, paths and headers, lies about lengths, several at once, cut off anywhere.

use std::collections::BTreeSet;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use std::{env, fs, panic};

use axum::Router;
use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use axum::routing::{any, get};
use http::HeaderName;
use telemetry_core::{ContextExt, MetricData, MetricSnapshot, Pipeline};
use telemetry_http::Layer;
use telemetry_http::server::{Identity, TrustedProxies};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::counting::Counting;
use crate::random::{Random, deadline, fresh_seed};
use crate::support::{ACTIVE, DURATION, Server, eventually, labels};

const ROLE: &str = "TELEMETRY_TEST_FUZZ";

/// In a process of its own, whose memory and panics nobody else has a part in.
#[test]
fn series_and_memory_stay_bounded_each_is_counted_once_and_nothing_panics() {
    if env::var_os(ROLE).is_some() {
        let mut builder = tokio::runtime::Builder::new_multi_thread();
        let runtime = builder.worker_threads(2).enable_all().build().unwrap();
        return runtime.block_on(feed());
    }
    let module = module_path!().trim_start_matches("it::");
    let name =
        format!("{module}::series_and_memory_stay_bounded_each_is_counted_once_and_nothing_panics");
    let mut command = Command::new(env::current_exe().unwrap());
    command.args(["--exact", &name, "--nocapture", "--test-threads=1"]).env(ROLE, "feed");
    let output = command.output().unwrap();
    let printed = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && printed.contains("1 passed"), "{printed}{errors}");
    println!("{}", printed.lines().find(|line| line.starts_with("requests:")).unwrap());
}

async fn feed() {
    static PANICS: AtomicU64 = AtomicU64::new(0);
    let usual = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        PANICS.fetch_add(1, Ordering::Relaxed);
        usual(info);
    }));

    let (pipeline, _counting) = Counting::pipeline();
    let received = Arc::new(AtomicU64::new(0));
    let server = Arc::new(Server::start(service(&pipeline, &received)).await);
    let (seed, begun, until) = (fresh_seed(), Instant::now(), deadline(1));
    let warm = begun + (until - begun) / 4;
    let sent = connections(&server, seed, warm).await;
    let resident_warm = resident();
    let sent = sent + connections(&server, seed.wrapping_add(1_000), until).await;

    let settled = || {
        let metrics = pipeline.metrics();
        metrics.sum(ACTIVE, &[]) == 0.0 && ended(&metrics) == received.load(Ordering::Relaxed)
    };
    eventually("the end of all requests", settled).await;
    let (metrics, received) = (pipeline.metrics(), received.load(Ordering::Relaxed));
    let series = series(&metrics);
    println!("\nrequests: {sent} connections, {received} requests, {series} series, seed {seed}");
    assert!(received > 0, "nothing valid was tried, seed {seed}");
    assert_eq!(PANICS.load(Ordering::Relaxed), 0, "seed {seed}");
    let growth = resident().saturating_sub(resident_warm);
    assert!(growth < 32 * 1024, "{growth} KiB more than after a quarter, seed {seed}");
    telemetry_core::testing::assert_ledger_balances(&pipeline);
}

fn service(pipeline: &Pipeline, received: &Arc<AtomicU64>) -> Router {
    let (context, received) = (pipeline.context(), Arc::clone(received));
    let count = move |request: Request, next: Next| {
        received.fetch_add(1, Ordering::Relaxed);
        let context = context.clone();
        async move { next.run(request).in_context(context).await }
    };
    let layer = Layer::new()
        .identify(|request| {
            let value = |name| request.headers().get(name)?.to_str().ok();
            Some(Identity::new().user(value("cookie")?).tenant(value("host")?))
        })
        .carry_tenant()
        .request_headers(NAMES.map(HeaderName::from_static))
        .response_headers([http::header::CONTENT_TYPE])
        .secret_query_keys(["q"])
        .trusted_proxies(TrustedProxies::new(["127.0.0.0/8", "10.0.0.0/8"]).unwrap())
        .force_sampling_by(HeaderName::from_static("x-force-sample"))
        .body_sizes_on_spans()
        .time_to_headers();
    Router::new()
        .route("/orders/{id}", get(|| async { "an order" }))
        .route("/echo", any(|body: axum::body::Bytes| async { body }))
        .nest("/shop/{shop}", Router::new().route("/items/{item}", any(|| async {})))
        .layer(layer)
        .layer(from_fn(count))
}

/// Opens connections, four at a time, until the time is up; how many it were.
async fn connections(server: &Arc<Server>, seed: u64, until: Instant) -> u64 {
    let clients = (0..4).map(|number| {
        let (server, mut random) = (Arc::clone(server), Random::seeded(seed.wrapping_add(number)));
        tokio::spawn(async move {
            let mut sent = 0;
            while sent < 32 || Instant::now() < until {
                connection(&server, &mut random).await;
                sent += 1;
            }
            sent
        })
    });
    let mut sent = 0;
    for client in clients.collect::<Vec<_>>() {
        sent += client.await.unwrap();
    }
    sent
}

/// Sends some requests at once, then reads, or doesn't.
async fn connection(server: &Server, random: &mut Random) {
    let mut bytes = Vec::new();
    for _ in 0..=random.below(4) {
        request(random, &mut bytes);
    }
    if random.below(8) == 0 {
        let preface: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";
        bytes.splice(0..0, preface.iter().copied());
    }
    if random.below(4) == 0 {
        bytes.truncate(random.below(bytes.len()));
    }
    let mut connection = TcpStream::connect(server.address).await.unwrap();
    // Who sends nonsense may be cut off while it does.
    let _ = connection.write_all(&bytes).await;
    if random.below(8) > 0 {
        let _ = connection.shutdown().await;
        let read = async { connection.read_to_end(&mut Vec::new()).await };
        let _ = tokio::time::timeout(Duration::from_secs(2), read).await;
    }
}

const METHODS: [&str; 12] = [
    "GET", "POST", "PUT", "HEAD", "OPTIONS", "CONNECT", "TRACE", "BREW", "get", "M-SEARCH", "",
    "G\u{0}T",
];
const PATHS: [&str; 14] = [
    "/orders/17",
    "/orders/",
    "/echo",
    "/echo?q=1&token=hunter2",
    "/shop/7/items/8",
    "/shop/%2e%2e/items/%00",
    "http://user:pw@h.example:81/echo?x=%zz",
    "//",
    "*",
    "h.example:443",
    "/\u{fc}",
    "/a b",
    "",
    "?",
];
const VERSIONS: [&str; 6] = ["HTTP/1.1", "HTTP/1.1", "HTTP/1.1", "HTTP/1.0", "HTTP/2.0", "HTTP/9"];
const NAMES: [&str; 16] = [
    "host",
    "traceparent",
    "tracestate",
    "baggage",
    "x-request-id",
    "x-correlation-id",
    "x-forwarded-for",
    "x-forwarded-proto",
    "x-forwarded-host",
    "user-agent",
    "cookie",
    "x-force-sample",
    "upgrade",
    "expect",
    "connection",
    "content-length",
];
const VALUES: [&str; 20] = [
    "h.example:80",
    "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
    "00-00000000000000000000000000000000-0000000000000000-00",
    "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-x",
    "rojo=00f067aa0ba902b7,congo=t61rcWkgMzE",
    "userId=Am%C3%A9lie;ttl=60,request.id=a%20b,tenant.id=%F0",
    "10.0.0.1, 192.0.2.7, unknown",
    "for=\"[2001:db8::7]:1\";proto=https;host=\"a,b\"",
    "https",
    "true",
    "websocket",
    "100-continue",
    "close",
    "keep-alive, upgrade",
    "0",
    "4",
    "18446744073709551616",
    "-1",
    "\u{e9}\u{0}",
    "[::1",
];

/// One request, or what looks a little like it.
fn request(random: &mut Random, bytes: &mut Vec<u8>) {
    // Half are in order so far, that many are understood.
    let mut method = if random.below(2) == 0 { "GET" } else { random.of(&METHODS) }.to_owned();
    let mut path = if random.below(2) == 0 { PATHS[0] } else { random.of(&PATHS) }.to_owned();
    match random.below(8) {
        0 => method = format!("M{}", random.below(1_000_000)),
        1 => path = format!("/made/up/{}", random.below(1_000_000)),
        2 => path.push_str(&"x".repeat(random.below(9_000))),
        _ => {}
    }
    let mut text = format!("{method} {path} {}\r\n", random.of(&VERSIONS));
    if random.below(8) > 0 {
        text.push_str("host: a\r\n");
    }
    for _ in 0..random.below(8) {
        let (name, value) = (random.of(&NAMES), random.of(&VALUES));
        let cut = value.floor_char_boundary(random.below(4 * value.len()));
        let repeats = if random.below(32) == 0 { random.below(200) } else { 1 };
        text.push_str(&format!("{name}: {}\r\n", value[..cut].repeat(repeats)));
    }
    match random.below(6) {
        0 => text.push_str("content-length: 4\r\n\r\nbody"),
        1 => text.push_str("transfer-encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\n\r\n"),
        2 => text.push_str("transfer-encoding: chunked\r\n\r\nzz\r\n"),
        _ => text.push_str("\r\n"),
    }
    let start = bytes.len();
    bytes.extend_from_slice(text.as_bytes());
    if random.below(4) == 0 {
        for _ in 0..random.below(4) {
            let place = start + random.below(bytes.len() - start);
            bytes[place] = random.below(256) as u8;
        }
    }
}

fn ended(metrics: &MetricSnapshot) -> u64 {
    match metrics.metric(DURATION).map(|metric| &metric.data) {
        Some(MetricData::Histogram { points, .. }) => points.iter().map(|it| it.count()).sum(),
        _ => 0,
    }
}

/// Checks that each label has one of few values, whatever clients sent, and counts the series.
fn series(metrics: &MetricSnapshot) -> usize {
    let known = |key: &str| -> &[&str] {
        match key {
            "http.request.method" => &[
                "GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "QUERY", "CONNECT",
                "TRACE", "_OTHER",
            ],
            "url.scheme" => &["http", "https"],
            "http.route" => &["/orders/{id}", "/echo", "/shop/{shop}/items/{item}"],
            "http.response.status_code" => &["200", "400", "404", "405", "413"],
            "network.protocol.version" => &["1.0", "1.1", "2"],
            "telemetry.outcome" => &["client_disconnected"],
            _ => &[],
        }
    };
    let mut count = 0;
    for metric in metrics.metrics.iter().filter(|metric| metric.name.starts_with("http.server.")) {
        let sets: Vec<_> = match &metric.data {
            MetricData::Histogram { points, .. } => {
                points.iter().map(|it| &it.attributes).collect()
            }
            MetricData::Sum { points, .. } => points.iter().map(|it| &it.attributes).collect(),
            other => panic!("{other:?}"),
        };
        let distinct: BTreeSet<_> = sets.iter().map(|set| labels(set)).collect();
        assert_eq!(distinct.len(), sets.len(), "a series twice");
        for (key, value) in distinct.iter().flatten() {
            assert!(known(key).contains(&value.as_str()), "{}: {key}={value}", metric.name);
        }
        count += sets.len();
    }
    count
}

/// What the process has in memory, in KiB; nothing where the system doesn't say.
fn resident() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").trim().parse().ok()).unwrap_or(0)
}
