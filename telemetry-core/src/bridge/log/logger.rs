use std::panic::{AssertUnwindSafe, catch_unwind};

use log::{Level, LevelFilter, Log, Metadata, Record, SetLoggerError};

use super::values::Values;
use crate::bridge::text::Text;
use crate::bridge::{Directives, privacy, scopes};
use crate::event::{Event, Severity};
use crate::pipeline::Pipeline;

/// A logger for the `log` crate that feeds the current pipeline; see
/// [`bridge::log`](crate::bridge::log).
///
/// ```
/// use telemetry_core::bridge::log::Logger;
///
/// Logger::new("info,hyper=warn".parse()?).install()?;
/// log::info!("started");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Logger {
    directives: Directives,
}

impl Logger {
    /// A logger of the records that `directives` let through.
    pub fn new(directives: Directives) -> Self {
        Self { directives }
    }

    /// Makes it the program's logger, and has `log` leave out at the source what no directive lets
    /// through.
    ///
    /// # Errors
    ///
    /// [`SetLoggerError`] when the program has a logger, which stays.
    pub fn install(self) -> Result<(), SetLoggerError> {
        let most = filter(self.directives.least());
        log::set_boxed_logger(Box::new(self))?;
        log::set_max_level(most);
        Ok(())
    }
}

impl Log for Logger {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        self.directives.enables(metadata.target(), severity(metadata.level()))
    }

    fn log(&self, record: &Record<'_>) {
        #[cfg(feature = "tracing")]
        if crate::bridge::twin::is_of(record.file(), record.line()) {
            return;
        }
        if !self.enabled(record.metadata()) || !Pipeline::is_current() {
            return;
        }
        let target = record.target();
        let mut message = Text::new();
        if privacy::withholds_text(target) {
            message.push_str(privacy::WITHHELD);
        } else {
            message.push(*record.args());
        }
        let mut event = Event::new(scopes::scope_of(target), "").severity(severity(record.level()));
        let mut values = Values { event: &mut event, target };
        // A panic of theirs loses the values that come after it.
        let _ = catch_unwind(AssertUnwindSafe(|| record.key_values().visit(&mut values)));
        event.body(message.as_str()).emit();
    }

    fn flush(&self) {}
}

fn severity(level: Level) -> Severity {
    match level {
        Level::Error => Severity::Error,
        Level::Warn => Severity::Warn,
        Level::Info => Severity::Info,
        Level::Debug => Severity::Debug,
        Level::Trace => Severity::Trace,
    }
}

fn filter(least: Option<Severity>) -> LevelFilter {
    match least {
        None => LevelFilter::Off,
        Some(Severity::Fatal | Severity::Error) => LevelFilter::Error,
        Some(Severity::Warn) => LevelFilter::Warn,
        Some(Severity::Info) => LevelFilter::Info,
        Some(Severity::Debug) => LevelFilter::Debug,
        Some(Severity::Trace) => LevelFilter::Trace,
    }
}
