use telemetry_core::{Counter, Gauge, Meter};

use crate::names;

/// The instruments of connections to Redis in one pipeline.
#[derive(Debug)]
pub(crate) struct Instruments {
    pub(super) up: Gauge,
    pub(super) reconnects: Counter,
    pub(super) errors: Counter,
}

impl Instruments {
    pub(crate) fn create(meter: &Meter) -> Self {
        Instruments {
            up: meter
                .gauge(names::CONNECTION_UP)
                .unit("1")
                .description("Whether the server answered when it was last asked.")
                .build(),
            reconnects: meter
                .counter(names::CONNECTION_RECONNECTS)
                .unit("{reconnect}")
                .description("The times that a lost connection answered again.")
                .build(),
            errors: meter
                .counter(names::CONNECTION_ERRORS)
                .unit("{error}")
                .description("Errors of commands, by their class.")
                .build(),
        }
    }
}
