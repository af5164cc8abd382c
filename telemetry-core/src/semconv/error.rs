//! Errors.

/// The class of the error, of few different values.
pub const TYPE: &str = "error.type";

/// The class of an error that has none.
pub const OTHER: &str = "_OTHER";
