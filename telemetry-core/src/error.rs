//! What went wrong, in a form that may become a label: [`ErrorClass`].

use std::borrow::Cow;
use std::error::Error;
use std::io;

/// The class of an error: whether trying again may help, and a short name of few different values
/// for [`error.type`](https://opentelemetry.io/docs/specs/semconv/registry/attributes/error/).
///
/// ```
/// use std::io;
/// use telemetry_core::ErrorClass;
///
/// let class = ErrorClass::of(&io::Error::from(io::ErrorKind::TimedOut));
/// assert_eq!((&*class.error_type, class.transient), ("timeout", true));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ErrorClass {
    /// The short name.
    pub error_type: Cow<'static, str>,
    /// Whether the same operation may succeed when it is tried again.
    pub transient: bool,
}

impl ErrorClass {
    /// A class.
    pub fn new(error_type: impl Into<Cow<'static, str>>, transient: bool) -> Self {
        Self { error_type: error_type.into(), transient }
    }

    /// The class of the first error in the chain of sources that is known; `_OTHER` when none is.
    pub fn of(error: &(dyn Error + 'static)) -> Self {
        let mut next = Some(error);
        // A chain is short; one that is not, or that leads back to itself, isn't followed for ever.
        for _ in 0..16 {
            let Some(error) = next else { break };
            if let Some(error) = error.downcast_ref::<io::Error>() {
                return Self::of_io(error);
            }
            next = error.source();
        }
        Self::new("_OTHER", false)
    }

    fn of_io(error: &io::Error) -> Self {
        use io::ErrorKind::{
            AddrInUse, AddrNotAvailable, BrokenPipe, ConnectionAborted, ConnectionRefused,
            ConnectionReset, HostUnreachable, Interrupted, InvalidData, InvalidInput, NetworkDown,
            NetworkUnreachable, NotConnected, NotFound, OutOfMemory, PermissionDenied, StorageFull,
            TimedOut, UnexpectedEof, WouldBlock,
        };
        let (error_type, transient) = match error.kind() {
            TimedOut => ("timeout", true),
            ConnectionRefused | ConnectionReset | ConnectionAborted | NotConnected | BrokenPipe
            | NetworkDown | NetworkUnreachable | HostUnreachable | UnexpectedEof => {
                ("network_error", true)
            }
            Interrupted | WouldBlock => ("interrupted", true),
            NotFound => ("not_found", false),
            PermissionDenied => ("permission_denied", false),
            StorageFull | OutOfMemory => ("resource_exhausted", true),
            InvalidData | InvalidInput => ("invalid_data", false),
            AddrInUse | AddrNotAvailable => ("address_unavailable", false),
            _ => ("io_error", false),
        };
        Self::new(error_type, transient)
    }
}
