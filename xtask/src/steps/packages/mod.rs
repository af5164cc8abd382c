//! The step `packages`: the foreign programs that the tests run.

mod debian;
pub(super) mod programs;
mod services;

use std::process::Command;

use crate::environment;
use crate::failure::Failure;
use crate::process;
use crate::steps::node;
use crate::workspace::Workspace;

/// A program that must be here, and the Debian package that has it.
struct Requirement {
    what: &'static str,
    package: &'static str,
    /// Where to get it when there is no such package.
    elsewhere: &'static str,
    is_here: fn() -> bool,
}

const PROMETHEUS: &str = "`brew install prometheus`, or https://prometheus.io/download";

const REQUIREMENTS: &[Requirement] = &[
    Requirement {
        what: "prometheus",
        package: "prometheus",
        elsewhere: PROMETHEUS,
        is_here: || answers("prometheus"),
    },
    Requirement {
        what: "promtool",
        package: "prometheus",
        elsewhere: PROMETHEUS,
        is_here: || answers("promtool"),
    },
    Requirement {
        what: "PostgreSQL's server",
        package: "postgresql",
        elsewhere: "`brew install postgresql`, or https://www.postgresql.org/download",
        is_here: || programs::postgres().is_some(),
    },
    Requirement {
        what: "MariaDB's server",
        package: "mariadb-server",
        elsewhere: "`brew install mariadb`, or https://mariadb.org/download",
        is_here: || programs::mariadbd().is_some() && programs::mariadb_install_db().is_some(),
    },
    Requirement {
        what: "Redis' server",
        package: "redis-server",
        elsewhere: "`brew install redis`, or https://redis.io/downloads",
        is_here: || programs::redis_server().is_some(),
    },
    Requirement {
        what: "curl",
        package: "curl",
        elsewhere: "`brew install curl`, or https://curl.se/download.html",
        is_here: || answers("curl"),
    },
    Requirement {
        what: "setpriv",
        package: "util-linux",
        elsewhere: "https://github.com/util-linux/util-linux; the tests with servers need Linux",
        is_here: || answers("setpriv"),
    },
    Requirement {
        what: "python3 with venv",
        package: "python3-venv",
        elsewhere: "`brew install python`, or https://www.python.org/downloads",
        is_here: has_venv,
    },
    Requirement {
        what: "node",
        package: "nodejs",
        elsewhere: NODE,
        is_here: || node::interpreter().is_some(),
    },
    Requirement {
        what: "valgrind",
        package: "valgrind",
        elsewhere: "https://valgrind.org/downloads; it isn't for every system",
        is_here: || answers("valgrind"),
    },
    Requirement { what: "npm", package: "npm", elsewhere: NODE, is_here: || answers("npm") },
];

const NODE: &str = "`brew install node`, or https://nodejs.org/en/download";

/// Installs what is missing as root on Debian and its kin; elsewhere lists it and fails.
pub(super) fn run(_: &Workspace) -> Result<(), Failure> {
    let missing = missing();
    if missing.is_empty() {
        println!("nothing is missing");
        return Ok(());
    }
    if !debian::can_install() {
        return Err(advice(&missing));
    }
    let mut packages: Vec<&str> = missing.iter().map(|one| one.package).collect();
    packages.sort_unstable();
    packages.dedup();
    debian::install(&packages)?;
    let still: Vec<&str> = self::missing().iter().map(|one| one.what).collect();
    if still.is_empty() {
        Ok(())
    } else {
        let still = still.join(", ");
        Err(Failure::new(format!("still missing after the installation: {still}")))
    }
}

fn missing() -> Vec<&'static Requirement> {
    REQUIREMENTS.iter().filter(|one| !(one.is_here)()).collect()
}

/// What is missing and how to get it.
fn advice(missing: &[&Requirement]) -> Failure {
    let list: Vec<String> = missing
        .iter()
        .map(|one| {
            format!("{} (Debian: package {}; elsewhere: {})", one.what, one.package, one.elsewhere)
        })
        .collect();
    Failure::new(format!(
        "missing: {}. Install them, or run as root on Debian or Ubuntu, or leave out what needs \
         them: --without packages --without python --without node --without oracle --without valgrind \
         --without servers --without system",
        list.join("; ")
    ))
}

fn answers(program: &str) -> bool {
    process::succeeds(Command::new(program).arg("--version"))
}

fn has_venv() -> bool {
    // Debian splits `ensurepip` off, without which an environment has no pip.
    environment::system_interpreter().is_some_and(|python| {
        process::succeeds(Command::new(python).args(["-c", "import ensurepip, venv"]))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn advice_names_the_thing_the_package_and_the_way_around() {
        let all: Vec<&Requirement> = REQUIREMENTS.iter().collect();
        let advice = advice(&all).to_string();
        for requirement in REQUIREMENTS {
            assert!(advice.contains(requirement.what));
            assert!(advice.contains(&format!("package {}", requirement.package)));
        }
        assert!(advice.contains("--without system"));
    }
}
