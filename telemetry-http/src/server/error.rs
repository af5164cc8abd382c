//! From the errors of services and bodies, which may be of any type, to `error.type`.

use std::any::Any;
use std::borrow::Cow;
use std::error::Error;
use std::io;

use telemetry_core::{ErrorClass, semconv};

/// The class of an error. Services and bodies have boxed errors as often as types of their own, and no
/// bound takes both, so the types that lead on to a chain of sources are recognised.
pub(crate) fn error_type<E: 'static>(error: &E) -> Cow<'static, str> {
    match as_error(error) {
        Some(error) => ErrorClass::of(error).error_type,
        None => Cow::Borrowed(semconv::error::OTHER),
    }
}

pub(crate) fn as_error(error: &dyn Any) -> Option<&(dyn Error + 'static)> {
    if let Some(boxed) = error.downcast_ref::<Box<dyn Error + Send + Sync>>() {
        return Some(&**boxed);
    }
    if let Some(boxed) = error.downcast_ref::<Box<dyn Error + Send>>() {
        return Some(&**boxed);
    }
    if let Some(boxed) = error.downcast_ref::<Box<dyn Error>>() {
        return Some(&**boxed);
    }
    #[cfg(feature = "axum")]
    if let Some(error) = error.downcast_ref::<axum::Error>() {
        return Some(error);
    }
    let io = error.downcast_ref::<io::Error>();
    io.map(|error| error as &(dyn Error + 'static))
}
