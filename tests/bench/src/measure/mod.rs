//! How a side's cost is found: by a process of its own, on one core, at a steady pace.

mod measured;
mod memory;
mod pace;
mod processor;
mod program;
mod rounds;
mod side;

pub(crate) use measured::Measured;
pub(crate) use processor::{
    count as count_cores, keep_to as keep_to_core, keep_to_number as keep_to_core_number,
    other as other_core,
};
pub(crate) use program::Program;
pub(crate) use rounds::Rounds;
pub(crate) use side::run_side;
