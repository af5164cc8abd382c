//! What shows only over many operations: which queries take the most time, and
//! habits that cost: N+1, serial reads of a cache, statements that never meet
//! their prepared selves again.

mod finding;
mod kept;
mod latency;
mod patterns;
mod profile;
mod repeats;
mod texts;

pub(crate) use finding::{Finding, Kind};
pub(crate) use kept::Kept;
pub(crate) use profile::Profile;
pub(crate) use repeats::Run;

pub use patterns::{Patterns, QueryProfile};
