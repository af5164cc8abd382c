//! The settings of our own, `TELEMETRY_*`: strict, so that a misspelt one is noticed.

use std::path::PathBuf;

use telemetry_core::{CpuBudget, ExemplarFilter, Tail};

use super::{Console, Reader, Settings};

/// Every setting of ours.
const KNOWN: [&str; 11] = [
    "TELEMETRY_CONSOLE",
    "TELEMETRY_CPU_BUDGET",
    "TELEMETRY_DEBUG",
    "TELEMETRY_ENVIRONMENT",
    "TELEMETRY_FILE",
    "TELEMETRY_LOG",
    "TELEMETRY_MIRROR",
    "TELEMETRY_RESCUE",
    "TELEMETRY_SELF_METRICS",
    "TELEMETRY_STRICT",
    "TELEMETRY_TRACE_ID_HEADER",
];

pub(crate) struct Own {
    pub(crate) console: Console,
    pub(crate) debug: bool,
    pub(crate) file: Option<PathBuf>,
    pub(crate) tail: Option<Tail>,
    pub(crate) cpu_budget: Option<CpuBudget>,
    /// Whether native spans are shown to other layers of `tracing`.
    pub(crate) mirror: bool,
    /// What was said of telemetry's metrics of itself.
    pub(crate) self_telemetry: Option<bool>,
}

pub(crate) fn read(reader: &mut Reader<'_>, settings: &Settings) -> Own {
    for name in reader.variables().names("TELEMETRY_") {
        if !KNOWN.contains(&name) && !is_of_kubernetes(name) {
            let value = reader.text(name).unwrap_or_default();
            let allowed = format!("there is no such setting, only {}", KNOWN.join(", "));
            reader.problem(name, value, &allowed);
        }
    }
    let console = reader.choice(
        "TELEMETRY_CONSOLE",
        &[
            ("auto", Console::Auto),
            ("tree", Console::Tree),
            ("json", Console::Json),
            ("none", Console::None),
        ],
    );
    let file = reader.text("TELEMETRY_FILE").map(PathBuf::from);
    Own {
        console: console.unwrap_or(settings.console),
        debug: reader.flag("TELEMETRY_DEBUG"),
        file: file.or_else(|| settings.file.clone()),
        tail: tail(reader, settings),
        cpu_budget: cpu_budget(reader, settings),
        mirror: reader
            .choice("TELEMETRY_MIRROR", &[("true", true), ("false", false)])
            .unwrap_or(settings.mirror),
        self_telemetry: reader
            .choice("TELEMETRY_SELF_METRICS", &[("true", true), ("false", false)])
            .or(settings.self_telemetry),
    }
}

/// The program's tail, which the environment may switch off, or the default one, which it may ask for.
fn tail(reader: &mut Reader<'_>, settings: &Settings) -> Option<Tail> {
    match reader.choice("TELEMETRY_RESCUE", &[("true", true), ("false", false)]) {
        Some(false) => None,
        Some(true) => Some(settings.tail.clone().unwrap_or_default()),
        None => settings.tail.clone(),
    }
}

/// The program's budget, in whose place the environment may set another or none.
fn cpu_budget(reader: &mut Reader<'_>, settings: &Settings) -> Option<CpuBudget> {
    let allowed = "use off or per cent of a core, above 0 and at most 100";
    let given = reader.parsed("TELEMETRY_CPU_BUDGET", allowed, |value| {
        if value.eq_ignore_ascii_case("off") {
            return Some(None);
        }
        let number = value.strip_suffix('%').unwrap_or(value).trim_end();
        CpuBudget::percent_of_a_core(number.parse().ok()?).map(Some)
    });
    given.unwrap_or(settings.cpu_budget)
}

/// Which measurements may become exemplars.
pub(crate) fn exemplar_filter(reader: &mut Reader<'_>) -> ExemplarFilter {
    let filter = reader.choice(
        "OTEL_METRICS_EXEMPLAR_FILTER",
        &[
            ("trace_based", ExemplarFilter::TraceBased),
            ("always_on", ExemplarFilter::AlwaysOn),
            ("always_off", ExemplarFilter::AlwaysOff),
        ],
    );
    filter.unwrap_or_default()
}

/// Settings of the specification that nothing here honours, and why; one that is set is warned of,
/// since whoever set it counts on it.
pub(crate) fn check_unsupported(reader: &mut Reader<'_>) {
    const PORT: &str = "metrics are served on the program's own port, see Telemetry::metrics_route";
    const FILE: &str = "there is no configuration by file yet";
    for (name, why) in [
        ("OTEL_CONFIG_FILE", FILE),
        ("OTEL_EXPERIMENTAL_CONFIG_FILE", FILE),
        ("OTEL_EXPORTER_PROMETHEUS_HOST", PORT),
        ("OTEL_EXPORTER_PROMETHEUS_PORT", PORT),
    ] {
        if let Some(value) = reader.text(name) {
            reader.problem(name, value, why);
        }
    }
    let histograms = "OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION";
    reader.choice(histograms, &[("explicit_bucket_histogram", ())]);
}

/// Kubernetes gives every container variables about each service in its namespace; those of one named
/// `telemetry` or `telemetry-collector` look like settings of ours
/// (<https://kubernetes.io/docs/tutorials/services/connect-applications-service/#environment-variables>).
fn is_of_kubernetes(name: &str) -> bool {
    let is_port = |rest: &str| {
        let mut parts = rest.split('_');
        let number = parts.next().is_some_and(|part| part.parse::<u16>().is_ok());
        let protocol = parts.next().is_some_and(|part| ["TCP", "UDP", "SCTP"].contains(&part));
        let last = parts.next().is_none_or(|part| ["PROTO", "PORT", "ADDR"].contains(&part));
        number && protocol && last && parts.next().is_none()
    };
    name.ends_with("_SERVICE_HOST")
        || name.ends_with("_SERVICE_PORT")
        || name.contains("_SERVICE_PORT_")
        || name.ends_with("_PORT")
        || name.split_once("_PORT_").is_some_and(|(_, rest)| is_port(rest))
}
