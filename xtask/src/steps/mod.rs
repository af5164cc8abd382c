//! The steps of `cargo xtask test`, one file each.

mod beside;
mod clients;
mod docs;
mod features;
mod format;
mod fuzz;
mod lints;
mod memory;
mod models;
mod node;
pub(crate) mod oracle;
mod packages;
mod policy;
mod programs;
mod python;
mod servers;
mod system;
mod unit;
mod valgrind;

use crate::lane::Lane;
use crate::step::Step;

/// All steps, in their order: what is over in seconds comes first. What is fetched for later steps is
/// fetched beside those that compile, and what computes is done beside those that wait for servers.
pub(crate) const ALL: &[Step] = &[
    Step {
        name: "format",
        proves: "every file is formatted as rustfmt does it",
        needs: &[],
        lane: Lane::Main,
        run: format::run,
    },
    Step {
        name: "policy",
        proves: "dependencies, licences and layers are as deny.toml and the design allow",
        needs: &[],
        lane: Lane::Main,
        run: policy::run,
    },
    Step {
        name: "packages",
        proves: "Prometheus, the databases, Python, Node, valgrind and curl are here, or are installed (root, Debian or Ubuntu)",
        needs: &[],
        lane: Lane::Fetching,
        run: packages::run,
    },
    Step {
        name: "python",
        proves: "OpenTelemetry's own Python classes and litellm are here, in environments below target/",
        needs: &["packages"],
        lane: Lane::Fetching,
        run: python::run,
    },
    Step {
        name: "node",
        proves: "clients from npm are here, in an environment below target/",
        needs: &["packages"],
        lane: Lane::Fetching,
        run: node::run,
    },
    Step {
        name: "lints",
        proves: "clippy has nothing to say about any target with all features",
        needs: &[],
        lane: Lane::Main,
        run: lints::run,
    },
    Step {
        name: "unit",
        proves: "the tests of every crate and of the documentation pass",
        needs: &[],
        lane: Lane::Main,
        run: unit::run,
    },
    Step {
        name: "oracle",
        proves: "litellm, installed below target/ and asked offline, charges what ours does, to a billionth",
        needs: &["packages", "python"],
        lane: Lane::Main,
        run: oracle::run,
    },
    Step {
        name: "memory",
        proves: "a minute of full load on a dead receiver takes less than 10 MiB more than a live one",
        needs: &["unit"],
        lane: Lane::Main,
        run: memory::run,
    },
    Step {
        name: "docs",
        proves: "the documentation builds and its links lead somewhere",
        needs: &[],
        lane: Lane::Aside,
        run: docs::run,
    },
    Step {
        name: "features",
        proves: "each library compiles without features and with its defaults alone",
        needs: &[],
        lane: Lane::Aside,
        run: features::run,
    },
    Step {
        name: "models",
        proves: "no order of atomic operations loses a record or shows half a span, by loom",
        needs: &[],
        lane: Lane::Aside,
        run: models::run,
    },
    Step {
        name: "valgrind",
        proves: "the ring, where the only unsafe code is, uses and loses no memory that it shouldn't, by valgrind",
        needs: &["packages", "unit"],
        lane: Lane::Aside,
        run: valgrind::run,
    },
    Step {
        name: "beside",
        proves: "the bridge from tracing does its work beside fmt, filters, tracing-opentelemetry and tokio-console",
        needs: &[],
        lane: Lane::Aside,
        run: beside::run,
    },
    Step {
        name: "clients",
        proves: "calls of async-openai, rig and the SDK of Bedrock are observed by the modules to be copied",
        needs: &[],
        lane: Lane::Aside,
        run: clients::run,
    },
    Step {
        name: "fuzz",
        proves: "parsers take whatever comes, for 30 s each, with the texts that were tried counted",
        needs: &["unit"],
        lane: Lane::Aside,
        run: fuzz::run,
    },
    Step {
        name: "servers",
        proves: "what talks to Redis and a cluster of it agrees with their counts, and PostgreSQL with ours",
        needs: &["packages", "unit"],
        lane: Lane::Main,
        run: servers::run,
    },
    Step {
        name: "system",
        proves: "the programs work together as processes, seen by Prometheus, real databases, a foreign decoder and foreign clients",
        needs: &["packages", "python", "node"],
        lane: Lane::Main,
        run: system::run,
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_needs_only_steps_before_it() {
        for (index, step) in ALL.iter().enumerate() {
            for need in step.needs {
                let before = ALL.iter().take(index).any(|earlier| earlier.name == *need);
                assert!(before, "{} needs {need}", step.name);
            }
        }
    }

    #[test]
    fn what_is_done_aside_needs_only_what_is_over_by_then() {
        let lane = |name: &str| ALL.iter().find(|step| step.name == name).map(|step| step.lane);
        for step in ALL.iter().filter(|step| step.lane == Lane::Aside) {
            assert!(step.needs.iter().all(|need| lane(need) != Some(Lane::Aside)), "{}", step.name);
        }
    }
}
