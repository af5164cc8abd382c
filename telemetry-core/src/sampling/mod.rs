//! Which traces are recorded: the decision at the head of a trace ([`Sampler`]), and the rescue at its end
//! ([`Tail`]).

mod decision;
mod rate_limit;
mod ratio;
mod rule;
mod sampler;
mod tail;
mod threshold;

pub use rate_limit::RateLimit;
pub use ratio::Ratio;
pub use rule::Rule;
pub use sampler::Sampler;
pub use tail::Tail;

pub(crate) use decision::{Candidate, Decision};
pub(crate) use tail::{Fragments, Released, Rescued};
pub(crate) use threshold::{adjusted_count, merge_state};
