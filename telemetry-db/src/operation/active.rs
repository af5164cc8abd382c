use std::borrow::Cow;
use std::panic::Location;
use std::time::Duration;

use telemetry_core::Span;
use telemetry_core::semconv::db;

use super::connection_path::ConnectionPath;
use super::habits::Habits;
use super::home::Home;
use super::kept;
use super::labels::Labels;
use crate::{Statement, names};

/// An operation that somebody watches.
#[derive(Debug)]
pub(super) struct Active {
    /// Until the end, at which the rest stays where it is: it is large.
    pub(super) span: Option<Span>,
    pub(super) statement: Statement,
    pub(super) home: Home,
    pub(super) rows: Option<u64>,
    pub(super) affected: Option<u64>,
    // Times are in nanoseconds, those of an event from the start.
    pub(super) wait: Option<u64>,
    pub(super) waiting_since: Option<u64>,
    /// In the hands of the caller.
    pub(super) paused: u64,
    /// When the first row or the result came.
    pub(super) answered: Option<u64>,
    /// The result came all at once, just before the end.
    pub(super) answered_at_end: bool,
    /// Where the connection came from.
    pub(super) path: Option<ConnectionPath>,
    /// The keys or fields that it asked for and that were there, and the others.
    pub(super) found: Option<(u64, u64)>,
    /// Whether there may be others before it in its trace.
    pub(super) has_others: bool,
    /// Which line of the application asked for it, where that is known.
    pub(super) site: Option<&'static Location<'static>>,
    pub(super) failure: Option<Box<Failure>>,
}

/// How it failed.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) error_type: Cow<'static, str>,
    pub(super) is_code: bool,
}

impl Active {
    #[inline]
    pub(super) fn new(span: Span, statement: Statement, home: Home) -> Self {
        Active {
            span: Some(span),
            statement,
            home,
            rows: None,
            affected: None,
            wait: None,
            waiting_since: None,
            paused: 0,
            answered: None,
            answered_at_end: false,
            path: None,
            found: None,
            has_others: true,
            site: None,
            failure: None,
        }
    }

    /// For how long it has been running, in nanoseconds.
    #[inline]
    pub(super) fn elapsed(&self) -> u64 {
        self.span.as_ref().map_or(0, |span| nanos(span.elapsed()))
    }

    #[inline]
    pub(super) fn end(&mut self) {
        let Some(mut span) = self.span.take() else { return };
        let end = span.moment();
        let took = nanos(end.elapsed());
        if let Some(since) = self.waiting_since {
            self.wait = Some(self.wait.unwrap_or_default() + took.saturating_sub(since));
        }
        if self.answered_at_end {
            self.answered = Some(took);
        }
        self.tell(&mut span, took);
        if let Some(busy) = self.slow(took) {
            self.tell_slow(span.context(), busy);
        }
        let Self { statement, home, failure, .. } = &*self;
        let (rows, site) = (self.rows, self.site);
        let known = home.known();
        let unknown = match known {
            Some(_) => None,
            None => Some(home.instruments().patterns.profile(statement)),
        };
        let profile = known.map(|known| &*known.profile).or(unknown.as_deref());
        if let (Some(profile), None, true) = (profile, failure, self.has_others) {
            let span = &mut span;
            Habits { span, statement, home, profile, rows, site, end }.tell();
        }
        span.end_at(end, |context| {
            let duration = seconds(took);
            if let Some(profile) = profile {
                profile.record(took, rows, failure.is_some());
            }
            let rows = rows.map(|rows| rows as f64);
            if let Some(known) = known.filter(|_| failure.is_none()) {
                known.duration.record_in(duration, context);
                if let Some(rows) = rows {
                    known.returned_rows.record_in(rows, context);
                }
                return;
            }
            let instruments = home.instruments();
            let labels = Labels::of(home.target().inner(), statement, failure.as_deref());
            let labels = labels.as_slice();
            instruments.duration.record_in(duration, labels, context);
            if let Some(rows) = rows {
                instruments.returned_rows.record_in(rows, labels, context);
            }
        });
    }

    /// Tells the span what the operation was told.
    #[inline]
    fn tell(&self, span: &mut Span, took: u64) {
        if let (Some(rows), None) = (self.rows, self.affected)
            && let (Some(path), Some(wait)) = (self.path, self.wait)
            && let Some(answered) = self.answered
        {
            let times = [
                wait,
                answered.saturating_sub(wait),
                took.saturating_sub(answered.saturating_add(self.paused)),
            ];
            kept::tell_rows(span, rows, path, &times.map(seconds));
        } else {
            self.tell_others(span, took);
        }
        if let Some((hits, misses)) = self.found {
            kept::tell_found(span, hits, misses);
        }
        if self.paused > 0 {
            span.set(names::CALLER_TIME, seconds(self.paused));
        }
    }

    fn tell_others(&self, span: &mut Span, took: u64) {
        if let Some(rows) = self.rows {
            span.set(db::RESPONSE_RETURNED_ROWS, rows);
        }
        if let Some(rows) = self.affected {
            span.set(names::AFFECTED_ROWS, rows);
        }
        if let Some(path) = self.path {
            span.set(names::CONNECTION_PATH, path.as_str());
        }
        if let Some(wait) = self.wait {
            span.set(names::WAIT_TIME, seconds(wait));
        }
        if let Some(answered) = self.answered {
            let first = answered.saturating_sub(self.wait.unwrap_or_default());
            let rest = took.saturating_sub(answered.saturating_add(self.paused));
            span.set(names::FIRST_ROW_TIME, seconds(first));
            span.set(names::STREAM_TIME, seconds(rest));
        }
    }
}

/// Those of five centuries and more are as long as these.
#[inline]
pub(super) fn nanos(time: Duration) -> u64 {
    let seconds = time.as_secs().saturating_mul(1_000_000_000);
    seconds.saturating_add(time.subsec_nanos().into())
}

#[inline]
pub(super) fn seconds(nanos: u64) -> f64 {
    nanos as f64 / 1e9
}
