//! What the standard library's errors and HTTP's statuses mean.

use std::error::Error;
use std::io;
use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, TryRecvError};

use super::ErrorClass;

/// The class of this very error, whatever it was caused by.
pub(super) fn class_of(error: &(dyn Error + 'static)) -> Option<ErrorClass> {
    if let Some(error) = as_io(error) {
        return of_io_kind(error.kind());
    }
    if let Some(error) = error.downcast_ref::<RecvTimeoutError>() {
        return (*error == RecvTimeoutError::Timeout).then_some(ErrorClass::TIMEOUT);
    }
    if let Some(error) = error.downcast_ref::<TryRecvError>() {
        let empty = *error == TryRecvError::Empty;
        return empty.then(|| ErrorClass::new("interrupted", true));
    }
    is_parse_error(error).then_some(ErrorClass::INVALID_DATA)
}

/// The class of an error of which little is known; what it was caused by may tell more.
pub(super) fn vague_class_of(error: &(dyn Error + 'static)) -> Option<ErrorClass> {
    as_io(error).map(|_| ErrorClass::new("io_error", false))
}

/// The error that caused this one. What an error only wraps counts as its cause: sources leave it out.
pub(super) fn next<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a (dyn Error + 'static)> {
    if let Some(error) = as_io(error) {
        return match error.get_ref() {
            Some(inner) => Some(inner),
            None => error.source(),
        };
    }
    if let Some(shared) = error.downcast_ref::<Arc<dyn Error + Send + Sync>>() {
        return Some(&**shared);
    }
    if let Some(shared) = error.downcast_ref::<Arc<dyn Error>>() {
        return Some(&**shared);
    }
    error.source()
}

fn as_io<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a io::Error> {
    let plain = error.downcast_ref::<io::Error>();
    let shared = || error.downcast_ref::<Arc<io::Error>>().map(|it| &**it);
    let boxed = || error.downcast_ref::<Box<io::Error>>().map(|it| &**it);
    plain.or_else(shared).or_else(boxed)
}

fn is_parse_error(error: &(dyn Error + 'static)) -> bool {
    error.is::<std::num::ParseIntError>()
        || error.is::<std::num::ParseFloatError>()
        || error.is::<std::num::TryFromIntError>()
        || error.is::<std::str::Utf8Error>()
        || error.is::<std::string::FromUtf8Error>()
        || error.is::<std::str::ParseBoolError>()
        || error.is::<std::char::ParseCharError>()
        || error.is::<std::net::AddrParseError>()
}

fn of_io_kind(kind: io::ErrorKind) -> Option<ErrorClass> {
    use io::ErrorKind::{
        AddrInUse, AddrNotAvailable, AlreadyExists, BrokenPipe, ConnectionAborted,
        ConnectionRefused, ConnectionReset, HostUnreachable, Interrupted, InvalidData,
        InvalidInput, NetworkDown, NetworkUnreachable, NotConnected, NotFound, OutOfMemory,
        PermissionDenied, QuotaExceeded, ResourceBusy, StorageFull, TimedOut, UnexpectedEof,
        Unsupported, WouldBlock,
    };
    let (error_type, transient) = match kind {
        TimedOut => return Some(ErrorClass::TIMEOUT),
        ConnectionRefused | ConnectionReset | ConnectionAborted | NotConnected | BrokenPipe
        | NetworkDown | NetworkUnreachable | HostUnreachable | UnexpectedEof => {
            return Some(ErrorClass::NETWORK_ERROR);
        }
        InvalidData | InvalidInput => return Some(ErrorClass::INVALID_DATA),
        Interrupted | WouldBlock | ResourceBusy => ("interrupted", true),
        StorageFull | OutOfMemory | QuotaExceeded => ("resource_exhausted", true),
        NotFound => ("not_found", false),
        AlreadyExists => ("already_exists", false),
        PermissionDenied => ("permission_denied", false),
        AddrInUse | AddrNotAvailable => ("address_unavailable", false),
        Unsupported => ("unsupported", false),
        _ => return None,
    };
    Some(ErrorClass::new(error_type, transient))
}

/// See [`ErrorClass::of_http_status`].
pub(super) fn http_status(status: u16) -> Option<ErrorClass> {
    match status {
        0..=399 => None,
        408 => Some(ErrorClass::TIMEOUT),
        429 => Some(ErrorClass::RATE_LIMIT),
        421 | 425 => Some(ErrorClass::new(status.to_string(), true)),
        400..=499 => Some(ErrorClass::new(status.to_string(), false)),
        // What the server will never do, and what a network asks of a person.
        501 | 505 | 506 | 508 | 510 | 511 => {
            Some(ErrorClass { transient: false, ..ErrorClass::SERVER_ERROR })
        }
        _ => Some(ErrorClass::SERVER_ERROR),
    }
}
