use std::fmt;
use std::sync::Arc;

use super::decision::Decision;
use super::threshold;
use crate::context::TraceId;

/// A share of traces between 0 and 1, decided consistently: every service that uses the same ratio
/// keeps the same traces, and a smaller ratio keeps a subset of what a larger one keeps. By the 56
/// random bits of the trace id, as
/// [OpenTelemetry's consistent sampling](https://opentelemetry.io/docs/specs/otel/trace/tracestate-probability-sampling/)
/// has it.
///
/// ```
/// use telemetry_core::Ratio;
///
/// assert!(Ratio::new(0.1).is_some());
/// assert!(Ratio::new(1.5).is_none() && Ratio::new(f64::NAN).is_none());
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Ratio {
    /// Traces whose random bits are below it are left out.
    rejected_below: u64,
    /// The threshold as the state of a trace that has no other.
    trace_state: Arc<str>,
}

impl Ratio {
    const SPACE: f64 = (1_u64 << 56) as f64;

    /// The ratio, when it is between 0 and 1.
    pub fn new(ratio: f64) -> Option<Self> {
        (0.0..=1.0).contains(&ratio).then(|| {
            let rejected_below = ((1.0 - ratio) * Self::SPACE).round() as u64;
            let trace_state = threshold::with(None, &threshold::digits(rejected_below));
            Self { rejected_below, trace_state }
        })
    }

    /// Keeps the trace if it is of the share.
    pub(crate) fn decide(&self, trace: TraceId) -> Decision {
        match self.keeps(trace) {
            // All of them are kept, and each counts as one.
            true if self.rejected_below == 0 => Decision::Keep,
            true => Decision::KeepAt(Arc::clone(&self.trace_state)),
            false => Decision::Drop,
        }
    }

    #[inline]
    pub(super) fn keeps(&self, trace: TraceId) -> bool {
        trace.randomness() >= self.rejected_below
    }
}

impl fmt::Debug for Ratio {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, out)
    }
}

impl fmt::Display for Ratio {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}", 1.0 - self.rejected_below as f64 / Self::SPACE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::IdGenerator;

    #[test]
    fn a_ratio_keeps_its_share_and_a_smaller_one_a_part_of_it() {
        let (tenth, half) = (Ratio::new(0.1).unwrap(), Ratio::new(0.5).unwrap());
        let ids = IdGenerator::seeded();
        let traces: Vec<TraceId> = (0..100_000).map(|_| ids.trace_id()).collect();
        let kept = traces.iter().filter(|trace| tenth.keeps(**trace)).count();
        // Five standard deviations of a binomial of 100,000 at 0.1.
        assert!(kept.abs_diff(10_000) < 475, "{kept}");
        assert!(traces.iter().all(|trace| !tenth.keeps(*trace) || half.keeps(*trace)));
    }

    /// Consistent probability sampling (<https://opentelemetry.io/docs/specs/otel/trace/tracestate-probability-sampling/>)
    /// compares the 56 bits at the end of the trace id, which W3C's random flag vouches for, with a threshold: whoever
    /// does so decides alike.
    #[test]
    fn the_last_56_bits_of_the_trace_id_decide_and_no_others() {
        for (ratio, least) in [
            (0.5, 0x80_0000_0000_0000_u64),
            (0.25, 0xc0_0000_0000_0000),
            (0.0625, 0xf0_0000_0000_0000),
        ] {
            let ratio = Ratio::new(ratio).unwrap();
            for before in ["000000000000000000", "4bf92f3577b34da6a3", "ffffffffffffffffff"] {
                let trace = |bits: u64| TraceId::parse(&format!("{before}{bits:014x}")).unwrap();
                assert!(ratio.keeps(trace(least)) && ratio.keeps(trace(0xff_ffff_ffff_ffff)));
                assert!(!ratio.keeps(trace(least - 1)) && !ratio.keeps(trace(1)), "{ratio}");
            }
        }
    }

    #[test]
    fn all_and_nothing_are_exact() {
        let ids = IdGenerator::seeded();
        for _ in 0..1_000 {
            let trace = ids.trace_id();
            assert!(
                Ratio::new(1.0).unwrap().keeps(trace) && !Ratio::new(0.0).unwrap().keeps(trace)
            );
        }
    }
}
