//! Our side: a pipeline whose one sink counts and discards, or sends OTLP.

mod discard;
mod otlp;

pub(crate) use otlp::OursOtlp;

use std::time::Duration;

use telemetry_core::{Meter, Pipeline, PipelineBuilder, Sampler, Scope};

use self::discard::{Discard, Reading};
use crate::destination::Destination;
use crate::failure::Failure;
use crate::tally::{Shape, Tally};

/// The installed pipeline.
#[derive(Debug)]
pub(crate) struct Ours {
    pipeline: Pipeline,
    tally: Tally,
}

impl Ours {
    /// Installs a pipeline as a user gets it, but for its sink.
    pub(crate) fn install(shape: Shape) -> Result<Self, Failure> {
        Self::install_with(Pipeline::builder(), shape, Reading::Walked)
    }

    /// The same with a sink that decodes every attribute.
    pub(crate) fn install_decoding(shape: Shape) -> Result<Self, Failure> {
        Self::install_with(Pipeline::builder(), shape, Reading::Decoded)
    }

    /// The same with a sampler.
    pub(crate) fn install_sampling(shape: Shape, sampler: Sampler) -> Result<Self, Failure> {
        Self::install_built(Pipeline::builder().sampler(sampler), shape)
    }

    /// One that is built otherwise.
    pub(crate) fn install_built(builder: PipelineBuilder, shape: Shape) -> Result<Self, Failure> {
        Self::install_with(builder, shape, Reading::Walked)
    }

    /// The pipeline.
    pub(crate) fn pipeline(&self) -> Pipeline {
        self.pipeline.clone()
    }

    fn install_with(
        builder: PipelineBuilder,
        shape: Shape,
        reading: Reading,
    ) -> Result<Self, Failure> {
        let tally = Tally::new(shape);
        let pipeline = builder.sink(Box::new(Discard::new(tally.clone(), reading))).build()?;
        pipeline.install_global()?;
        Ok(Self { pipeline, tally })
    }

    /// What makes instruments.
    pub(crate) fn meter(&self) -> Meter {
        static SCOPE: Scope = Scope::new(env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"));
        self.pipeline.meter(&SCOPE)
    }
}

impl Destination for Ours {
    fn flush(&self) -> Result<(), Failure> {
        let report = self.pipeline.flush(PATIENCE);
        report.is_complete().then_some(()).ok_or_else(|| LATE.into())
    }

    fn delivered(&self) -> Option<u64> {
        Some(self.tally.operations())
    }
}

const PATIENCE: Duration = Duration::from_secs(30);
const LATE: &str = "the flush took more than 30 s";
