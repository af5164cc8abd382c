//! What went wrong: in a form that may become a label ([`ErrorClass`]), and in words, as a log record
//! that belongs to its span ([`Exception`], [`capture_panics`]).
//!
//! | an error of this type | is classed by |
//! |---|---|
//! | any `E: Error` | [`ErrorClass::of`]: the first error of its chain that is known |
//! | `Box<dyn Error>`, with or without `Send + Sync` | the same |
//! | `anyhow::Error` (feature `anyhow`), `eyre::Report` (feature `eyre`) | the same |
//! | a type of yours, within any chain | what [`ErrorClass::register`] was given for it |
//! | a type that isn't an `Error` | [`Classify`], implemented for it, or a closure where it is used |
//! | an HTTP status | [`ErrorClass::of_http_status`] |

mod class;
mod classify;
mod exception;
mod known;
mod panics;
mod registry;

pub use class::ErrorClass;
#[cfg(feature = "anyhow")]
pub use classify::ByAnyhow;
#[cfg(feature = "eyre")]
pub use classify::ByEyre;
pub use classify::{ByBox, ByError, ByType, Classify};
pub use exception::Exception;
pub use panics::capture_panics;
pub use registry::NotRegistered;

pub(crate) use classify::ClassOf;
