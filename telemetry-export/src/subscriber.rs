//! The `tracing` subscriber and the `log` crate's logger that `init!` sets where the program has set
//! none.

use telemetry_core::Severity;
use telemetry_core::bridge::{self, Directives};

use crate::config::Reader;

/// Which spans and events of `tracing`, and which records of `log`, come through, by target and level.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Levels {
    directives: Directives,
}

impl Levels {
    /// `TELEMETRY_LOG`, else `RUST_LOG`, with levels and targets (`info,my_crate=debug`), else the
    /// level of `OTEL_LOG_LEVEL`, else `info`.
    pub(crate) fn read(reader: &mut Reader<'_>) -> Self {
        const LEVELS: [(&str, Option<Severity>); 11] = [
            ("off", None),
            ("none", None),
            ("fatal", Some(Severity::Error)),
            ("error", Some(Severity::Error)),
            ("warn", Some(Severity::Warn)),
            ("warning", Some(Severity::Warn)),
            ("info", Some(Severity::Info)),
            ("debug", Some(Severity::Debug)),
            ("verbose", Some(Severity::Trace)),
            ("trace", Some(Severity::Trace)),
            ("all", Some(Severity::Trace)),
        ];
        let mut directives = |name| {
            let allowed = "use levels and targets as in info,my_crate=debug";
            reader.parsed(name, allowed, |text| text.parse::<Directives>().ok())
        };
        let (own, usual) = (directives("TELEMETRY_LOG"), directives("RUST_LOG"));
        let level = reader.choice("OTEL_LOG_LEVEL", &LEVELS);
        let otherwise = || Directives::new(level.unwrap_or(Some(Severity::Info)));
        Self { directives: own.or(usual).unwrap_or_else(otherwise) }
    }
}

/// Sets a subscriber with the bridge, unless there is one; whether ours is set, now or by an earlier
/// `init!`.
#[cfg(feature = "tracing")]
pub(crate) fn install(levels: &Levels) -> bool {
    use std::sync::atomic::{AtomicBool, Ordering};

    use tracing_core::dispatcher::{self, Dispatch};
    use tracing_subscriber::layer::SubscriberExt;

    static OURS: AtomicBool = AtomicBool::new(false);
    if !dispatcher::has_been_set() {
        let filter = levels.directives.filter();
        let subscriber = tracing_subscriber::registry().with(filter).with(bridge::tracing::layer());
        if dispatcher::set_global_default(Dispatch::new(subscriber)).is_ok() {
            OURS.store(true, Ordering::Relaxed);
        }
    }
    OURS.load(Ordering::Relaxed)
}

/// Sets a logger with the bridge, unless there is one: it may be `tracing-log`'s, which brings the
/// records by way of `tracing`, so nothing is said of it.
#[cfg(feature = "log")]
pub(crate) fn install_logger(levels: &Levels) {
    let _ = bridge::log::Logger::new(levels.directives.clone()).install();
}
