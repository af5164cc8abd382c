use std::error::Error;
use std::fmt;
use std::io;
use std::path::PathBuf;

use telemetry_core::AlreadyInstalled;
use telemetry_core::view::ViewError;

use crate::config::SettingError;

/// Why telemetry didn't start. Its text is one line, free of secrets; `Debug` shows the same, since
/// that is what a `main` that returns it prints.
///
/// ```no_run
/// use telemetry_export::InitError;
///
/// # fn main() {
/// match telemetry_export::init!() {
///     Ok(telemetry) => drop(telemetry),
///     Err(InitError::Settings(errors)) => errors.iter().for_each(|error| eprintln!("{error}")),
///     Err(error) => eprintln!("telemetry doesn't start: {error}"),
/// }
/// # }
/// ```
#[non_exhaustive]
pub enum InitError {
    /// Settings with values that aren't allowed; all of them, so that one start finds them.
    Settings(Vec<SettingError>),
    /// The file for JSON lines can't be opened.
    File {
        /// Its path.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Telemetry is running already; after [`Telemetry::shutdown`](crate::Telemetry::shutdown) it may
    /// be started again.
    AlreadyInstalled(AlreadyInstalled),
    /// A view makes no sense.
    View(ViewError),
    /// The system gave no thread.
    Threads(io::Error),
}

impl InitError {
    /// Why a pipeline wasn't built.
    pub(crate) fn of_pipeline(error: io::Error) -> Self {
        match error.downcast::<ViewError>() {
            Ok(error) => Self::View(error),
            Err(error) => Self::Threads(error),
        }
    }
}

impl fmt::Display for InitError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Settings(errors) => {
                for (index, error) in errors.iter().enumerate() {
                    let separator = if index == 0 { "" } else { "; " };
                    write!(out, "{separator}{error}")?;
                }
                Ok(())
            }
            Self::File { path, source } => {
                let path = path.display();
                write!(out, "the file for JSON lines, {path}, can't be opened: {source}")
            }
            Self::AlreadyInstalled(error) => error.fmt(out),
            Self::View(error) => error.fmt(out),
            Self::Threads(error) => write!(out, "telemetry's threads can't be started: {error}"),
        }
    }
}

impl fmt::Debug for InitError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, out)
    }
}

impl Error for InitError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Settings(errors) => errors.first().map(|error| error as _),
            Self::File { source, .. } | Self::Threads(source) => Some(source),
            Self::AlreadyInstalled(error) => Some(error),
            Self::View(error) => Some(error),
        }
    }
}
