//! How a side's cost is found: by a process of its own, on one core, at a steady pace.

mod measured;
mod pace;
mod processor;
mod program;
mod rounds;
mod side;

pub(crate) use measured::Measured;
pub(crate) use program::Program;
pub(crate) use rounds::Rounds;
pub(crate) use side::run_side;
