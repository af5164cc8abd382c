//! The step `python`: the environments that hold the foreign decoder of OTLP and the oracle of prices.

use std::path::{Path, PathBuf};

use crate::environment::Environment;
use crate::failure::Failure;
use crate::steps::oracle;
use crate::workspace::Workspace;

const DECODER: Environment = Environment {
    folder: "python",
    requirements: "tests/support-python/requirements.txt",
    alone: None,
    probe: "import opentelemetry.proto.collector.trace.v1.trace_service_pb2",
};

/// The environment's interpreter, below the target directory.
pub(super) fn interpreter(target: &Path) -> PathBuf {
    DECODER.interpreter(target)
}

/// Makes the environments, unless they already hold exactly what is required.
pub(super) fn run(workspace: &Workspace) -> Result<(), Failure> {
    DECODER.make(workspace)?;
    oracle::python(workspace).map(drop)
}
