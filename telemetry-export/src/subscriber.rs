//! The `tracing` subscriber that `init!` sets where the program has set none.

use std::sync::atomic::{AtomicBool, Ordering};

use telemetry_core::bridge;
use tracing_core::LevelFilter;
use tracing_core::dispatcher::{self, Dispatch};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry;

use crate::config::Reader;

/// Which spans and events of `tracing` come through, by target and level.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Levels {
    targets: Targets,
}

/// Whether a subscriber of ours could be set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It is set, now or by an earlier `init!`.
    Set,
    /// The program has one of its own.
    Foreign,
}

impl Levels {
    /// `RUST_LOG` with levels and targets (`info,my_crate=debug`), else the level of
    /// `OTEL_LOG_LEVEL`, else `info`.
    pub(crate) fn read(reader: &mut Reader<'_>) -> Self {
        const LEVELS: [(&str, LevelFilter); 11] = [
            ("off", LevelFilter::OFF),
            ("none", LevelFilter::OFF),
            ("fatal", LevelFilter::ERROR),
            ("error", LevelFilter::ERROR),
            ("warn", LevelFilter::WARN),
            ("warning", LevelFilter::WARN),
            ("info", LevelFilter::INFO),
            ("debug", LevelFilter::DEBUG),
            ("verbose", LevelFilter::TRACE),
            ("trace", LevelFilter::TRACE),
            ("all", LevelFilter::TRACE),
        ];
        let targets =
            reader.parsed("RUST_LOG", "use levels and targets as in info,my_crate=debug", |text| {
                text.parse::<Targets>().ok()
            });
        let level = reader.choice("OTEL_LOG_LEVEL", &LEVELS);
        Self {
            targets: targets
                .unwrap_or_else(|| Targets::new().with_default(level.unwrap_or(LevelFilter::INFO))),
        }
    }
}

/// Sets a subscriber with the bridge, unless there is one.
pub(crate) fn install(levels: &Levels) -> Outcome {
    static OURS: AtomicBool = AtomicBool::new(false);
    if !dispatcher::has_been_set() {
        let subscriber = registry().with(levels.targets.clone()).with(bridge::tracing::layer());
        if dispatcher::set_global_default(Dispatch::new(subscriber)).is_ok() {
            OURS.store(true, Ordering::Relaxed);
        }
    }
    if OURS.load(Ordering::Relaxed) { Outcome::Set } else { Outcome::Foreign }
}
