//! What is said about the rounds: a table for people, rows for programs.

mod costs;
mod row;
mod service;
mod spread;
mod table;

pub(crate) use row::{Row, rows, write_json};
pub(crate) use table::{print, print_heading};

use costs::Costs;
use service::ServiceFigures;
use spread::Spread;

/// What must be delivered for a row to say anything.
const ENOUGH: f64 = 0.999;
