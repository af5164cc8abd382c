//! One run of the demo, which several tests look at: service, provider and clients as processes over
//! TCP, a Prometheus that scrapes the service, and a receiver of its OTLP.

use std::collections::BTreeMap;
use std::sync::LazyLock;
use std::time::{SystemTime, UNIX_EPOCH};

use telemetry_tests::demo::{Client, ClientCounts, Ended, Provider, Service, ServiceCounts};
use telemetry_tests::otlp::Log;
use telemetry_tests::{OtlpReceiver, PrometheusServer, Received, Sample, eventually};

/// What is left when all of them have ended.
#[derive(Debug)]
pub(crate) struct Run {
    /// Before the service was started, in nanoseconds since 1970.
    pub(crate) began: u64,
    /// After the service had ended.
    pub(crate) ended: u64,
    /// What the service counted by itself when all requests were over.
    pub(crate) own: ServiceCounts,
    /// What the clients counted.
    pub(crate) clients: ClientCounts,
    /// Requests as Prometheus knows them, by method, route, status and outcome.
    pub(crate) scraped: Vec<Sample>,
    /// The sum of the requests under way, as Prometheus knows it.
    pub(crate) active: Vec<Sample>,
    /// The metrics page when all requests were over.
    pub(crate) page: String,
    /// What came by OTLP.
    pub(crate) received: Received,
    /// What the service said.
    pub(crate) service: Ended,
}

/// The run. It is made once; a test that comes after a failure fails at once.
pub(crate) fn run() -> &'static Run {
    static RUN: LazyLock<Run> = LazyLock::new(Run::make);
    &RUN
}

const DURATIONS: &str = "http_server_request_duration_seconds_count";

const LABELS: [&str; 4] =
    ["http_request_method", "http_route", "http_response_status_code", "telemetry_outcome"];

impl Run {
    fn make() -> Self {
        let began = now();
        let receiver = OtlpReceiver::start();
        let provider = Provider::refusing(0.1);
        let service = Service::start(
            &provider.endpoint(),
            &[
                ("OTEL_EXPORTER_OTLP_ENDPOINT", &receiver.endpoint()),
                ("OTEL_METRIC_EXPORT_INTERVAL", "1000"),
                ("OTEL_RESOURCE_ATTRIBUTES", "service.namespace=desks"),
                ("TELEMETRY_ENVIRONMENT", "testing"),
            ],
        );
        let prometheus = PrometheusServer::scraping(service.address());
        let clients = Client::start(&service, &["--rate", "40"]);
        eventually("one of each kind has come", || everything_came(&service, &receiver));
        let clients = clients.stop();
        let own = eventually("all requests are over", || {
            let counts = service.counts();
            if counts.under_way() == 0 { Ok(counts) } else { Err(format!("{counts:?}")) }
        });
        // The last scrape may have been before the last request.
        let scraped = eventually("Prometheus knows of all requests", || {
            let by = LABELS.join(", ");
            let samples = prometheus.query(&format!("sum by ({by}) ({DURATIONS})"))?;
            let total: f64 = samples.iter().map(|sample| sample.value).sum();
            if total >= own.started() as f64 { Ok(samples) } else { Err(format!("{samples:?}")) }
        });
        let active = eventually("Prometheus knows of no request under way", || {
            let samples = prometheus.query("sum(http_server_active_requests)")?;
            if samples.iter().all(|sample| sample.value == 0.0) && !samples.is_empty() {
                Ok(samples)
            } else {
                Err(format!("{samples:?}"))
            }
        });
        let page = service.metrics();
        let service = service.stop();
        Self {
            began,
            ended: now(),
            own,
            clients,
            scraped,
            active,
            page,
            received: receiver.received(),
            service,
        }
    }

    /// Requests as Prometheus knows them: by route, then by status and outcome, either of which may
    /// be missing.
    pub(crate) fn scraped(&self) -> BTreeMap<String, BTreeMap<(String, String), u64>> {
        let mut routes = BTreeMap::<String, BTreeMap<(String, String), u64>>::new();
        for sample in &self.scraped {
            let [method, route, status, outcome] =
                LABELS.map(|label| sample.labels.get(label).cloned().unwrap_or_default());
            let route = if route.is_empty() { "(no route)" } else { &route };
            let statuses = routes.entry(format!("{method} {route}")).or_default();
            *statuses.entry((status, outcome)).or_default() += sample.value as u64;
        }
        routes
    }
}

/// Whether there was enough of all that the tests look for, however slow or fast the machine is.
fn everything_came(service: &Service, receiver: &OtlpReceiver) -> Result<(), String> {
    let counts = service.counts();
    let answered = |status: u16| -> u64 {
        counts.routes.values().filter_map(|route| route.answered.get(&status)).sum()
    };
    let replies = counts.routes.get("POST /tickets/{id}/reply");
    let replies = replies.and_then(|route| route.answered.get(&200)).copied().unwrap_or_default();
    let cut_short = counts.routes.values().map(|route| route.cut_short).sum::<u64>();
    let of_service = counts.started() >= 300
        && counts.routes.len() >= 7
        && replies >= 10
        && cut_short > 0
        && answered(201) > 0
        && answered(503) > 0;
    if !of_service {
        return Err(format!("{counts:?}"));
    }
    let logs = receiver.received().logs;
    let told = |name: &str| logs.iter().any(|log| log.event_name == name);
    let missing =
        ["telemetry.db.slow_query", "telemetry.db.n_plus_one"].into_iter().find(|it| !told(it));
    match missing {
        Some(name) => Err(format!("no {name}")),
        None if !logs.iter().any(tells_of_the_culprit) => Err("no culprit".to_owned()),
        None => Ok(()),
    }
}

/// Whether it tells of a long wait for the connection that writes, and first of the handler that keeps
/// it on purpose: on a busy machine there are other long waits.
pub(crate) fn tells_of_the_culprit(log: &Log) -> bool {
    let holders = log.attributes.get("telemetry.db.pool.holders");
    let first = holders.and_then(|holders| holders.get(0)?.as_str());
    log.event_name == "telemetry.db.pool.exhausted"
        && first.is_some_and(|holder| holder.contains("service/tickets.rs:"))
}

pub(crate) fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos() as u64
}
