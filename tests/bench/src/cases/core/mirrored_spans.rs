//! A request of three spans with six attributes each, all of them shown to a layer of `tracing` that does
//! nothing, as a share of what it costs where they aren't.

use telemetry_core::Pipeline;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::{Layer, Registry};

use crate::case::{Case, Comparison, Cores, Load, Peer, Subject};
use crate::cases::traced::{SIX_ATTRIBUTES, native};
use crate::failure::Failure;
use crate::ours::Ours;

pub(in crate::cases) const CASE: Case = Case {
    area: "core",
    name: "mirrored_spans",
    comparison: Comparison::Share,
    cores: Cores::One,
    load: Load::REQUESTS,
    ours: on,
    peers: &[Peer::new("off", off)],
};

/// Sees everything and does nothing.
struct Nothing;

impl Layer<Registry> for Nothing {}

fn on() -> Result<Subject, Failure> {
    tracing::subscriber::set_global_default(tracing_subscriber::registry().with(Nothing))?;
    let builder = Pipeline::builder().mirror_to_tracing(true);
    let destination = Ours::install_built(builder, SIX_ATTRIBUTES)?;
    Ok(Subject::new(native::six_attributes(), destination))
}

fn off() -> Result<Subject, Failure> {
    let destination = Ours::install(SIX_ATTRIBUTES)?;
    Ok(Subject::new(native::six_attributes(), destination))
}
