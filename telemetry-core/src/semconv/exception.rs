//! Exceptions.

/// The type of the exception.
pub const TYPE: &str = "exception.type";

/// Its message.
pub const MESSAGE: &str = "exception.message";

/// Where it was raised.
pub const STACKTRACE: &str = "exception.stacktrace";
