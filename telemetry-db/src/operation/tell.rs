use std::panic::Location;
use std::time::Duration;

use telemetry_core::semconv::{code, db};

use super::Operation;
use super::active::{Failure, nanos};
#[cfg(feature = "sqlx")]
use super::connection_path::ConnectionPath;
use super::labels::Labels;

/// What an operation is told while it runs.
impl Operation {
    /// Adds to the rows that the operation returned. Zero is worth saying for
    /// an operation that could have returned some.
    #[inline]
    pub fn rows(&mut self, rows: u64) {
        if let Some(active) = &mut self.0 {
            active.rows = Some(active.rows.unwrap_or(0) + rows);
        }
    }

    /// Adds to the rows that the operation inserted, updated or deleted.
    #[inline]
    pub fn affected(&mut self, rows: u64) {
        if let Some(active) = &mut self.0 {
            active.affected = Some(active.affected.unwrap_or(0) + rows);
        }
    }

    /// Says how many of the keys or fields that the operation asked for were
    /// there, and how many were not: `telemetry.db.hits` and
    /// `telemetry.db.misses` on the span, and the counter
    /// `telemetry.db.lookups`. `prefix` says what kind of keys they are; it is
    /// one of few, never a key.
    ///
    /// ```
    /// use telemetry_db::{Operation, Statement, Target};
    ///
    /// let cache = Target::new("redis");
    /// let mut operation = Operation::start(&cache, &Statement::command("MGET"));
    /// operation.found("session", 2, 1);
    /// operation.end();
    /// ```
    pub fn found(&mut self, prefix: &str, hits: u64, misses: u64) {
        let Some(active) = &mut self.0 else { return };
        active.found = Some((hits, misses));
        for (hit, number) in [(true, hits), (false, misses)] {
            if number > 0 {
                let labels = Labels::of_lookup(active.home.target().inner(), prefix, hit);
                active.home.instruments().lookups.add(number, labels.as_slice());
            }
        }
    }

    /// The same, counted already.
    #[cfg(feature = "redis")]
    #[inline]
    pub(crate) fn found_counted(&mut self, hits: u64, misses: u64) {
        if let Some(active) = &mut self.0 {
            active.found = Some((hits, misses));
        }
    }

    /// Says that the span is all that there is of its trace so far, so that it
    /// repeats nothing.
    #[cfg(feature = "sqlx")]
    #[inline]
    pub(crate) fn is_alone(&mut self) {
        if let Some(active) = &mut self.0 {
            active.has_others = false;
        }
    }

    /// Begins to wait for a connection. If the operation ends before
    /// [`Operation::waited`] is called, it waited until then.
    #[inline]
    pub fn begin_wait(&mut self) {
        if let Some(active) = &mut self.0 {
            active.waiting_since = Some(active.elapsed());
        }
    }

    /// Has been waiting for a connection since it started, of a pool in which
    /// it found what `path` says.
    #[cfg(feature = "sqlx")]
    #[inline]
    pub(crate) fn waits_from_the_start(&mut self, path: impl FnOnce() -> ConnectionPath) {
        if let Some(active) = &mut self.0 {
            active.waiting_since = Some(0);
            active.path = Some(path());
        }
    }

    /// Says how long the operation waited for its connection: part of its
    /// duration, but no reason to call the query slow.
    #[inline]
    pub fn waited(&mut self, wait: Duration) {
        if let Some(active) = &mut self.0 {
            active.waiting_since = None;
            active.wait = Some(active.wait.unwrap_or(0).saturating_add(nanos(wait)));
        }
    }

    /// Says how long the database had to wait for the caller, as between two
    /// rows of a stream: part of the duration, but no reason to call the query
    /// slow.
    #[inline]
    pub fn paused(&mut self, pause: Duration) {
        if let Some(active) = &mut self.0 {
            active.paused = active.paused.saturating_add(nanos(pause));
        }
    }

    /// Says that the first row is here, or the result where there is none:
    /// what the operation took from then on, it took to hand over the rest.
    #[inline]
    pub fn answered(&mut self) {
        if let Some(active) = &mut self.0
            && active.answered.is_none()
        {
            active.answered = Some(active.elapsed());
        }
    }

    /// Says that the result is here as a whole, and that the operation is about
    /// to end.
    #[cfg(feature = "sqlx")]
    #[inline]
    pub(crate) fn answered_at_end(&mut self) {
        if let Some(active) = &mut self.0 {
            active.answered_at_end = true;
        }
    }

    /// Says which line of the application asked for the operation, for
    /// `code.file.path` and `code.line.number`, which the event of an N+1 has as
    /// well.
    ///
    /// ```
    /// use std::panic::Location;
    /// use telemetry_db::{Operation, Statement, Target};
    ///
    /// #[track_caller]
    /// fn ping(target: &Target) {
    ///     let mut operation = Operation::start(target, &Statement::named("PING"));
    ///     operation.called_at(Location::caller());
    ///     // ..
    ///     operation.end();
    /// }
    /// # ping(&Target::new("clickhouse"));
    /// ```
    pub fn called_at(&mut self, site: &'static Location<'static>) {
        if let Some(active) = &mut self.0 {
            active.site = Some(site);
        }
        if let Some(span) = self.span_mut() {
            span.set(code::FILE_PATH, site.file());
            span.set(code::LINE_NUMBER, i64::from(site.line()));
        }
    }

    /// Says that the operation failed. `error_type` is one of few short names,
    /// and the same as the `status_code` that the database answered, if it
    /// did: an SQLSTATE, a vendor's code.
    pub fn fail(&mut self, error_type: &str, status_code: Option<&str>) {
        if let Some(span) = self.span_mut() {
            span.set_error(error_type);
            if let Some(code) = status_code {
                span.set(db::RESPONSE_STATUS_CODE, code);
            }
        }
        let Some(active) = &mut self.0 else { return };
        active.failure = Some(Box::new(Failure {
            error_type: error_type.to_owned().into(),
            is_code: status_code.is_some(),
        }));
    }

    /// Sets an attribute of the span alone.
    #[cfg(any(feature = "fred", feature = "redis", feature = "sea-orm"))]
    pub(crate) fn set<'v>(&mut self, key: &str, value: impl Into<telemetry_core::Value<'v>>) {
        if let Some(span) = self.span_mut() {
            span.set(key, value);
        }
    }

    pub(crate) fn set_outcome(&mut self, outcome: &'static str) {
        if let Some(span) = self.span_mut() {
            span.set_outcome(outcome);
        }
    }
}
