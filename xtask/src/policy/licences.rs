//! Every licence is one that our users can accept.

use super::graph::Package;
use super::spdx;
use super::{Graph, Rules};

/// What we write is under this.
const OURS: &str = "MIT OR Apache-2.0";

/// One objection for each package whose licence is not within what is allowed.
pub(super) fn problems(graph: &Graph, rules: &Rules) -> Vec<String> {
    let packages = graph.packages().iter().enumerate();
    packages
        .filter_map(|(index, package)| {
            let reason = objection(package, rules)?;
            Some(format!("{reason}; it comes by {}", graph.path_to(index)))
        })
        .collect()
}

fn objection(package: &Package, rules: &Rules) -> Option<String> {
    let name = &package.name;
    let Some(licence) = package.licence.as_deref() else {
        return Some(format!("{name} states no licence"));
    };
    if package.member {
        return (licence != OURS).then(|| format!("{name} is under {licence}, not {OURS}"));
    }
    let allowed = |id: &str| rules.allows(name, id);
    match spdx::satisfied(licence, allowed) {
        Ok(true) => None,
        Ok(false) => Some(format!("{name} is under {licence}, which is not allowed")),
        Err(reason) => Some(format!("the licence `{licence}` of {name} {reason}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules() -> Rules {
        Rules::parse(
            r#"
            [licenses]
            allow = ["MIT"]
            exceptions = [{ crate = "roots", allow = ["CDLA-Permissive-2.0"] }]
            "#,
        )
        .unwrap()
    }

    fn package(name: &str, licence: Option<&str>, member: bool) -> Package {
        Package {
            name: name.to_owned(),
            version: "1.0.0".to_owned(),
            licence: licence.map(str::to_owned),
            source: None,
            member,
        }
    }

    #[test]
    fn an_exception_holds_for_its_crate_alone() {
        let licence = Some("CDLA-Permissive-2.0");
        assert_eq!(objection(&package("roots", licence, false), &rules()), None);
        assert!(objection(&package("other", licence, false), &rules()).is_some());
    }

    #[test]
    fn no_licence_is_an_objection() {
        assert!(objection(&package("other", None, false), &rules()).is_some());
    }

    #[test]
    fn what_we_write_is_under_both_licences() {
        assert_eq!(objection(&package("ours", Some(OURS), true), &rules()), None);
        assert!(objection(&package("ours", Some("MIT"), true), &rules()).is_some());
    }
}
