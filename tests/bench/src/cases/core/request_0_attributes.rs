//! A request traced as a root and two children without attributes.

use crate::case::{Case, Comparison, Cores, Load, Peer, Subject};
use crate::cases::traced::{self, NO_ATTRIBUTES, fastrace, native};
use crate::failure::Failure;
use crate::ours::Ours;
use crate::peers::fastrace::Fastrace;

pub(in crate::cases) const CASE: Case = Case {
    area: "core",
    name: "request_0_attributes",
    comparison: Comparison::Added { bare: traced::bare },
    cores: Cores::One,
    load: Load::REQUESTS,
    ours,
    peers: &[Peer::new("fastrace", with_fastrace).expected(3.5)],
};

fn ours() -> Result<Subject, Failure> {
    let destination = Ours::install(NO_ATTRIBUTES)?;
    Ok(Subject::new(native::no_attributes(), destination))
}

fn with_fastrace() -> Result<Subject, Failure> {
    let destination = Fastrace::install(NO_ATTRIBUTES);
    Ok(Subject::new(fastrace::no_attributes(), destination))
}
