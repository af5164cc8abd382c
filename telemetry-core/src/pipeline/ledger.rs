use std::fmt;

use super::{DropReason, Signal};
use crate::handler::HandlerLedger;

/// Where every record went. Per signal `ended = sampled_out + dropped + in_ring + held + accepted`,
/// per sink `accepted = exported + dropped + rejected + queued`; exact at rest.
///
/// ```
/// use telemetry_core::testing::Capture;
///
/// let capture = Capture::start();
/// capture.run(|| telemetry_core::span!("work").in_scope(|| ()));
/// capture.flush();
/// let ledger = capture.ledger();
/// assert_eq!((ledger.spans.ended, ledger.spans.accepted), (1, 1));
/// assert!(ledger.balances());
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Ledger {
    /// Spans.
    pub spans: SignalLedger,
    /// Log records and events.
    pub logs: SignalLedger,
    /// The sinks.
    pub sinks: Vec<SinkLedger>,
    /// The handlers that are attached.
    pub handlers: Vec<HandlerLedger>,
    /// Starts of spans that handlers wanted to know of and that found no room on the way to them.
    pub dropped_starts: u64,
}

/// The account of one signal, from its making to the sinks' queues.
///
/// ```
/// use telemetry_core::testing::Capture;
///
/// let capture = Capture::start();
/// capture.run(|| telemetry_core::span!("work").in_scope(|| ()));
/// capture.flush();
/// let spans = &capture.ledger().spans;
/// assert_eq!((spans.ended, spans.accepted, spans.total_dropped()), (1, 1, 0));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SignalLedger {
    /// Records that ended, whatever became of them.
    pub ended: u64,
    /// Not recorded by the sampler's decision.
    pub sampled_out: u64,
    /// Dropped, by reason.
    pub dropped: [(DropReason, u64); 3],
    /// In a ring, not yet swept by the collector.
    pub in_ring: u64,
    /// Swept and held for a later decision.
    pub held: u64,
    /// Given to the sinks.
    pub accepted: u64,
}

/// The account of one sink.
///
/// ```
/// use telemetry_core::testing::Capture;
///
/// let capture = Capture::start();
/// capture.run(|| telemetry_core::span!("work").in_scope(|| ()));
/// capture.flush();
/// for sink in &capture.ledger().sinks {
///     println!("{}: {} spans delivered, {} lost", sink.name, sink.spans.exported, sink.spans.dropped);
/// }
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SinkLedger {
    /// The sink's name.
    pub name: &'static str,
    /// Its spans.
    pub spans: SinkCounts,
    /// Its log records.
    pub logs: SinkCounts,
    /// Its metric points.
    pub points: SinkCounts,
}

/// What became of the records that a sink was given.
///
/// ```
/// use telemetry_core::testing::Capture;
///
/// let capture = Capture::start();
/// capture.run(|| telemetry_core::span!("work").in_scope(|| ()));
/// capture.flush();
/// let spans = &capture.ledger().sinks[0].spans;
/// assert_eq!(spans.accepted, spans.exported + spans.dropped + spans.rejected + spans.queued);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SinkCounts {
    /// Given to the sink.
    pub accepted: u64,
    /// Delivered.
    pub exported: u64,
    /// Lost: the queue was full, the sink gave up, or it panicked.
    pub dropped: u64,
    /// Refused for good by the receiver.
    pub rejected: u64,
    /// Waiting in the sink.
    pub queued: u64,
}

impl Ledger {
    /// Whether all accounts are equal on both sides.
    pub fn balances(&self) -> bool {
        let sinks = self.sinks.iter().flat_map(|sink| [sink.spans, sink.logs, sink.points]);
        self.spans.balances()
            && self.logs.balances()
            && sinks.into_iter().all(|counts| counts.balances())
            && self.handlers.iter().all(HandlerLedger::balances)
    }

    /// The account of a signal.
    pub fn of(&self, signal: Signal) -> &SignalLedger {
        match signal {
            Signal::Spans => &self.spans,
            Signal::Logs => &self.logs,
        }
    }
}

impl SignalLedger {
    /// Whether the account is equal on both sides.
    pub fn balances(&self) -> bool {
        self.ended
            == self.sampled_out + self.total_dropped() + self.in_ring + self.held + self.accepted
    }

    /// Records dropped for any reason.
    pub fn total_dropped(&self) -> u64 {
        self.dropped.iter().map(|(_, count)| count).sum()
    }
}

impl SinkCounts {
    /// Whether the account is equal on both sides.
    pub fn balances(&self) -> bool {
        self.accepted == self.exported + self.dropped + self.rejected + self.queued
    }
}

impl fmt::Display for Ledger {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, account) in [("spans", &self.spans), ("logs", &self.logs)] {
            writeln!(out, "{name}: {account}")?;
        }
        for sink in &self.sinks {
            for (name, counts) in
                [("spans", sink.spans), ("logs", sink.logs), ("points", sink.points)]
            {
                if counts != SinkCounts::default() {
                    writeln!(out, "{} {name}: {counts}", sink.name)?;
                }
            }
        }
        for handler in &self.handlers {
            writeln!(out, "handler {}: {handler}", handler.id)?;
        }
        if self.dropped_starts > 0 {
            writeln!(out, "handlers: {} dropped starts", self.dropped_starts)?;
        }
        Ok(())
    }
}

impl fmt::Display for SignalLedger {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} ended = {} sampled out", self.ended, self.sampled_out)?;
        let reasons = self.dropped.iter().filter(|(_, count)| *count > 0);
        write!(out, " + {} dropped", self.total_dropped())?;
        for (index, (reason, count)) in reasons.enumerate() {
            let before = if index == 0 { " (" } else { ", " };
            write!(out, "{before}{}: {count}", reason.as_str())?;
        }
        if self.total_dropped() > 0 {
            out.write_str(")")?;
        }
        write!(out, " + {} in ring + {} held + {} accepted", self.in_ring, self.held, self.accepted)
    }
}

impl fmt::Display for SinkCounts {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            out,
            "{} accepted = {} exported + {} dropped + {} rejected + {} queued",
            self.accepted, self.exported, self.dropped, self.rejected, self.queued
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn balanced() -> Ledger {
        let dropped = DropReason::ALL.map(|reason| (reason, 2));
        let signal =
            SignalLedger { ended: 16, sampled_out: 1, dropped, in_ring: 2, held: 3, accepted: 4 };
        let sink = SinkCounts { accepted: 10, exported: 1, dropped: 2, rejected: 3, queued: 4 };
        let handler =
            HandlerLedger { accepted: 6, handled: 1, dropped: 2, queued: 3, ..Default::default() };
        Ledger {
            spans: signal.clone(),
            logs: signal,
            sinks: vec![SinkLedger { name: "file", spans: sink, logs: sink, points: sink }],
            handlers: vec![handler],
            dropped_starts: 5,
        }
    }

    #[test]
    fn one_record_too_many_anywhere_and_the_books_do_not_balance() {
        assert!(balanced().balances());
        let places: [fn(&mut Ledger) -> &mut u64; 18] = [
            |ledger| &mut ledger.spans.ended,
            |ledger| &mut ledger.spans.sampled_out,
            |ledger| &mut ledger.spans.dropped[0].1,
            |ledger| &mut ledger.spans.dropped[2].1,
            |ledger| &mut ledger.spans.in_ring,
            |ledger| &mut ledger.spans.held,
            |ledger| &mut ledger.spans.accepted,
            |ledger| &mut ledger.logs.accepted,
            |ledger| &mut ledger.sinks[0].spans.accepted,
            |ledger| &mut ledger.sinks[0].spans.exported,
            |ledger| &mut ledger.sinks[0].spans.dropped,
            |ledger| &mut ledger.sinks[0].spans.rejected,
            |ledger| &mut ledger.sinks[0].spans.queued,
            |ledger| &mut ledger.sinks[0].logs.exported,
            |ledger| &mut ledger.sinks[0].points.exported,
            |ledger| &mut ledger.handlers[0].accepted,
            |ledger| &mut ledger.handlers[0].handled,
            |ledger| &mut ledger.handlers[0].queued,
        ];
        for place in places {
            let mut ledger = balanced();
            *place(&mut ledger) += 1;
            assert!(!ledger.balances(), "{ledger}");
        }
    }

    #[test]
    fn the_books_are_shown_line_by_line() {
        let shown = balanced().to_string();
        let lines: Vec<&str> = shown.lines().collect();
        let signal = "16 ended = 1 sampled out + 6 dropped (ring_full: 2, too_large: 2, shut_down: 2) \
                      + 2 in ring + 3 held + 4 accepted";
        assert_eq!(lines[..2], [format!("spans: {signal}"), format!("logs: {signal}")]);
        let sink = "10 accepted = 1 exported + 2 dropped + 3 rejected + 4 queued";
        assert_eq!(lines[2], format!("file spans: {sink}"));
        assert_eq!(lines.last(), Some(&"handlers: 5 dropped starts"));
    }
}
