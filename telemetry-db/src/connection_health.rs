//! Whether a connection to Redis answers, for the wrappers of its clients.

use std::sync::atomic::{AtomicU32, Ordering};

use telemetry_core::semconv::{db, error};
use telemetry_core::{Counter, Gauge, Meter, Value};

use crate::names;

/// Whether a connection answers, by what its commands find. Nothing is asked of
/// the server for it.
///
/// Commands run side by side, so what one finds may be older than what another
/// has told: an answer from before a loss is no sign that the server is back.
/// What is found counts only if nothing has changed since the command began.
#[derive(Debug, Default)]
pub(crate) struct Health(AtomicU32);

/// How a connection stood when a command began.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Seen(u32);

/// The lowest bits say which it is, the others how often that has changed.
const STATE: u32 = 3;
const UNKNOWN: u32 = 0;
const UP: u32 = 1;
const DOWN: u32 = 2;

const _: () = assert!(UNKNOWN == 0, "the default");

/// The instruments of connections to Redis in one pipeline.
#[derive(Debug)]
pub(crate) struct HealthInstruments {
    up: Gauge,
    reconnects: Counter,
    errors: Counter,
}

impl Health {
    /// How the connection stands, for a command that begins.
    #[inline]
    pub(crate) fn seen(&self) -> Seen {
        Seen(self.0.load(Ordering::Relaxed))
    }

    /// The server answered, if with an error, to a command that began when the
    /// connection stood like that.
    #[inline]
    pub(crate) fn answered(&self, seen: Seen, instruments: &HealthInstruments, pool: &str) {
        if seen.state() != UP {
            self.restored(seen, instruments, pool);
        }
    }

    #[cold]
    fn restored(&self, seen: Seen, instruments: &HealthInstruments, pool: &str) {
        if self.becomes(seen, UP) {
            self.say(instruments, pool);
            if seen.state() == DOWN {
                instruments.reconnects.add(1, &of(pool));
            }
        }
    }

    /// The connection is gone, by a command that began when it stood like that.
    #[cold]
    pub(crate) fn lost(&self, seen: Seen, instruments: &HealthInstruments, pool: &str) {
        if seen.state() != DOWN && self.becomes(seen, DOWN) {
            self.say(instruments, pool);
        }
    }

    fn becomes(&self, seen: Seen, state: u32) -> bool {
        let next = seen.0.wrapping_add(STATE + 1) & !STATE | state;
        self.0.compare_exchange(seen.0, next, Ordering::Relaxed, Ordering::Relaxed).is_ok()
    }

    /// Says how it stands, until that is what was said last: others may say it
    /// at the same time.
    fn say(&self, instruments: &HealthInstruments, pool: &str) {
        let mut said = self.seen();
        loop {
            instruments.say_up(pool, said.state() == UP);
            let now = self.seen();
            if now.0 == said.0 {
                return;
            }
            said = now;
        }
    }
}

impl Seen {
    fn state(self) -> u32 {
        self.0 & STATE
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

#[cfg(test)]
mod tests {
    use telemetry_core::Pipeline;
    use telemetry_core::testing::Capture;

    use super::*;
    use crate::instruments::Instruments;

    #[test]
    fn what_was_found_before_something_changed_does_not_count() {
        let capture = Capture::start();
        let pool = [(db::CLIENT_CONNECTION_POOL_NAME, "cache")];
        let stands = || {
            let metrics = capture.metrics();
            let [up, reconnects] = [names::CONNECTION_UP, names::CONNECTION_RECONNECTS]
                .map(|name| metrics.sum(name, &pool) as u32);
            (up, reconnects)
        };
        capture.run(|| {
            let instruments = Instruments::of(&Pipeline::current().unwrap());
            let (health, told) = (Health::default(), &instruments.health);
            health.answered(health.seen(), told, "cache");
            assert_eq!(stands(), (1, 0));

            let [first, second] = [health.seen(), health.seen()];
            health.lost(first, told, "cache");
            assert_eq!(stands(), (0, 0));
            // The answer had come before the connection was lost.
            health.answered(second, told, "cache");
            assert_eq!(stands(), (0, 0));

            let [late, next] = [health.seen(), health.seen()];
            health.answered(next, told, "cache");
            assert_eq!(stands(), (1, 1));
            // So had this failure, of the connection before.
            health.lost(late, told, "cache");
            health.lost(second, told, "cache");
            assert_eq!(stands(), (1, 1));
            health.answered(late, told, "cache");
            assert_eq!(stands(), (1, 1));
        });
    }
}
