use std::borrow::Cow;

/// How a span's operation ended
/// ([specification](https://opentelemetry.io/docs/specs/otel/trace/api/#set-status)).
///
/// ```
/// use telemetry_core::{Status, span};
///
/// let mut span = span!("order.place").start();
/// span.set_status(Status::Error("no stock".into()));
/// span.end();
/// assert!(Status::ERROR.is_error() && !Status::Unset.is_error());
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Status {
    /// Nothing was said: the usual state of an operation without an error.
    #[default]
    Unset,
    /// Declared successful by the application; a layer never says so.
    Ok,
    /// Failed, with a description where the attributes don't tell.
    Error(Cow<'static, str>),
}

impl Status {
    /// Failed, without a description.
    pub const ERROR: Self = Self::Error(Cow::Borrowed(""));

    /// Whether it is an error.
    pub fn is_error(&self) -> bool {
        matches!(self, Self::Error(_))
    }
}
