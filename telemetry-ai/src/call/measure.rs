//! The metrics of a call under way.

use telemetry_core::Histogram;
#[cfg(any(feature = "middleware", feature = "tower"))]
use telemetry_core::{Value, semconv::gen_ai};

use super::{Observed, labels::Labels};
#[cfg(any(feature = "middleware", feature = "tower"))]
use crate::names;

impl Observed {
    /// Enters the time between two chunks, and nothing for those that came along with the second.
    ///
    /// The series are bound once: a chunk costs one entry in the histogram of each name. The model that answered is
    /// no label here, since it may not be known to be one of few yet.
    pub(super) fn measure_chunks(&mut self, seconds: f64, count: u64) {
        let (instruments, conventions) = (&self.instruments, self.settings.conventions());
        let series = self.chunk_times.get_or_insert_with(|| {
            let model = self.about.request.model.as_deref();
            let admitted = instruments.accounts.admits_model(model);
            let labels = Labels::new(&self.about.operation, &self.about.provider)
                .models(model.map(|model| if admitted { model } else { "_other" }), None)
                .server(self.about.server.as_ref());
            let labels = labels.with([]);
            let bind =
                |wanted: bool, histogram: &Histogram| wanted.then(|| histogram.bind(&labels));
            [
                bind(conventions.latest(), &instruments.time_per_output_chunk),
                bind(conventions.older(), &instruments.operation_time_per_output_chunk),
            ]
        });
        let context = self.span.context();
        for bound in series.iter().flatten() {
            bound.record_in(seconds, context);
            // Whatever a server packs into one write arrived at the same instant.
            for _ in 1..count.min(MOST_AT_ONCE) {
                bound.record_in(0.0, context);
            }
        }
    }

    /// Shows how much of the provider's limits is left.
    #[cfg(any(feature = "middleware", feature = "tower"))]
    pub(super) fn measure_headroom(&self, headroom: &crate::provider::Headroom) {
        let labels = [
            (gen_ai::PROVIDER_NAME, Value::from(self.about.provider.as_str())),
            (names::RATE_LIMIT_KIND, Value::from(headroom.kind)),
        ];
        self.instruments.rate_limit_remaining.set(headroom.remaining, &labels);
        if let Some(most) = headroom.limit {
            self.instruments.rate_limit.set(most, &labels);
        }
    }
}

/// A body that is read as a whole after the fact would else be entered chunk by chunk.
const MOST_AT_ONCE: u64 = 256;
