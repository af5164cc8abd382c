//! Whether a connection to Redis answers, for the wrappers of its clients.

use std::sync::atomic::{AtomicU8, Ordering};

use telemetry_core::semconv::{db, error};
use telemetry_core::{Counter, Gauge, Meter, Value};

use crate::names;

/// Whether a connection answers, by what its commands find. Nothing is asked of
/// the server for it.
#[derive(Debug, Default)]
pub(crate) struct Health(AtomicU8);

const UNKNOWN: u8 = 0;
const UP: u8 = 1;
const DOWN: u8 = 2;

const _: () = assert!(UNKNOWN == 0, "the default");

/// The instruments of connections to Redis in one pipeline.
#[derive(Debug)]
pub(crate) struct HealthInstruments {
    up: Gauge,
    reconnects: Counter,
    errors: Counter,
}

impl Health {
    /// The server answered, if with an error.
    #[inline]
    pub(crate) fn answered(&self, instruments: &HealthInstruments, pool: &str) {
        if self.0.load(Ordering::Relaxed) != UP {
            self.restored(instruments, pool);
        }
    }

    #[cold]
    fn restored(&self, instruments: &HealthInstruments, pool: &str) {
        let before = self.0.swap(UP, Ordering::Relaxed);
        if before != UP {
            instruments.say_up(pool, true);
        }
        if before == DOWN {
            instruments.reconnects.add(1, &of(pool));
        }
    }

    /// The connection is gone.
    #[cold]
    pub(crate) fn lost(&self, instruments: &HealthInstruments, pool: &str) {
        if self.0.swap(DOWN, Ordering::Relaxed) != DOWN {
            instruments.say_up(pool, false);
        }
    }
}

impl HealthInstruments {
    pub(crate) fn create(meter: &Meter) -> Self {
        HealthInstruments {
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

    /// Counts an error of a connection, by its class.
    #[cold]
    pub(crate) fn count_error(&self, pool: &str, name: &str) {
        let [pool] = of(pool);
        self.errors.add(1, &[pool, (error::TYPE, Value::Str(name))]);
    }

    fn say_up(&self, pool: &str, up: bool) {
        self.up.set(f64::from(u8::from(up)), &of(pool));
    }
}

fn of(pool: &str) -> [(&'static str, Value<'_>); 1] {
    [(db::CLIENT_CONNECTION_POOL_NAME, Value::Str(pool))]
}
