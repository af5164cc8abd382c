//! Metrics: counters, gauges and histograms ([`Meter`]), read as a whole ([`MetricSnapshot`]).
//!
//! A series' value lies in one cell per thread that ever wrote to it. Only that thread writes, with a
//! plain load and store; reading sums the cells. So recording takes no lock and no atomic
//! read-modify-write, and threads never contend.

mod cells;
mod counter;
mod gauge;
mod histogram;
mod instrument;
mod instruments;
mod lookup;
mod meter;
mod number;
mod observable;
mod registry;
mod series;
mod snapshot;

pub use counter::{BoundCounter, BoundUpDownCounter, Counter, UpDownCounter};
pub use gauge::{BoundGauge, Gauge};
pub use histogram::{BoundHistogram, Histogram};
pub use instruments::{InstrumentSet, Instruments};
pub use meter::{InstrumentBuilder, Meter, ObservableBuilder};
pub use number::Number;
pub use observable::{Observer, Registration};
pub use snapshot::{HistogramPoint, Metric, MetricData, MetricSnapshot, NumberPoint};

pub(crate) use registry::Registry;

use number::Numeric;
