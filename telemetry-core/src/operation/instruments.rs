use crate::metric::{Counter, Histogram, InstrumentSet, Instruments, Meter};
use crate::scope::Scope;

static SCOPE: Scope = Scope::new("telemetry-core", env!("CARGO_PKG_VERSION"));

pub(super) static INSTRUMENTS: Instruments<OperationInstruments> = Instruments::new(&SCOPE);

/// Seconds, from a cache's answer to a model's.
const BOUNDS: [f64; 14] =
    [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0];

pub(super) struct OperationInstruments {
    pub(super) duration: Histogram,
    pub(super) retries: Counter,
}

impl InstrumentSet for OperationInstruments {
    fn create(meter: &Meter) -> Self {
        Self {
            duration: meter
                .histogram("telemetry.operation.duration")
                .unit("s")
                .description("How long operations took, with all their tries.")
                .buckets(&BOUNDS)
                .build(),
            retries: meter
                .counter("telemetry.operation.retries")
                .unit("{retry}")
                .description("How often operations were tried again.")
                .build(),
        }
    }
}
