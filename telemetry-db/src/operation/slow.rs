use std::time::Duration;

use telemetry_core::semconv::db;
use telemetry_core::{Event, Severity};

use super::Active;
use crate::instruments::SCOPE;
use crate::names;

impl Active {
    /// Emits `telemetry.db.slow_query` if the database took longer than the
    /// target allows, leaving out what it did not take itself: the wait for a
    /// connection and the caller's own time.
    ///
    /// The text is always the sanitised one: logs are read by more people than
    /// traces.
    pub(super) fn tell_if_slow(&self) {
        let Some(busy) = self.slow() else { return };
        let inner = self.target.inner();
        let mut event = Event::new(&SCOPE, names::SLOW_QUERY)
            .severity(Severity::Warn)
            .context(self.span.context())
            .attribute(db::SYSTEM_NAME, &*inner.system)
            .attribute(names::DURATION, busy.as_secs_f64());
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
            event = event.attribute(names::WAIT_TIME, wait.as_secs_f64());
        }
        event.body("slow query").emit();
    }

    /// How long the database took, if that is slow.
    pub(super) fn slow(&self) -> Option<Duration> {
        let threshold = self.target.inner().slow_after_of(&self.statement)?;
        let wait = self.wait.unwrap_or_default();
        let busy = self.span.elapsed().saturating_sub(wait + self.paused);
        (busy >= threshold).then_some(busy)
    }
}
