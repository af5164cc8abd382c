use std::sync::Arc;

use telemetry_core::semconv::db;
use telemetry_core::{Counter, Histogram, InstrumentSet, Meter, Pipeline, Scope};

use crate::names;
use crate::pattern::Kept;

/// The scope of everything that this crate emits.
pub(crate) static SCOPE: Scope = Scope::new(env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"));

static INSTRUMENTS: telemetry_core::Instruments<Instruments> =
    telemetry_core::Instruments::new(&SCOPE);

/// The instruments of operations and pools in one pipeline.
#[derive(Debug)]
pub(crate) struct Instruments {
    pub(crate) duration: Histogram,
    pub(crate) returned_rows: Histogram,
    pub(crate) wait_time: Histogram,
    pub(crate) use_time: Histogram,
    pub(crate) timeouts: Counter,
    pub(crate) lookups: Counter,
    #[cfg(any(feature = "fred", feature = "redis"))]
    pub(crate) health: crate::connection_health::HealthInstruments,
    pub(crate) meter: Meter,
    /// What shows only over many operations.
    pub(crate) patterns: Kept,
}

/// <https://opentelemetry.io/docs/specs/semconv/db/database-metrics/>
const SECONDS: &[f64] = &[0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 10.0];
const ROWS: &[f64] =
    &[1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1_000.0, 2_000.0, 5_000.0, 10_000.0];

impl Instruments {
    pub(crate) fn of(pipeline: &Pipeline) -> Arc<Self> {
        INSTRUMENTS.of(pipeline)
    }
}

impl InstrumentSet for Instruments {
    fn create(meter: &Meter) -> Self {
        let seconds = |name, description| {
            meter.histogram(name).unit("s").description(description).buckets(SECONDS).build()
        };
        Instruments {
            duration: seconds(
                db::CLIENT_OPERATION_DURATION,
                "Duration of database client operations.",
            ),
            returned_rows: meter
                .histogram(db::CLIENT_RESPONSE_RETURNED_ROWS)
                .unit("{row}")
                .description("The actual number of records returned by the database operation.")
                .buckets(ROWS)
                .build(),
            wait_time: seconds(
                db::CLIENT_CONNECTION_WAIT_TIME,
                "The time it took to obtain an open connection from the pool.",
            ),
            use_time: seconds(
                db::CLIENT_CONNECTION_USE_TIME,
                "The time between borrowing a connection and returning it to the pool.",
            ),
            timeouts: meter
                .counter(db::CLIENT_CONNECTION_TIMEOUTS)
                .unit("{timeout}")
                .description(
                    "The number of connection timeouts that have occurred trying to obtain a connection from the pool.",
                )
                .build(),
            lookups: meter
                .counter(names::LOOKUPS)
                .unit("{lookup}")
                .description("Keys and fields that were asked for, by whether they were there.")
                .build(),
            #[cfg(any(feature = "fred", feature = "redis"))]
            health: crate::connection_health::HealthInstruments::create(meter),
            meter: meter.clone(),
            patterns: Kept::new(),
        }
    }
}
