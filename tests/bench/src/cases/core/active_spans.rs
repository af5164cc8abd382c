//! A request of three spans with six attributes each, all of them in the list of active spans, which is read
//! once a burst, as a share of what it costs where local roots alone are listed and nobody looks.

use telemetry_core::Pipeline;

use crate::case::{Case, Comparison, Cores, Load, Peer, Subject};
use crate::cases::traced::{SIX_ATTRIBUTES, native};
use crate::failure::Failure;
use crate::ours::Ours;

pub(in crate::cases) const CASE: Case = Case {
    area: "core",
    name: "active_spans",
    comparison: Comparison::Share,
    cores: Cores::One,
    load: Load::REQUESTS,
    ours: on,
    peers: &[Peer::new("off", off).expected(1.25)],
};

fn on() -> Result<Subject, Failure> {
    let builder = Pipeline::builder().list_all_spans(true);
    let destination = Ours::install_built(builder, SIX_ATTRIBUTES)?;
    let (pipeline, mut operation) = (destination.pipeline(), native::six_attributes());
    let mut next = 0;
    let burst = move |operations| {
        std::hint::black_box(pipeline.active_spans().len());
        (next..next + operations).for_each(&mut operation);
        next += operations;
    };
    Ok(Subject::of_bursts(burst, destination))
}

fn off() -> Result<Subject, Failure> {
    let destination = Ours::install(SIX_ATTRIBUTES)?;
    Ok(Subject::new(native::six_attributes(), destination))
}
