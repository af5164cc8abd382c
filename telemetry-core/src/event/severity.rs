/// How bad it is: the first level of each range of
/// [`SeverityNumber`](https://opentelemetry.io/docs/specs/otel/logs/data-model/#field-severitynumber).
///
/// ```
/// use telemetry_core::{Event, Scope, Severity};
///
/// static SCOPE: Scope = Scope::new("shop", "1.0.0");
///
/// Event::new(&SCOPE, "stock.low").severity(Severity::Warn).attribute("left", 2).emit();
/// assert!(Severity::Error > Severity::Warn);
/// assert_eq!(Severity::Warn.as_str(), "WARN");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Severity {
    /// Fine-grained, mostly off.
    Trace = 1,
    /// For those who look for a fault.
    Debug = 5,
    /// Something happened.
    #[default]
    Info = 9,
    /// Something deserves attention.
    Warn = 13,
    /// Something failed.
    Error = 17,
    /// Something failed and the program can't go on.
    Fatal = 21,
}

impl Severity {
    /// The level's name in capitals, as it stands in records.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Trace => "TRACE",
            Self::Debug => "DEBUG",
            Self::Info => "INFO",
            Self::Warn => "WARN",
            Self::Error => "ERROR",
            Self::Fatal => "FATAL",
        }
    }

    pub(crate) fn from_number(number: u64) -> Self {
        match number {
            0..=4 => Self::Trace,
            5..=8 => Self::Debug,
            9..=12 => Self::Info,
            13..=16 => Self::Warn,
            17..=20 => Self::Error,
            _ => Self::Fatal,
        }
    }
}
