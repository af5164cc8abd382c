//! The one line at start-up that says where everything goes.

use telemetry_core::propagation::Propagators;
use telemetry_core::{Resource, Value};

use crate::config::{Config, Exporters, OtlpSignal, sampler_name};

/// Says what the service is and where each signal goes; secrets are masked.
pub(crate) fn line(config: &Config, resource: &Resource, own_sinks: &[&str]) -> String {
    let spans = destinations(config, config.spans, OtlpSignal::Traces, own_sinks);
    let logs = destinations(config, config.logs, OtlpSignal::Logs, own_sinks);
    let mut metrics = vec!["prometheus (pull)".to_owned()];
    metrics.extend(destinations(config, config.metrics, OtlpSignal::Metrics, &[]));
    let usual = config.propagators == Propagators::default();
    let propagators = format!("; propagators {}", config.propagators);
    let budget = config.cpu_budget.map_or_else(String::new, |budget| {
        format!("; processor budget {} % of a core", budget.percent())
    });
    format!(
        "{}: spans -> {}; metrics -> {}; logs -> {}; sampler {}{}{budget}",
        service(resource),
        shown(&spans),
        shown(&metrics),
        shown(&logs),
        sampler_name(&config.sampler),
        if usual { "" } else { &propagators }
    )
}

/// `name version (environment)`.
pub(crate) fn service(resource: &Resource) -> String {
    let text = |key| match resource.attribute(key) {
        Some(Value::Str(text)) if !text.is_empty() => Some(text),
        _ => None,
    };
    let mut service = text("service.name").unwrap_or("unknown_service").to_owned();
    if let Some(version) = text("service.version") {
        service = format!("{service} {version}");
    }
    match text("deployment.environment.name") {
        Some(environment) => format!("{service} ({environment})"),
        None => service,
    }
}

fn destinations(
    config: &Config,
    exporters: Exporters,
    signal: OtlpSignal,
    own_sinks: &[&str],
) -> Vec<String> {
    let mut all = Vec::new();
    if exporters.console {
        all.push("console".to_owned());
    }
    if exporters.json {
        all.push("json (stdout)".to_owned());
    }
    if let Some(path) = config.file.as_ref().filter(|_| exporters.file) {
        all.push(format!("file {}", path.display()));
    }
    if let Some(target) = config.otlp.target(signal) {
        all.push(format!("otlp {}", target.endpoint));
    }
    all.extend(own_sinks.iter().map(|name| (*name).to_owned()));
    all
}

fn shown(destinations: &[String]) -> String {
    if destinations.is_empty() { "nowhere".to_owned() } else { destinations.join(", ") }
}
