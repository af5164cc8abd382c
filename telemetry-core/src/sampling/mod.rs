//! Which traces are recorded: the decision at the head of a trace ([`Sampler`]).

mod ratio;
mod sampler;

pub use ratio::Ratio;
pub use sampler::Sampler;
