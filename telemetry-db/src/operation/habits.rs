use std::panic::Location;

use telemetry_core::{Span, SpanMoment, TraceId};

use super::home::Home;
use crate::pattern::{Finding, Kind, Profile, Run};
use crate::{Fingerprint, Statement, names};

/// An operation that is about to end well, to be held against those before it
/// in its trace.
#[derive(Debug)]
pub(super) struct Habits<'a> {
    pub(super) span: &'a mut Span,
    pub(super) statement: &'a Statement,
    pub(super) home: &'a Home,
    pub(super) profile: &'a Profile,
    pub(super) rows: Option<u64>,
    pub(super) site: Option<&'static Location<'static>>,
    pub(super) end: SpanMoment,
}

impl Habits<'_> {
    /// Looks whether it is one of many that should have been one, and says so
    /// on its span, and in an event when that becomes a habit.
    #[inline]
    pub(super) fn tell(mut self) {
        let traits = self.statement.traits();
        if !traits.reads && self.rows.is_none() {
            return;
        }
        let Some(fingerprint) = self.statement.fingerprint() else { return };
        let Some(trace) = self.span.context().span_context().map(|span| low(span.trace_id()))
        else {
            return;
        };
        if !self.statement.is_command() {
            let rows = self.rows.unwrap_or(0);
            // What asks for many at once, or for the next of many, is no repetition.
            let single = traits.reads && !traits.batches && !(traits.limits && rows > 1);
            // Without values beside it, the same text asks for the same thing again.
            let text = if traits.placeholders { 0 } else { self.statement.text_hash() };
            self.follows_rows(Run { trace, fingerprint, rows, single, text });
        } else if traits.reads {
            self.follows_reads(trace, fingerprint);
        }
    }

    fn follows_rows(&mut self, run: Run) {
        let Some(found) = self.home.instruments().patterns.repeats().ran(run) else { return };
        self.span.set(names::N_PLUS_ONE_REPEATS, found.times);
        if found.first {
            self.find(Kind::NPlusOne {
                repeats: found.times,
                source: found.source,
                source_rows: found.source_rows,
            });
        }
    }

    fn follows_reads(&mut self, trace: u64, command: Fingerprint) {
        let (started, ended) = (self.end.start_unix_nanos(), self.end.unix_nanos());
        let repeats = self.home.instruments().patterns.repeats();
        let Some(times) = repeats.read(trace, command, started, ended) else {
            return;
        };
        self.span.set(names::SERIAL_READS_REPEATS, times);
        self.find(Kind::SerialReads { repeats: times });
    }

    fn find(&self, kind: Kind) {
        let context = self.span.context();
        let Habits { profile, home, site, .. } = *self;
        let target = home.target();
        Finding { kind, profile, target, context, site }.tell(home.instruments());
    }
}

/// The half of a trace's id that is random for sure.
fn low(trace: TraceId) -> u64 {
    let [.., a, b, c, d, e, f, g, h] = trace.to_bytes();
    u64::from_be_bytes([a, b, c, d, e, f, g, h])
}
