//! From what is configured to the sinks that do it.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::time::Duration;

use telemetry_core::Sink;

use crate::config::{CertificateFiles, Config, Exporters, Variables};
use crate::console::{ConsoleSink, Style};
use crate::error::InitError;
use crate::lines::{File, Lines, Signals, Stdout};
use crate::notice::say;
use crate::otlp::{Options, OtlpSink};

/// The sinks, ready to run.
///
/// # Errors
///
/// When the file can't be opened, or a certificate can't be used and settings are strict.
pub(crate) fn of(
    config: &Config,
    variables: &Variables,
    terminal: bool,
) -> Result<Vec<Box<dyn Sink>>, InitError> {
    let mut sinks: Vec<Box<dyn Sink>> = Vec::new();
    let console = signals(config, |exporters| exporters.console);
    if console.any() {
        let style = if terminal {
            Style::of_terminal(|name| variables.value(name).map(str::to_owned))
        } else {
            Style::Plain
        };
        sinks.push(Box::new(ConsoleSink::new(io::stderr(), style, console)));
    }
    let json = signals(config, |exporters| exporters.json);
    if json.any() {
        sinks.push(Box::new(Lines::new(Stdout, json)));
    }
    let file = signals(config, |exporters| exporters.file);
    if let Some(path) = config.file.as_ref().filter(|_| file.any()) {
        sinks.push(Box::new(Lines::new(open(path)?, file)));
    }
    for sink in otlp(config)? {
        sinks.push(Box::new(sink));
    }
    Ok(sinks)
}

fn signals(config: &Config, wanted: impl Fn(&Exporters) -> bool) -> Signals {
    Signals {
        spans: wanted(&config.spans),
        logs: wanted(&config.logs),
        metrics: wanted(&config.metrics).then_some(config.metrics_interval),
    }
}

fn open(path: &Path) -> Result<File, InitError> {
    File::open(path).map_err(|source| InitError::File { path: path.to_owned(), source })
}

/// One sink for each receiver, so that one that doesn't answer holds up nothing but its own.
fn otlp(config: &Config) -> Result<Vec<OtlpSink>, InitError> {
    let options = Options {
        metrics_interval: config.metrics_interval,
        temporality: config.otlp.temporality,
        debug: config.debug,
    };
    let mut sinks = BTreeMap::new();
    for route in &config.otlp.routes {
        let origin = route.target.endpoint.origin();
        let sink = sinks.entry(origin.clone()).or_insert_with(|| OtlpSink::new(origin));
        let added = sink.add(route.clone(), options).or_else(|error| {
            if config.strict {
                return Err(error);
            }
            say(format_args!("{error}; ignored"));
            let mut route = route.clone();
            route.target.certificates = CertificateFiles::default();
            sink.add(route, options)
        });
        added.map_err(|error| InitError::Settings(vec![error]))?;
    }
    Ok(sinks.into_values().collect())
}

/// How long a shutdown takes at the most that nobody gave a time.
pub(crate) const PATIENCE: Duration = Duration::from_secs(5);
