use std::error::Error;
use std::fmt;

use crate::notice::{cut, mask_url, plain};

/// A setting with a value that isn't allowed: which, what, and what is.
///
/// Its text is one line and never shows what may be secret: headers, keys, users and passwords in
/// URLs, query strings.
///
/// ```
/// use telemetry_export::InitError;
///
/// fn settings(error: &InitError) -> Vec<&str> {
///     match error {
///         InitError::Settings(errors) => errors.iter().map(|error| error.setting()).collect(),
///         _ => Vec::new(),
///     }
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingError {
    setting: String,
    /// As it is shown: masked.
    value: String,
    allowed: String,
}

impl SettingError {
    const SHOWN: usize = 80;

    pub(crate) fn new(setting: &str, value: &str, allowed: impl Into<String>) -> Self {
        let secret = ["HEADERS", "KEY", "TOKEN", "SECRET", "headers"];
        let value = if secret.iter().any(|word| setting.contains(word)) {
            "***".to_owned()
        } else {
            cut(&plain(&mask_url(value)), Self::SHOWN)
        };
        Self { setting: setting.to_owned(), value, allowed: allowed.into() }
    }

    /// The setting's name: an environment variable or a method of the builder.
    pub fn setting(&self) -> &str {
        &self.setting
    }

    /// What is allowed.
    pub fn allowed(&self) -> &str {
        &self.allowed
    }
}

impl fmt::Display for SettingError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { setting, value, allowed } = self;
        write!(out, "{setting}={value} is not allowed: {allowed}")
    }
}

impl Error for SettingError {}

/// What was found wrong while settings were read, by consequence.
#[derive(Clone, Debug, Default)]
pub(crate) struct Problems {
    /// Start-up fails.
    pub(crate) errors: Vec<SettingError>,
    /// The setting counts as unset, and that is said.
    pub(crate) warnings: Vec<SettingError>,
}
