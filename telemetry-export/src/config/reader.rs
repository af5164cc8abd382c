use std::time::Duration;

use super::{Problems, SettingError, Variables};

/// Reads settings one by one and gathers what is wrong with them. A value of `TELEMETRY_*` that isn't
/// allowed is an error; any other is warned of and counts as unset, unless all are to be strict.
pub(crate) struct Reader<'a> {
    variables: &'a Variables,
    strict: bool,
    problems: Problems,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(variables: &'a Variables) -> Self {
        let mut reader = Self { variables, strict: false, problems: Problems::default() };
        reader.strict = reader.flag("TELEMETRY_STRICT");
        reader
    }

    pub(crate) fn variables(&self) -> &'a Variables {
        self.variables
    }

    pub(crate) fn is_strict(&self) -> bool {
        self.strict
    }

    pub(crate) fn finish(self) -> Problems {
        self.problems
    }

    pub(crate) fn text(&self, name: &str) -> Option<&'a str> {
        self.variables.value(name)
    }

    /// A value that `parse` understands.
    pub(crate) fn parsed<T>(
        &mut self,
        name: &str,
        allowed: &str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Option<T> {
        let value = self.variables.value(name)?;
        let parsed = parse(value);
        if parsed.is_none() {
            self.problem(name, value, allowed);
        }
        parsed
    }

    /// `true` or `false`, in any case.
    pub(crate) fn flag(&mut self, name: &str) -> bool {
        self.parsed(name, "use true or false", |value| match value.to_ascii_lowercase().as_str() {
            "true" => Some(true),
            "false" => Some(false),
            _ => None,
        })
        .unwrap_or(false)
    }

    /// A duration in milliseconds.
    pub(crate) fn duration(&mut self, name: &str) -> Option<Duration> {
        self.parsed(name, "use a whole number of milliseconds", |value| {
            value.parse().ok().map(Duration::from_millis)
        })
    }

    /// A limit in milliseconds; zero means none, for which a year stands.
    pub(crate) fn timeout(&mut self, name: &str) -> Option<Duration> {
        const NO_LIMIT: Duration = Duration::from_secs(365 * 24 * 3600);
        let timeout = self.duration(name)?;
        Some(if timeout.is_zero() { NO_LIMIT } else { timeout.min(NO_LIMIT) })
    }

    /// A number of things, at least one.
    pub(crate) fn count(&mut self, name: &str) -> Option<usize> {
        self.parsed(name, "use a whole number above zero", |value| {
            value.parse().ok().filter(|count| *count > 0)
        })
    }

    /// One of `choices`, in any case.
    pub(crate) fn choice<T: Copy>(&mut self, name: &str, choices: &[(&str, T)]) -> Option<T> {
        let names: Vec<&str> = choices.iter().map(|(name, _)| *name).collect();
        let allowed = format!("use {}", list(&names));
        self.parsed(name, &allowed, |value| {
            choices
                .iter()
                .find(|(name, _)| name.eq_ignore_ascii_case(value))
                .map(|(_, choice)| *choice)
        })
    }

    /// Notes that `value` isn't allowed.
    pub(crate) fn problem(&mut self, name: &str, value: &str, allowed: &str) {
        let error = SettingError::new(name, value, allowed);
        let problems = if self.strict || name.starts_with("TELEMETRY_") {
            &mut self.problems.errors
        } else {
            &mut self.problems.warnings
        };
        // What holds for all signals is read for each of them.
        if !problems.contains(&error) {
            problems.push(error);
        }
    }

    /// Notes that what the code asks for can't be had.
    pub(crate) fn error(&mut self, setting: &str, value: &str, allowed: &str) {
        let error = SettingError::new(setting, value, allowed);
        if !self.problems.errors.contains(&error) {
            self.problems.errors.push(error);
        }
    }
}

/// `a, b or c`.
pub(crate) fn list(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [first @ .., last] => format!("{} or {last}", first.join(", ")),
    }
}
