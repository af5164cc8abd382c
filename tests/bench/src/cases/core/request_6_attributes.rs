//! A request traced as a root and two children of six attributes each.

use crate::case::{Case, Comparison, Cores, Load, Peer, Subject};
use crate::cases::traced::{self, SIX_ATTRIBUTES, fastrace, native, sdk, tracing};
use crate::failure::Failure;
use crate::ours::Ours;
use crate::peers::fastrace::Fastrace;
use crate::peers::opentelemetry_sdk::Sdk;
use crate::peers::tracing_opentelemetry;

pub(in crate::cases) const CASE: Case = Case {
    area: "core",
    name: "request_6_attributes",
    comparison: Comparison::Added { bare: traced::bare },
    cores: Cores::One,
    load: Load::REQUESTS,
    ours,
    peers: &[
        Peer::new("tracing-opentelemetry", tracing_with_sdk).expected(12.0),
        Peer::new("tracing-opentelemetry (lean)", tracing_with_sdk_lean),
        Peer::new("opentelemetry_sdk", opentelemetry_sdk).expected(4.5),
        Peer::new("fastrace", with_fastrace).expected(7.0),
        // No peer, but what our side costs when somebody reads what it delivers.
        Peer::new("ours (decoded)", ours_decoded),
    ],
};

fn ours() -> Result<Subject, Failure> {
    let destination = Ours::install(SIX_ATTRIBUTES)?;
    Ok(Subject::new(native::six_attributes(), destination))
}

fn ours_decoded() -> Result<Subject, Failure> {
    let destination = Ours::install_decoding(SIX_ATTRIBUTES)?;
    Ok(Subject::new(native::six_attributes(), destination))
}

fn tracing_with_sdk() -> Result<Subject, Failure> {
    let destination = tracing_opentelemetry::install(SIX_ATTRIBUTES)?;
    Ok(Subject::new(tracing::six_attributes(), destination))
}

fn tracing_with_sdk_lean() -> Result<Subject, Failure> {
    let destination = tracing_opentelemetry::install_lean(SIX_ATTRIBUTES)?;
    Ok(Subject::new(tracing::six_attributes(), destination))
}

fn opentelemetry_sdk() -> Result<Subject, Failure> {
    let destination = Sdk::new(SIX_ATTRIBUTES);
    Ok(Subject::new(sdk::six_attributes(destination.tracer()), destination))
}

fn with_fastrace() -> Result<Subject, Failure> {
    let destination = Fastrace::install(SIX_ATTRIBUTES);
    Ok(Subject::new(fastrace::six_attributes(), destination))
}
