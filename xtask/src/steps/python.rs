//! The step `python`: the environment that holds the foreign decoder of OTLP.

use std::path::{Path, PathBuf};

use crate::environment::Environment;
use crate::failure::Failure;
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

/// Makes the environment, unless it already holds exactly what is required.
pub(super) fn run(workspace: &Workspace) -> Result<(), Failure> {
    DECODER.make(workspace).map(drop)
}
