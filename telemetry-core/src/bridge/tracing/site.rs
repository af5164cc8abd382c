use std::cell::Cell;

use tracing_core::{Level, Metadata};

use super::metrics;
use crate::bridge::privacy;
use crate::event::Severity;
use crate::scope::Scope;

/// What is known of a place in the code that makes spans or events.
#[derive(Clone, Copy, Debug)]
pub(super) struct Site {
    /// Named after the target.
    pub(super) scope: &'static Scope,
    pub(super) severity: Severity,
    /// The event's name, if the program has given it one.
    pub(super) event_name: &'static str,
    /// Whether fields of it are held back.
    pub(super) is_private: bool,
    /// Whether fields of it are measurements.
    pub(super) has_metrics: bool,
    /// Whether it says more than measurements and their attributes.
    pub(super) has_message: bool,
    /// Whether it is the event with which `#[instrument(err)]` tells of an error: it has that field
    /// alone.
    pub(super) is_failure: bool,
    /// Whether it is an event of level error with a field for the error.
    pub(super) tells_error: bool,
    /// Whether it stands for all records of the `log` crate, as `tracing-log` passes them on.
    pub(super) is_log: bool,
}

impl Site {
    /// The field of an event that tells of an error, as `#[instrument(err)]` names it.
    pub(super) const ERROR: &'static str = "error";

    /// The site of these metadata, remembered by each thread for some sites.
    #[inline]
    pub(super) fn of(metadata: &'static Metadata<'static>) -> Self {
        let place = std::ptr::from_ref(metadata) as usize;
        let at = (place >> 4 ^ place >> 10) % KEPT;
        RECENT.with(|recent| match recent[at].get() {
            Some((known, site)) if known == place => site,
            _ => {
                let site = Self::new(metadata);
                recent[at].set(Some((place, site)));
                site
            }
        })
    }

    #[cold]
    fn new(metadata: &'static Metadata<'static>) -> Self {
        let is_log = metadata.target() == "log" && metadata.fields().field("log.target").is_some();
        // Those of `tracing`'s own making say where the event stands.
        let is_named = !is_log && !metadata.name().starts_with("event ");
        let has = |name: &str| metadata.fields().iter().any(|field| field.name() == name);
        Self {
            scope: Scope::of_name(metadata.target()),
            severity: severity(*metadata.level()),
            event_name: if is_named { metadata.name() } else { "" },
            is_private: metadata
                .fields()
                .iter()
                .any(|field| privacy::withholds_field(metadata.target(), field.name())),
            has_metrics: metadata.fields().iter().any(|field| metrics::is_metric(field.name())),
            has_message: has("message"),
            is_failure: metadata.is_event() && metadata.fields().len() == 1 && has(Self::ERROR),
            tells_error: *metadata.level() == Level::ERROR && has(Self::ERROR),
            is_log,
        }
    }
}

const KEPT: usize = 64;

thread_local! {
    /// By the address of the metadata, which are constants of the program.
    static RECENT: [Cell<Option<(usize, Site)>>; KEPT] =
        const { [const { Cell::new(None) }; KEPT] };
}

/// The severity of a `tracing` level.
fn severity(level: Level) -> Severity {
    match level {
        Level::ERROR => Severity::Error,
        Level::WARN => Severity::Warn,
        Level::INFO => Severity::Info,
        Level::DEBUG => Severity::Debug,
        _ => Severity::Trace,
    }
}
