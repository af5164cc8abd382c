//! [`Failure`]: why nothing could be measured, in one line.

use std::error::Error;

/// Why nothing could be measured.
pub(crate) type Failure = Box<dyn Error + Send + Sync>;
