//! [`Rules`]: what deny.toml says, as far as these checks need it.

use toml::{Table, Value};

use crate::failure::Failure;

/// What deny.toml says.
#[derive(Debug, Default)]
pub(crate) struct Rules {
    /// The platforms whose dependencies count.
    pub(crate) targets: Vec<String>,
    /// Crates that must not be here.
    pub(crate) banned: Vec<Banned>,
    /// Versions that may stand beside another version of the same crate.
    pub(crate) skips: Vec<Skip>,
    licences: Vec<String>,
    exceptions: Vec<(String, Vec<String>)>,
}

/// A crate that must not be here.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Banned {
    /// Its name.
    pub(crate) name: String,
    /// Why.
    pub(crate) reason: String,
}

/// A version that may stand beside another version of the same crate.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Skip {
    /// The crate's name.
    pub(crate) name: String,
    /// The exact version.
    pub(crate) version: String,
}

impl Skip {
    /// Whether it is about this package.
    pub(crate) fn is(&self, name: &str, version: &str) -> bool {
        self.name == name && self.version == version
    }
}

impl Rules {
    /// Reads the text of deny.toml.
    ///
    /// # Errors
    ///
    /// A ban or a listed duplicate without a reason, or a listed duplicate without its
    /// exact version: such an entry would be forgotten.
    pub(crate) fn parse(text: &str) -> Result<Self, Failure> {
        let table: Table =
            text.parse().map_err(|error| Failure::new(format!("deny.toml: {error}")))?;
        let entries = |section: &str, key: &str| -> Vec<Value> {
            let value = table.get(section).and_then(|section| section.get(key));
            value.and_then(Value::as_array).cloned().unwrap_or_default()
        };
        Ok(Self {
            targets: strings(&entries("graph", "targets")),
            banned: entries("bans", "deny").iter().map(banned).collect::<Result<_, _>>()?,
            skips: entries("bans", "skip").iter().map(skip).collect::<Result<_, _>>()?,
            licences: strings(&entries("licenses", "allow")),
            exceptions: entries("licenses", "exceptions")
                .iter()
                .map(exception)
                .collect::<Result<_, _>>()?,
        })
    }

    /// Whether the crate may be under this licence.
    pub(crate) fn allows(&self, name: &str, licence: &str) -> bool {
        let own = self.exceptions.iter().filter(|(exempt, _)| exempt == name);
        own.flat_map(|(_, licences)| licences)
            .chain(&self.licences)
            .any(|allowed| allowed == licence)
    }
}

fn banned(entry: &Value) -> Result<Banned, Failure> {
    Ok(Banned { name: string(entry, "crate")?, reason: string(entry, "reason")? })
}

fn skip(entry: &Value) -> Result<Skip, Failure> {
    string(entry, "reason")?;
    let spec = string(entry, "crate")?;
    let (name, version) = spec
        .split_once('@')
        .ok_or_else(|| Failure::new(format!("deny.toml: `{spec}` lacks its exact version")))?;
    Ok(Skip { name: name.to_owned(), version: version.to_owned() })
}

fn exception(entry: &Value) -> Result<(String, Vec<String>), Failure> {
    let allow = entry.get("allow").and_then(Value::as_array);
    let licences = allow.map(|licences| strings(licences)).unwrap_or_default();
    Ok((string(entry, "crate")?, licences))
}

fn string(entry: &Value, key: &str) -> Result<String, Failure> {
    entry
        .get(key)
        .and_then(Value::as_str)
        .filter(|text| !text.trim().is_empty())
        .map(str::to_owned)
        .ok_or_else(|| Failure::new(format!("deny.toml: an entry lacks its {key}: {entry:?}")))
}

fn strings(values: &[Value]) -> Vec<String> {
    let strings = values.iter().filter_map(Value::as_str);
    strings.map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_keys_that_matter_are_read() {
        let rules = Rules::parse(
            r#"
            [graph]
            targets = ["x86_64-unknown-linux-gnu"]
            [licenses]
            allow = ["MIT"]
            exceptions = [{ crate = "roots", allow = ["CDLA-Permissive-2.0"] }]
            [bans]
            deny = [{ crate = "cmake", reason = "a C compiler is enough" }]
            skip = [{ crate = "syn@2.0.119", reason = "old macros" }]
            "#,
        )
        .unwrap();
        assert_eq!(rules.targets, ["x86_64-unknown-linux-gnu"]);
        assert_eq!(rules.banned[0].name, "cmake");
        assert!(rules.skips[0].is("syn", "2.0.119"));
        assert!(rules.allows("any", "MIT") && rules.allows("roots", "CDLA-Permissive-2.0"));
        assert!(!rules.allows("any", "CDLA-Permissive-2.0"));
    }

    #[test]
    fn an_entry_without_its_reason_or_version_is_refused() {
        for text in [
            "[bans]\nskip = [{ crate = \"syn@2.0.119\" }]",
            "[bans]\nskip = [{ crate = \"syn\", reason = \"old\" }]",
            "[bans]\ndeny = [\"cmake\"]",
            "[bans",
        ] {
            assert!(Rules::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn our_own_file_can_be_read() {
        let rules = Rules::parse(include_str!("../../../deny.toml")).unwrap();
        assert!(rules.allows("any", "MIT"));
        assert!(!rules.targets.is_empty() && !rules.banned.is_empty());
    }
}
