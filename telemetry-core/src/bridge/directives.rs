use std::error::Error;
use std::fmt;
use std::str::FromStr;

use crate::event::Severity;

/// Which records of the `log` crate and which spans and events of `tracing` come through, by target and
/// level, as people know it from `RUST_LOG`: `info,hyper=warn,my_crate::db=debug`.
///
/// Each part, between commas, is a level for everything that no other part is about; a target and a
/// level; or a target alone, which stands for all levels. A target is a prefix: `hyper` is also about
/// `hyper::proto` and `hyper_util`. The longest that fits counts, of two equal ones the later. The levels
/// are `off`, `error`, `warn`, `info`, `debug` and `trace`, or `0` to `5`. Without a level for
/// everything else nothing else comes through.
///
/// Names and fields of spans (`my_crate[span]=debug`) are no part of this; where they are needed, add
/// `tracing_subscriber::EnvFilter` to a `Registry` of your own.
///
/// ```
/// use telemetry_core::Severity;
/// use telemetry_core::bridge::Directives;
///
/// let directives: Directives = "info,hyper=warn,hyper::proto=off".parse()?;
/// assert!(directives.enables("my_crate", Severity::Info));
/// assert!(!directives.enables("hyper_util", Severity::Info));
/// assert!(!directives.enables("hyper::proto::h1", Severity::Error));
/// assert_eq!("my_crate[span]=info".parse::<Directives>().unwrap_err().part(), "my_crate[span]=info");
/// # Ok::<(), telemetry_core::bridge::DirectiveError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Directives {
    /// For what no target fits.
    otherwise: Option<Severity>,
    /// Longest targets first.
    targets: Vec<(Box<str>, Option<Severity>)>,
}

impl Directives {
    /// Lets through what is at least as bad as `least`, whatever the target; none is nothing.
    pub const fn new(least: Option<Severity>) -> Self {
        Self { otherwise: least, targets: Vec::new() }
    }

    /// Lets through of targets beginning with `target` what is at least as bad as `least`.
    #[must_use]
    pub fn with(mut self, target: &str, least: Option<Severity>) -> Self {
        self.targets.retain(|(known, _)| **known != *target);
        let shorter = |(known, _): &(Box<str>, _)| known.len() <= target.len();
        let place = self.targets.iter().position(shorter).unwrap_or(self.targets.len());
        self.targets.insert(place, (target.into(), least));
        self
    }

    /// Whether what is as bad as `severity` comes through from `target`.
    pub fn enables(&self, target: &str, severity: Severity) -> bool {
        let found = self.targets.iter().find(|(prefix, _)| target.starts_with(&**prefix));
        found.map_or(self.otherwise, |(_, least)| *least).is_some_and(|least| severity >= least)
    }

    /// The least that comes through from anywhere; none when nothing does.
    pub fn least(&self) -> Option<Severity> {
        let each = self.targets.iter().map(|(_, least)| *least).chain([self.otherwise]);
        each.flatten().min()
    }

    /// The same as a filter for `tracing`'s layers, all together or one.
    ///
    /// ```
    /// use telemetry_core::bridge::{self, Directives};
    /// use tracing_subscriber::layer::{Layer, SubscriberExt};
    ///
    /// let directives: Directives = "info,hyper=warn".parse()?;
    /// let bridge = bridge::tracing::layer().with_filter(directives.filter());
    /// let subscriber = tracing_subscriber::registry().with(bridge);
    /// # drop(subscriber);
    /// # Ok::<(), telemetry_core::bridge::DirectiveError>(())
    /// ```
    #[cfg(feature = "tracing")]
    pub fn filter(&self) -> tracing_subscriber::filter::Targets {
        let level = |severity: Option<Severity>| match severity {
            None => tracing_core::LevelFilter::OFF,
            Some(Severity::Fatal | Severity::Error) => tracing_core::LevelFilter::ERROR,
            Some(Severity::Warn) => tracing_core::LevelFilter::WARN,
            Some(Severity::Info) => tracing_core::LevelFilter::INFO,
            Some(Severity::Debug) => tracing_core::LevelFilter::DEBUG,
            Some(Severity::Trace) => tracing_core::LevelFilter::TRACE,
        };
        tracing_subscriber::filter::Targets::new()
            .with_default(level(self.otherwise))
            .with_targets(self.targets.iter().map(|(target, least)| (&**target, level(*least))))
    }
}

impl FromStr for Directives {
    type Err = DirectiveError;

    fn from_str(text: &str) -> Result<Self, DirectiveError> {
        let mut parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
        parts.try_fold(Self::new(None), |directives, part| {
            let wrong = || DirectiveError { part: part.to_owned() };
            let (target, level) = match part.split_once('=') {
                Some((target, level)) => (target.trim(), Some(level.trim())),
                None => (part, None),
            };
            let is_target = |character: char| {
                !character.is_whitespace()
                    && !matches!(character, '[' | ']' | '{' | '}' | '=' | '"')
            };
            if target.is_empty() || !target.chars().all(is_target) {
                return Err(wrong());
            }
            match (level, read_level(target)) {
                (None, Some(least)) => Ok(Self { otherwise: least, ..directives }),
                (None, None) => Ok(directives.with(target, Some(Severity::Trace))),
                (Some(level), _) => {
                    Ok(directives.with(target, read_level(level).ok_or_else(wrong)?))
                }
            }
        })
    }
}

/// The severity that `text` names, or that it is off.
fn read_level(text: &str) -> Option<Option<Severity>> {
    const LEVELS: [(&str, &str, Option<Severity>); 6] = [
        ("off", "0", None),
        ("error", "1", Some(Severity::Error)),
        ("warn", "2", Some(Severity::Warn)),
        ("info", "3", Some(Severity::Info)),
        ("debug", "4", Some(Severity::Debug)),
        ("trace", "5", Some(Severity::Trace)),
    ];
    let is_it =
        |(name, digit, _): &&(&str, &str, _)| text.eq_ignore_ascii_case(name) || text == *digit;
    LEVELS.iter().find(is_it).map(|(.., severity)| *severity)
}

/// A part of [`Directives`] that says neither a level nor a target.
///
/// ```
/// use telemetry_core::bridge::Directives;
///
/// let error = "info,hyper=loud".parse::<Directives>().unwrap_err();
/// assert_eq!(error.part(), "hyper=loud");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DirectiveError {
    part: String,
}

impl DirectiveError {
    /// The part.
    pub fn part(&self) -> &str {
        &self.part
    }
}

impl fmt::Display for DirectiveError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { part } = self;
        write!(
            out,
            "{part:?} is no level and no target: use levels and targets as in info,my_crate=debug"
        )
    }
}

impl Error for DirectiveError {}
