//! [`Grammar`]: what one command understands, and how its part of the line is read.

use std::ffi::OsString;

use lexopt::{Arg, Parser};

use super::Misuse;

/// What one command understands.
pub(super) struct Grammar {
    /// The command's name.
    pub(super) command: &'static str,
    /// Its options.
    pub(super) options: &'static [Allowed],
    /// The name of the one argument that is no option, if there may be one.
    pub(super) argument: Option<&'static str>,
}

impl Grammar {
    /// Reads the rest of the line; `None` means that it asks for help.
    pub(super) fn read(&self, parser: &mut Parser) -> Result<Option<Given>, Misuse> {
        let mut given = Given::default();
        loop {
            let argument = parser.next().map_err(|error| self.misuse(&error.to_string()))?;
            match argument {
                None => return Ok(Some(given)),
                Some(Arg::Long("help") | Arg::Short('h')) => return Ok(None),
                Some(Arg::Value(value)) if self.argument.is_some() && given.argument.is_none() => {
                    given.argument = Some(value);
                }
                Some(Arg::Value(value)) => {
                    let value = value.to_string_lossy();
                    return Err(self.misuse(&format!("unexpected argument `{value}`")));
                }
                Some(option) => {
                    let spelled = spelled(&option);
                    let allowed = self
                        .option(&spelled)
                        .ok_or_else(|| self.misuse(&format!("unknown option {spelled}")))?;
                    let value = allowed.value(parser)?;
                    if !allowed.repeatable && given.has(allowed.name) {
                        return Err(Misuse::new(format!("{spelled} is given twice")));
                    }
                    given.options.push((allowed.name, value));
                }
            }
        }
    }

    fn option(&self, spelled: &str) -> Option<&Allowed> {
        let name = spelled.strip_prefix("--")?;
        self.options.iter().find(|option| option.name == name)
    }

    /// A complaint that ends with what is allowed.
    fn misuse(&self, complaint: &str) -> Misuse {
        let options = self.options.iter();
        let allowed: Vec<String> = options
            .map(|option| format!("--{} {}", option.name, option.placeholder))
            .chain(self.argument.map(str::to_owned))
            .collect();
        Misuse::new(format!("{complaint}; {} takes {}", self.command, allowed.join(", ")))
    }
}

/// One option, which always takes a value.
pub(super) struct Allowed {
    name: &'static str,
    placeholder: &'static str,
    repeatable: bool,
    check: Check,
}

/// Says what a value must be, if it is not.
type Check = fn(&str) -> Result<(), String>;

impl Allowed {
    /// An option that may be given once.
    pub(super) const fn once(name: &'static str, placeholder: &'static str, check: Check) -> Self {
        Self { name, placeholder, repeatable: false, check }
    }

    /// An option that may be given several times.
    pub(super) const fn often(name: &'static str, placeholder: &'static str, check: Check) -> Self {
        Self { name, placeholder, repeatable: true, check }
    }

    /// Takes the option's value off the line.
    fn value(&self, parser: &mut Parser) -> Result<OsString, Misuse> {
        let name = self.name;
        let value = parser.value().map_err(|_| {
            Misuse::new(format!("--{name} needs a value: --{name} {}", self.placeholder))
        })?;
        let text = value.to_string_lossy();
        match (self.check)(&text) {
            Ok(()) => Ok(value),
            Err(expected) => Err(Misuse::new(format!("--{name} takes {expected}, not `{text}`"))),
        }
    }
}

/// What was given to one command.
#[derive(Default)]
pub(super) struct Given {
    options: Vec<(&'static str, OsString)>,
    argument: Option<OsString>,
}

impl Given {
    /// The values of one option, in their order.
    pub(super) fn values_of(&self, name: &str) -> Vec<String> {
        let values = self.options.iter().filter(|(given, _)| *given == name);
        values.map(|(_, value)| value.to_string_lossy().into_owned()).collect()
    }

    /// The same arguments again, each option and value apart, for another program.
    pub(super) fn spelled_out(self) -> Vec<OsString> {
        let options = self
            .options
            .into_iter()
            .flat_map(|(name, value)| [OsString::from(format!("--{name}")), value]);
        options.chain(self.argument).collect()
    }

    fn has(&self, name: &str) -> bool {
        self.options.iter().any(|(given, _)| *given == name)
    }
}

/// An argument as the user wrote it.
pub(super) fn spelled(argument: &Arg<'_>) -> String {
    match argument {
        Arg::Long(name) => format!("--{name}"),
        Arg::Short(letter) => format!("-{letter}"),
        Arg::Value(value) => value.to_string_lossy().into_owned(),
    }
}
