use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use telemetry_core::Temporality;
use ureq::http::{HeaderName, HeaderValue};

use super::endpoint::{ENDPOINT, header};
use super::{Endpoint, Reader, Settings, pairs};

/// A signal as OTLP's settings tell them apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OtlpSignal {
    Traces,
    Metrics,
    Logs,
}

/// Where and how one signal is sent.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Target {
    pub(crate) endpoint: Endpoint,
    pub(crate) headers: Vec<(HeaderName, HeaderValue)>,
    /// For one request.
    pub(crate) timeout: Duration,
    pub(crate) gzip: bool,
    pub(crate) certificates: CertificateFiles,
}

/// Files in PEM format for a secure connection.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct CertificateFiles {
    /// Whom to trust instead of the usual authorities.
    pub(crate) trusted: Option<PathBuf>,
    /// The client's own certificate and its key.
    pub(crate) client: Option<(PathBuf, PathBuf)>,
}

/// How records are gathered before they are sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Batching {
    /// How long a record waits for others.
    pub(crate) delay: Duration,
    /// How long sending a batch may take, repeats included.
    pub(crate) timeout: Duration,
    /// Records in one request.
    pub(crate) records: usize,
    /// Records that may wait; without it only their bytes are bounded.
    pub(crate) queue: Option<usize>,
}

impl OtlpSignal {
    fn name(self) -> &'static str {
        match self {
            Self::Traces => "TRACES",
            Self::Metrics => "METRICS",
            Self::Logs => "LOGS",
        }
    }

    fn path(self) -> &'static str {
        match self {
            Self::Traces => "v1/traces",
            Self::Metrics => "v1/metrics",
            Self::Logs => "v1/logs",
        }
    }

    /// The signal's own variable, then the one for all signals.
    fn variables(self, setting: &str) -> [String; 2] {
        [
            format!("OTEL_EXPORTER_OTLP_{}_{setting}", self.name()),
            format!("OTEL_EXPORTER_OTLP_{setting}"),
        ]
    }
}

impl Target {
    const TIMEOUT: Duration = Duration::from_secs(10);

    /// Where `signal` goes, and whether that was said or is only the specification's default.
    pub(crate) fn read(
        reader: &mut Reader<'_>,
        signal: OtlpSignal,
        settings: &Settings,
    ) -> (Option<Self>, bool) {
        let stated = Self::endpoint(reader, signal, settings);
        let Some(endpoint) =
            stated.clone().or_else(|| Endpoint::parse_base("http://localhost:4318", signal.path()))
        else {
            return (None, false);
        };
        protocol(reader, signal);
        let gzip = setting(reader, signal, "COMPRESSION", |reader, name| {
            reader.choice(name, &[("none", false), ("gzip", true)])
        });
        let timeout = setting(reader, signal, "TIMEOUT", Reader::timeout);
        let target = Self {
            endpoint,
            headers: Self::headers(reader, signal, settings),
            timeout: timeout.unwrap_or(Self::TIMEOUT),
            gzip: gzip.unwrap_or(false),
            certificates: CertificateFiles::read(reader, signal),
        };
        (Some(target), stated.is_some())
    }

    fn endpoint(
        reader: &mut Reader<'_>,
        signal: OtlpSignal,
        settings: &Settings,
    ) -> Option<Endpoint> {
        let [own, general] = signal.variables("ENDPOINT");
        let endpoint = reader.parsed(&own, ENDPOINT, Endpoint::parse);
        let endpoint = endpoint.or_else(|| {
            reader.parsed(&general, ENDPOINT, |text| Endpoint::parse_base(text, signal.path()))
        });
        endpoint.or_else(|| {
            let text = settings.otlp_endpoint.as_ref()?;
            let endpoint = Endpoint::parse_base(text, signal.path());
            if endpoint.is_none() {
                reader.error("otlp_endpoint", text, ENDPOINT);
            }
            endpoint
        })
    }

    fn headers(
        reader: &mut Reader<'_>,
        signal: OtlpSignal,
        settings: &Settings,
    ) -> Vec<(HeaderName, HeaderValue)> {
        const ALLOWED: &str = "use name=value, percent-encoded, several with commas";
        let read = setting(reader, signal, "HEADERS", |reader, name| {
            reader.parsed(name, ALLOWED, |text| {
                let pairs = pairs::parse(text)?;
                pairs.iter().map(|(key, value)| header(key, value)).collect()
            })
        });
        read.unwrap_or_else(|| {
            let mut headers = Vec::new();
            for (name, value) in &settings.otlp_headers {
                match header(name, value) {
                    Some(header) => headers.push(header),
                    None => reader.error("otlp_headers", name, "use what HTTP allows in a header"),
                }
            }
            headers
        })
    }
}

impl CertificateFiles {
    fn read(reader: &mut Reader<'_>, signal: OtlpSignal) -> Self {
        let mut path = |name| {
            setting(reader, signal, name, |reader, name| reader.text(name).map(PathBuf::from))
        };
        let trusted = path("CERTIFICATE");
        let client = path("CLIENT_CERTIFICATE").zip(path("CLIENT_KEY"));
        Self { trusted, client }
    }

    #[cfg(not(feature = "tls"))]
    pub(crate) fn is_empty(&self) -> bool {
        self.trusted.is_none() && self.client.is_none()
    }
}

impl Batching {
    pub(crate) fn of_spans(reader: &mut Reader<'_>) -> Self {
        Self::read(reader, "OTEL_BSP", Duration::from_secs(5))
    }

    pub(crate) fn of_logs(reader: &mut Reader<'_>) -> Self {
        Self::read(reader, "OTEL_BLRP", Duration::from_secs(1))
    }

    /// Metrics come all at once.
    pub(crate) fn of_metrics(timeout: Duration) -> Self {
        Self { delay: Duration::ZERO, timeout, records: usize::MAX, queue: None }
    }

    fn read(reader: &mut Reader<'_>, prefix: &str, delay: Duration) -> Self {
        const RECORDS: usize = 512;
        let delay = reader.duration(&format!("{prefix}_SCHEDULE_DELAY")).unwrap_or(delay);
        let timeout =
            reader.timeout(&format!("{prefix}_EXPORT_TIMEOUT")).unwrap_or(Duration::from_secs(30));
        let queue = reader.count(&format!("{prefix}_MAX_QUEUE_SIZE"));
        let variable = format!("{prefix}_MAX_EXPORT_BATCH_SIZE");
        let limit = queue.unwrap_or(usize::MAX);
        let records = reader.count(&variable);
        if let Some(records) = records.filter(|records| *records > limit) {
            let allowed = format!("use no more than {prefix}_MAX_QUEUE_SIZE, {limit}");
            reader.problem(&variable, &records.to_string(), &allowed);
        }
        Self { delay, timeout, records: records.unwrap_or(RECORDS).min(limit), queue }
    }
}

/// How the sums of counters and histograms are sent.
pub(crate) fn temporality(reader: &mut Reader<'_>) -> Temporality {
    let temporality = reader.choice(
        "OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE",
        &[
            ("cumulative", Temporality::Cumulative),
            ("delta", Temporality::Delta),
            // Last values are kept for counters that are asked for, too: what this choice would
            // save isn't spent here in the first place.
            ("lowmemory", Temporality::Delta),
        ],
    );
    temporality.unwrap_or_default()
}

/// The signal's own setting, else the one for all signals.
fn setting<'a, T>(
    reader: &mut Reader<'a>,
    signal: OtlpSignal,
    name: &str,
    mut read: impl FnMut(&mut Reader<'a>, &str) -> Option<T>,
) -> Option<T> {
    let [own, general] = signal.variables(name);
    read(reader, &own).or_else(|| read(reader, &general))
}

/// There is one protocol; another one is warned of.
fn protocol(reader: &mut Reader<'_>, signal: OtlpSignal) {
    setting(reader, signal, "PROTOCOL", |reader, name| {
        reader.choice(name, &[("http/protobuf", ())])
    });
}

impl fmt::Debug for Target {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let headers: Vec<_> = self.headers.iter().map(|(name, _)| name).collect();
        out.debug_struct("Target")
            .field("endpoint", &self.endpoint)
            .field("headers", &headers)
            .field("timeout", &self.timeout)
            .field("gzip", &self.gzip)
            .field("certificates", &self.certificates)
            .finish()
    }
}
