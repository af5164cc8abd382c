use std::collections::BTreeMap;
use std::ffi::OsString;

/// Environment variables, as they were when they were read. An empty value counts as unset, as the
/// [specification](https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/#parsing-empty-value)
/// has it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Variables {
    values: BTreeMap<String, String>,
}

impl Variables {
    /// Those of this process.
    pub(crate) fn of_process() -> Self {
        Self::of_system(std::env::vars_os())
    }

    pub(crate) fn of(variables: impl IntoIterator<Item = (String, String)>) -> Self {
        let values = variables
            .into_iter()
            .map(|(name, value)| (name, value.trim().to_owned()))
            .filter(|(_, value)| !value.is_empty());
        Self { values: values.collect() }
    }

    /// What isn't Unicode has no place in any setting of ours; with its broken parts replaced it
    /// fails the setting's own check, which names it.
    fn of_system(variables: impl Iterator<Item = (OsString, OsString)>) -> Self {
        Self::of(variables.map(|(name, value)| {
            (name.to_string_lossy().into_owned(), value.to_string_lossy().into_owned())
        }))
    }

    pub(crate) fn value(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(String::as_str)
    }

    /// The names that begin with `prefix`.
    pub(crate) fn names<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = &'a str> {
        self.values
            .range(prefix.to_owned()..)
            .map(|(name, _)| name.as_str())
            .take_while(move |name| name.starts_with(prefix))
    }
}
