//! Statements made from a seed: what they say is drawn once, as a list of pieces, and can be
//! written again and again with other values, white space, case, quotes and comments.

mod shape;
mod write;

pub(crate) use shape::Shape;
pub(crate) use write::write;
#[cfg(feature = "servers")]
pub(crate) use write::write_without_nulls;

/// The tables that the statements speak of, for those who run them.
#[cfg(feature = "servers")]
pub(crate) const SCHEMA: &str = "
    CREATE TABLE customers (id INTEGER PRIMARY KEY, name TEXT, city TEXT, age INTEGER, active BOOLEAN);
    CREATE TABLE orders (id INTEGER PRIMARY KEY, customer INTEGER, total INTEGER, state TEXT);
    CREATE TABLE items (id INTEGER PRIMARY KEY, purchase INTEGER, label TEXT, amount INTEGER);";

/// A piece of a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Piece {
    /// A keyword or an operator in words.
    Key(&'static str),
    /// A keyword that may be left out.
    Idle(&'static str),
    /// A table, a column or an alias.
    Name(&'static str),
    /// A mark; `.` clings to what stands around it.
    Mark(&'static str),
    /// `<>` or `!=`.
    NotEqual,
    /// A whole number, which may be negative.
    Number,
    /// A whole number that is not.
    Count,
    /// A text.
    Text,
    /// TRUE or FALSE.
    Truth,
}
