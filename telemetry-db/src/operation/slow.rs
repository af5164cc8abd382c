use telemetry_core::semconv::db;
use telemetry_core::{Context, Event, Severity};

use super::Active;
use super::active::{nanos, seconds};
use crate::instruments::SCOPE;
use crate::names;

impl Active {
    /// Emits `telemetry.db.slow_query`.
    ///
    /// The text is always the sanitised one: logs are read by more people than
    /// traces.
    #[cold]
    pub(super) fn tell_slow(&self, context: &Context, busy: u64) {
        let inner = self.home.target().inner();
        let mut event = Event::new(&SCOPE, names::SLOW_QUERY)
            .severity(Severity::Warn)
            .context(context)
            .attribute(db::SYSTEM_NAME, &*inner.system)
            .attribute(names::DURATION, seconds(busy));
        if let Some(namespace) = &inner.namespace {
            event = event.attribute(db::NAMESPACE, &**namespace);
        }
        if let Some((key, name)) = self.statement.label() {
            event = event.attribute(key, name);
        }
        if let Some(text) = self.statement.sanitized() {
            event = event.attribute(db::QUERY_TEXT, text);
        }
        if let Some(rows) = self.rows {
            event = event.attribute(db::RESPONSE_RETURNED_ROWS, rows);
        }
        if let Some(rows) = self.affected {
            event = event.attribute(names::AFFECTED_ROWS, rows);
        }
        if let Some(wait) = self.wait {
            event = event.attribute(names::WAIT_TIME, seconds(wait));
        }
        event.body("slow query").emit();
    }

    /// How long the database took of `took`, if that is longer than the target
    /// allows: without what it did not take itself, the wait for a connection
    /// and the caller's own time.
    #[inline]
    pub(super) fn slow(&self, took: u64) -> Option<u64> {
        let threshold = self.home.target().inner().slow_after_of(&self.statement)?;
        let wait = self.wait.unwrap_or_default();
        let busy = took.saturating_sub(wait.saturating_add(self.paused));
        (busy >= nanos(threshold)).then_some(busy)
    }
}
