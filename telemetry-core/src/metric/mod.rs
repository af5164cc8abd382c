//! Metrics: counters, gauges and histograms ([`Meter`]), read as a whole ([`MetricSnapshot`]).
//!
//! A series' value lies in one cell per thread that ever wrote to it. Only that thread writes, with a
//! plain load and store; reading sums the cells. So recording takes no lock and no atomic
//! read-modify-write, and threads never contend.

mod baggage_labels;
mod budget;
mod builder;
mod cell;
mod cells;
mod counter;
mod delta;
mod exemplar;
mod exemplar_slot;
mod exponential;
mod gauge;
mod histogram;
mod instrument;
mod instruments;
mod known;
mod lookup;
mod lookup_key;
mod meter;
mod number;
mod observable;
mod observers;
mod point;
mod quantile;
mod registry;
mod series;
mod snapshot;
mod static_instrument;
mod summary;
mod summary_point;
#[cfg(test)]
mod tests;
mod up_down_counter;

pub use builder::{InstrumentBuilder, ObservableBuilder};
pub use counter::{BoundCounter, Counter};
pub use delta::DeltaReader;
pub use exemplar::{Exemplar, ExemplarFilter};
pub use exponential::ExponentialBuckets;
pub use gauge::{BoundGauge, Gauge};
pub use histogram::{BoundHistogram, Histogram};
pub use instruments::{InstrumentSet, Instruments};
pub use meter::Meter;
pub use number::Number;
pub use observable::{Observer, Registration};
pub use point::{ExponentialHistogramPoint, HistogramPoint, NumberPoint};
pub use snapshot::{Metric, MetricData, MetricSnapshot, Temporality};
pub use static_instrument::StaticInstrument;
pub use summary_point::{QuantileValue, SummaryPoint};
pub use up_down_counter::{BoundUpDownCounter, UpDownCounter};

pub(crate) use registry::{ReaderId, Registry, Settings};
pub(crate) use static_instrument::attach_to as attach_static_instruments_to;
pub(crate) use summary::{BoundSummary, Summary};
