use super::Ratio;
use crate::context::{SpanContext, TraceId};

/// Decides at a span's start whether it is recorded; the samplers of
/// [the specification](https://opentelemetry.io/docs/specs/otel/trace/sdk/#sampler), under the names
/// of `OTEL_TRACES_SAMPLER`.
///
/// ```
/// use telemetry_core::{Ratio, Sampler};
///
/// let tenth = Sampler::ParentBased(Box::new(Sampler::TraceIdRatio(Ratio::new(0.1).unwrap())));
/// assert_ne!(tenth, Sampler::default());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Sampler {
    /// `always_on`: everything.
    AlwaysOn,
    /// `always_off`: nothing.
    AlwaysOff,
    /// `traceidratio`: a share of all traces.
    TraceIdRatio(Ratio),
    /// `parentbased_…`: what the parent decided, and the inner sampler for roots.
    ParentBased(Box<Sampler>),
}

impl Sampler {
    /// Whether a span of `trace_id` beneath `parent` is recorded.
    #[inline]
    pub(crate) fn samples(&self, parent: Option<&SpanContext>, trace_id: TraceId) -> bool {
        match self {
            Self::AlwaysOn => true,
            Self::AlwaysOff => false,
            Self::TraceIdRatio(ratio) => ratio.keeps(trace_id),
            Self::ParentBased(root) => {
                parent.map_or_else(|| root.samples(None, trace_id), SpanContext::is_sampled)
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
