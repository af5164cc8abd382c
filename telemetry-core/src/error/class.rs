use std::borrow::Cow;
use std::error::Error;

use super::{NotRegistered, known, registry};
use crate::semconv;

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
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct ErrorClass {
    /// The short name.
    pub error_type: Cow<'static, str>,
    /// Whether the same operation may succeed when it is tried again.
    pub transient: bool,
}

impl ErrorClass {
    /// It took too long; trying again may help.
    pub const TIMEOUT: Self = Self::of_static("timeout", true);
    /// The other side couldn't be reached, or the connection broke; trying again may help.
    pub const NETWORK_ERROR: Self = Self::of_static("network_error", true);
    /// Too many requests; trying again later helps.
    pub const RATE_LIMIT: Self = Self::of_static("rate_limit", true);
    /// The other side failed; trying again may help.
    pub const SERVER_ERROR: Self = Self::of_static("server_error", true);
    /// What was received or given isn't what it should be; trying again doesn't help.
    pub const INVALID_DATA: Self = Self::of_static("invalid_data", false);
    /// Nothing is known of it: `_OTHER`, permanent.
    pub const OTHER: Self = Self::of_static(semconv::error::OTHER, false);

    /// Errors of one chain that are looked at. A chain is short; one that isn't, or that leads back to
    /// itself, isn't followed for ever.
    pub(super) const MAX_CHAIN: usize = 16;
    /// A name longer than this is no name.
    const MAX_NAME: usize = 128;

    const fn of_static(error_type: &'static str, transient: bool) -> Self {
        Self { error_type: Cow::Borrowed(error_type), transient }
    }

    /// A class of this name, which must be one of few: `rate_limit`, `23505`,
    /// `my_crate::OutOfStock`. What can't be a name, because it has white space or control characters
    /// in it, is empty or longer than 128 bytes, becomes `_OTHER`: a message never becomes a label.
    ///
    /// ```
    /// use telemetry_core::ErrorClass;
    ///
    /// assert_eq!(ErrorClass::new("out_of_stock", false).error_type, "out_of_stock");
    /// assert_eq!(ErrorClass::new("no more of article 17", false).error_type, "_OTHER");
    /// ```
    pub fn new(error_type: impl Into<Cow<'static, str>>, transient: bool) -> Self {
        let error_type = error_type.into();
        let is_name = (1..=Self::MAX_NAME).contains(&error_type.len())
            && !error_type.chars().any(|it| it.is_whitespace() || it.is_control());
        let error_type = if is_name { error_type } else { Self::OTHER.error_type };
        Self { error_type, transient }
    }

    /// The class of the first error in the chain of sources that is known; [`ErrorClass::OTHER`] when
    /// none is. What an [`io::Error`](std::io::Error), an `Arc` or a `Box` holds belongs to the chain.
    /// At most 16 errors are looked at.
    ///
    /// Known are, in this order, registered types ([`ErrorClass::register`]), `io::Error` by its kind,
    /// timeouts of channels, and the parse errors of the standard library.
    pub fn of(error: &(dyn Error + 'static)) -> Self {
        let mut next = Some(error);
        let mut vague = None;
        for _ in 0..Self::MAX_CHAIN {
            let Some(error) = next else { break };
            let class = registry::class_of(error).or_else(|| known::class_of(error));
            if let Some(class) = class {
                return class;
            }
            vague = vague.or_else(|| known::vague_class_of(error));
            next = known::next(error);
        }
        vague.unwrap_or(Self::OTHER)
    }

    /// The class of an HTTP response of this status; none below 400, which isn't an error.
    ///
    /// | status | `error.type` | transient |
    /// |---|---|---|
    /// | 429 | `rate_limit` | yes |
    /// | 408 | `timeout` | yes |
    /// | 500 and above | `server_error` | yes, but for 501, 505, 506, 508, 510 and 511 |
    /// | others | the number | only 421 and 425 |
    ///
    /// HTTP spans and metrics have the number itself as `error.type`, as their conventions say; this is
    /// for operations that HTTP is only the means of.
    ///
    /// ```
    /// use telemetry_core::ErrorClass;
    ///
    /// assert_eq!(ErrorClass::of_http_status(429), Some(ErrorClass::RATE_LIMIT));
    /// assert_eq!(ErrorClass::of_http_status(503), Some(ErrorClass::SERVER_ERROR));
    /// assert_eq!(ErrorClass::of_http_status(404).unwrap().error_type, "404");
    /// assert_eq!(ErrorClass::of_http_status(200), None);
    /// ```
    pub fn of_http_status(status: u16) -> Option<Self> {
        known::http_status(status)
    }

    /// Says how errors of type `E` are classed, for the whole process: at the head of a chain, within
    /// one, and behind an `Arc` or a `Box`. Where `class_of` gives none, what comes next in the chain
    /// is looked at. A panic of it counts as none.
    ///
    /// It is for start-up: the 64 places are never given back.
    ///
    /// # Errors
    ///
    /// [`NotRegistered`] when `E` has been registered already, or no place is left.
    ///
    /// ```
    /// use telemetry_core::ErrorClass;
    ///
    /// #[derive(Debug)]
    /// struct OutOfStock;
    /// # impl std::fmt::Display for OutOfStock {
    /// #     fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { out.write_str("none left") }
    /// # }
    /// impl std::error::Error for OutOfStock {}
    ///
    /// ErrorClass::register::<OutOfStock>(|_| Some(ErrorClass::new("out_of_stock", false)))?;
    /// assert_eq!(ErrorClass::of(&OutOfStock).error_type, "out_of_stock");
    /// # Ok::<(), telemetry_core::error::NotRegistered>(())
    /// ```
    pub fn register<E: Error + 'static>(
        class_of: impl Fn(&E) -> Option<Self> + Send + Sync + 'static,
    ) -> Result<(), NotRegistered> {
        registry::register(class_of)
    }
}

#[cfg(feature = "anyhow")]
impl From<&anyhow::Error> for ErrorClass {
    /// The class of the first error in the chain that is known.
    fn from(error: &anyhow::Error) -> Self {
        Self::of(&**error)
    }
}

#[cfg(feature = "eyre")]
impl From<&eyre::Report> for ErrorClass {
    /// The class of the first error in the chain that is known.
    fn from(error: &eyre::Report) -> Self {
        Self::of(&**error)
    }
}
