//! The same request as in `request_6_attributes`, ended as OTLP over HTTP in a receiver, which is a
//! process of its own.

use std::time::Duration;

use crate::case::{Case, Comparison, Cores, Load, Peer, Subject};
use crate::cases::traced::{self, SIX_ATTRIBUTES, native, tracing};
use crate::failure::Failure;
use crate::ours::OursOtlp;
use crate::peers::opentelemetry_otlp::Otlp;

pub(in crate::cases) const CASE: Case = Case {
    area: "core",
    name: "request_6_attributes_otlp",
    comparison: Comparison::Added { bare: traced::bare },
    cores: Cores::One,
    // Slower than without a receiver, so that it can follow on a busy machine too.
    load: Load { burst: 100, interval: Duration::from_millis(20), warm_up: 10, bursts: 60 },
    ours,
    peers: &[Peer::new("opentelemetry-otlp", opentelemetry_otlp).expected(6.0)],
};

fn ours() -> Result<Subject, Failure> {
    let destination = OursOtlp::install(SIX_ATTRIBUTES)?;
    Ok(Subject::new(native::six_attributes(), destination))
}

fn opentelemetry_otlp() -> Result<Subject, Failure> {
    let destination = Otlp::install(SIX_ATTRIBUTES)?;
    Ok(Subject::new(tracing::six_attributes(), destination))
}
