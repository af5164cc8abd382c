use std::borrow::Cow;
use std::panic::Location;
use std::sync::Arc;
use std::time::Duration;

use telemetry_core::Span;
use telemetry_core::semconv::db;

use super::habits::Habits;
use super::labels::Labels;
use crate::instruments::Instruments;
use crate::{Statement, Target, names};

/// An operation that somebody watches.
#[derive(Debug)]
pub(super) struct Active {
    pub(super) span: Span,
    pub(super) instruments: Arc<Instruments>,
    pub(super) target: Target,
    pub(super) statement: Statement,
    pub(super) rows: Option<u64>,
    pub(super) affected: Option<u64>,
    pub(super) wait: Option<Duration>,
    /// From the start.
    pub(super) waiting_since: Option<Duration>,
    pub(super) paused: Duration,
    /// When the first row or the result came, from the start.
    pub(super) answered: Option<Duration>,
    /// Which line of the application asked for it, where that is known.
    pub(super) site: Option<&'static Location<'static>>,
    pub(super) failure: Option<Failure>,
}

/// How it failed.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) error_type: Cow<'static, str>,
    pub(super) is_code: bool,
}

impl Active {
    pub(super) fn end(mut self) {
        if let Some(since) = self.waiting_since {
            self.wait =
                Some(self.wait.unwrap_or_default() + self.span.elapsed().saturating_sub(since));
        }
        if let Some(rows) = self.rows {
            self.span.set(db::RESPONSE_RETURNED_ROWS, rows);
        }
        if let Some(rows) = self.affected {
            self.span.set(names::AFFECTED_ROWS, rows);
        }
        if let Some(wait) = self.wait {
            self.span.set(names::WAIT_TIME, wait.as_secs_f64());
        }
        if let Some(answered) = self.answered {
            let first = answered.saturating_sub(self.wait.unwrap_or_default());
            let rest = self.span.elapsed().saturating_sub(answered + self.paused);
            self.span.set(names::FIRST_ROW_TIME, first.as_secs_f64());
            self.span.set(names::STREAM_TIME, rest.as_secs_f64());
        }
        if !self.paused.is_zero() {
            self.span.set(names::CALLER_TIME, self.paused.as_secs_f64());
        }
        self.tell_if_slow();
        let Self { mut span, instruments, target, statement, rows, site, failure, .. } = self;
        let bound = statement.bound(&instruments, &target);
        let unbound = match bound {
            Some(_) => None,
            None => Some(instruments.patterns.profile(&statement)),
        };
        let profile = bound.map(|bound| &*bound.profile).or(unbound.as_deref());
        if let (Some(profile), None) = (profile, &failure) {
            let (statement, instruments) = (&statement, &instruments);
            let span = &mut span;
            Habits { span, statement, instruments, target: &target, profile, rows, site }.tell();
        }
        span.end_with(|took, context| {
            let duration = took.as_secs_f64();
            if let Some(profile) = profile {
                profile.record(took, rows, failure.is_some());
            }
            let rows = rows.map(|rows| rows as f64);
            if let Some(bound) = bound.filter(|_| failure.is_none()) {
                bound.duration.record_in(duration, context);
                if let Some(rows) = rows {
                    bound.returned_rows.record_in(rows, context);
                }
                return;
            }
            let labels = Labels::of(target.inner(), &statement, failure.as_ref());
            let labels = labels.as_slice();
            instruments.duration.record_in(duration, labels, context);
            if let Some(rows) = rows {
                instruments.returned_rows.record_in(rows, labels, context);
            }
        });
    }
}
