use super::decision::{Candidate, Decision};
use super::{RateLimit, Ratio, Rule};
use crate::context::{SpanContext, TraceId};

/// Decides at a span's start whether it is sampled; the samplers of
/// [the specification](https://opentelemetry.io/docs/specs/otel/trace/sdk/#sampler), under the names
/// of `OTEL_TRACES_SAMPLER`, and two more.
///
/// ```
/// use telemetry_core::{RateLimit, Ratio, Rule, Sampler};
///
/// let tenth = Sampler::ParentBased(Box::new(Sampler::TraceIdRatio(Ratio::new(0.1).unwrap())));
/// assert_ne!(tenth, Sampler::default());
///
/// // No health checks, ten jobs a second, a tenth of the rest.
/// let sampler = Sampler::ParentBased(Box::new(Sampler::Rules {
///     rules: vec![
///         Rule::new(Sampler::AlwaysOff).name("GET /health*"),
///         Rule::new(Sampler::RateLimit(RateLimit::per_second(10.0).unwrap())).name("job.*"),
///     ],
///     otherwise: Box::new(tenth),
/// }));
/// # let _ = sampler;
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Sampler {
    /// `always_on`: everything.
    AlwaysOn,
    /// `always_off`: nothing.
    AlwaysOff,
    /// `traceidratio`: a share of all traces. What is sampled says of which share it is one
    /// (`ot=th:…` in `tracestate`), so that counts can be scaled up again:
    /// [`SpanRef::adjusted_count`](crate::SpanRef::adjusted_count).
    TraceIdRatio(Ratio),
    /// `parentbased_…`: what the parent decided, and the inner sampler for roots.
    ParentBased(Box<Sampler>),
    /// So many a second at the most.
    RateLimit(RateLimit),
    /// The first rule that matches decides.
    Rules {
        /// In the order in which they are asked.
        rules: Vec<Rule>,
        /// Decides where no rule matches.
        otherwise: Box<Sampler>,
    },
}

impl Sampler {
    /// What it will decide, if parent and trace are all that it has to look at and the trace's state
    /// stays as it is.
    #[inline]
    pub(crate) fn knows(&self, parent: Option<&SpanContext>, trace: TraceId) -> Option<bool> {
        match (self, parent) {
            (Self::ParentBased(_), Some(parent)) => Some(parent.is_sampled()),
            (Self::ParentBased(root), None) => match &**root {
                Self::AlwaysOn => Some(true),
                Self::TraceIdRatio(ratio) if !ratio.keeps(trace) => Some(false),
                _ => None,
            },
            (Self::AlwaysOn, _) => Some(true),
            (Self::TraceIdRatio(ratio), _) if !ratio.keeps(trace) => Some(false),
            _ => None,
        }
    }

    /// Whether it looks at the attributes of what is about to start.
    pub(crate) fn reads_attributes(&self) -> bool {
        match self {
            Self::ParentBased(root) => root.reads_attributes(),
            Self::Rules { .. } => true,
            _ => false,
        }
    }

    /// Decides on what is about to start.
    pub(crate) fn decide(&self, candidate: &Candidate<'_>) -> Decision {
        match self {
            Self::AlwaysOn => Decision::Keep,
            Self::AlwaysOff => Decision::Drop,
            Self::TraceIdRatio(ratio) => ratio.decide(candidate.trace_id),
            Self::ParentBased(root) => candidate
                .parent
                .map_or_else(|| root.decide(candidate), |parent| Decision::of(parent.is_sampled())),
            Self::RateLimit(limit) => Decision::of(limit.takes()),
            Self::Rules { rules, otherwise } => {
                let rule = rules.iter().find(|rule| rule.matches(candidate));
                rule.map_or(&**otherwise, Rule::sampler).decide(candidate)
            }
        }
    }
}

/// `parentbased_always_on`, as the specification has it.
impl Default for Sampler {
    fn default() -> Self {
        Self::ParentBased(Box::new(Self::AlwaysOn))
    }
}
