use std::backtrace::Backtrace;
use std::error::Error;
use std::fmt;
use std::marker::PhantomData;

use super::ErrorClass;

/// An error that telemetry can class: what [`SpanBuilder::try_run`](crate::SpanBuilder::try_run) and
/// [`Operation::run`](crate::Operation::run) take.
///
/// All types that are `Error + 'static` are, boxed errors of all kinds, and with the features of these
/// names `anyhow::Error` and `eyre::Report`, which aren't `Error`s themselves. That no type can be
/// counted twice is what the parameter is for: it says in which way a type is an error, and is
/// inferred, so nobody ever writes it but in an implementation.
///
/// A type of yours that isn't an `Error` can be made one here, with a marker of your own:
///
/// ```
/// use telemetry_core::{Classify, ErrorClass, span};
///
/// enum Failure { Busy, Broken }
///
/// struct ByFailure;
///
/// impl Classify<ByFailure> for Failure {
///     fn class(&self) -> ErrorClass {
///         match self {
///             Self::Busy => ErrorClass::new("busy", true),
///             Self::Broken => ErrorClass::new("broken", false),
///         }
///     }
/// }
///
/// # fn work() -> Result<(), Failure> { Err(Failure::Busy) }
/// let result = span!("work").try_in_scope(work);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no error that telemetry can class",
    note = "errors are: `std::error::Error + 'static`, boxed ones, `anyhow::Error` and `eyre::Report` with the features of those names",
    note = "for other types implement `Classify`, or use `try_run_with` or `try_in_scope_with` and a closure"
)]
pub trait Classify<By> {
    /// The class.
    fn class(&self) -> ErrorClass;

    /// The error itself, where there is one: for its message.
    fn as_error(&self) -> Option<&(dyn Error + 'static)> {
        None
    }

    /// The name of its type, where that tells anything.
    fn type_name(&self) -> Option<&'static str> {
        None
    }

    /// Where it arose, where the error knows.
    fn backtrace(&self) -> Option<&Backtrace> {
        None
    }
}

/// [`Classify`] for all that is `Error + 'static`.
#[derive(Debug)]
pub struct ByError(());

impl<E: Error + 'static> Classify<ByError> for E {
    fn class(&self) -> ErrorClass {
        ErrorClass::of(self)
    }

    fn as_error(&self) -> Option<&(dyn Error + 'static)> {
        Some(self)
    }

    fn type_name(&self) -> Option<&'static str> {
        Some(std::any::type_name::<E>())
    }
}

/// [`Classify`] for boxed errors of unknown type.
#[derive(Debug)]
pub struct ByBox(());

macro_rules! classify_by_reference {
    ($($by:ty: $($type:ty),+;)*) => {$($(
        impl Classify<$by> for $type {
            fn class(&self) -> ErrorClass {
                ErrorClass::of(&**self)
            }

            fn as_error(&self) -> Option<&(dyn Error + 'static)> {
                Some(&**self)
            }
        }
    )+)*};
}
classify_by_reference! {
    ByBox: Box<dyn Error>, Box<dyn Error + Send>, Box<dyn Error + Send + Sync>;
}

/// [`Classify`] for `anyhow::Error`.
#[cfg(feature = "anyhow")]
#[derive(Debug)]
pub struct ByAnyhow(());

#[cfg(feature = "anyhow")]
impl Classify<ByAnyhow> for anyhow::Error {
    fn class(&self) -> ErrorClass {
        self.into()
    }

    fn as_error(&self) -> Option<&(dyn Error + 'static)> {
        Some(&**self)
    }

    fn backtrace(&self) -> Option<&Backtrace> {
        Some(self.backtrace())
    }
}

/// [`Classify`] for `eyre::Report`.
#[cfg(feature = "eyre")]
#[derive(Debug)]
pub struct ByEyre(());

#[cfg(feature = "eyre")]
classify_by_reference! {
    ByEyre: eyre::Report;
}

/// How the class of an `E` is found: by its type ([`ByType`]) or by a closure.
pub trait ClassOf<E> {
    /// The class.
    fn class_of(&self, error: &E) -> ErrorClass;
}

/// By [`Classify`].
pub struct ByType<By>(PhantomData<fn() -> By>);

impl<By> ByType<By> {
    pub(crate) const NEW: Self = Self(PhantomData);
}

impl<By> fmt::Debug for ByType<By> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("ByType")
    }
}

impl<By, E: Classify<By>> ClassOf<E> for ByType<By> {
    fn class_of(&self, error: &E) -> ErrorClass {
        error.class()
    }
}

impl<E, C: Fn(&E) -> ErrorClass> ClassOf<E> for C {
    fn class_of(&self, error: &E) -> ErrorClass {
        self(error)
    }
}
