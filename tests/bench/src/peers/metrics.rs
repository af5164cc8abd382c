//! `metrics` with the recorder of `metrics-exporter-prometheus`.

use std::thread;

use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};

use crate::destination::Destination;
use crate::failure::Failure;
use crate::tally::{Shape, Tally};

/// The installed recorder, read as often as metrics are delivered elsewhere.
#[derive(Clone, Debug)]
pub(crate) struct Metrics {
    handle: PrometheusHandle,
    tally: Tally,
}

impl Metrics {
    /// Installs the recorder as it comes.
    pub(crate) fn install(shape: Shape) -> Result<Self, Failure> {
        Self::install_built(PrometheusBuilder::new(), shape)
    }

    /// Installs a recorder with settings.
    pub(super) fn install_built(builder: PrometheusBuilder, shape: Shape) -> Result<Self, Failure> {
        let recorder = builder.build_recorder();
        let installed = Self { handle: recorder.handle(), tally: Tally::new(shape) };
        metrics::set_global_recorder(recorder)?;
        let reader = installed.clone();
        thread::Builder::new().spawn(move || {
            loop {
                thread::sleep(Tally::METRICS_INTERVAL);
                reader.handle.run_upkeep();
                reader.read();
            }
        })?;
        Ok(installed)
    }

    /// Renders the metrics, as for a scrape, and adds up the series of the counter.
    fn read(&self) {
        let Some(name) = self.tally.shape().metric else { return };
        let rendered = self.handle.render();
        let series = rendered.lines().filter(|line| line.starts_with(name));
        let values = series.filter_map(|line| line.rsplit(' ').next()?.parse::<u64>().ok());
        self.tally.set_recorded(values.sum());
    }
}

impl Destination for Metrics {
    fn flush(&self) -> Result<(), Failure> {
        self.read();
        Ok(())
    }

    fn delivered(&self) -> Option<u64> {
        Some(self.tally.operations())
    }
}
