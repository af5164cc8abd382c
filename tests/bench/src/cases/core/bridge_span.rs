//! The request of `request_6_attributes` as spans of `tracing`, which our bridge takes over as a layer
//! on a `Registry`. Bare has no subscriber, so that what is added is all that the spans cost.

use crate::case::{Case, Comparison, Cores, Load, Peer, Subject};
use crate::cases::traced::{SIX_ATTRIBUTES, tracing};
use crate::destination::{Destination, Nowhere};
use crate::failure::Failure;
use crate::ours::Ours;
use crate::peers::tracing_opentelemetry;

pub(in crate::cases) const CASE: Case = Case {
    area: "core",
    name: "bridge_span",
    comparison: Comparison::Added { bare },
    cores: Cores::One,
    load: Load::REQUESTS,
    ours,
    peers: &[
        Peer::new("tracing-opentelemetry", as_it_comes).expected(4.0),
        Peer::new("tracing-opentelemetry (lean)", lean),
    ],
};

fn bare() -> Result<Subject, Failure> {
    Ok(requests(Nowhere))
}

fn ours() -> Result<Subject, Failure> {
    let destination = Ours::install(SIX_ATTRIBUTES)?;
    super::subscribe_bridge()?;
    Ok(requests(destination))
}

fn as_it_comes() -> Result<Subject, Failure> {
    Ok(requests(tracing_opentelemetry::install(SIX_ATTRIBUTES)?))
}

fn lean() -> Result<Subject, Failure> {
    Ok(requests(tracing_opentelemetry::install_lean(SIX_ATTRIBUTES)?))
}

fn requests(destination: impl Destination + 'static) -> Subject {
    Subject::new(tracing::six_attributes(), destination)
}
