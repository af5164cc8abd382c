//! The demo: starts the service, its AI provider and its clients, and shows what telemetry sees.

use std::process::ExitCode;

fn main() -> ExitCode {
    telemetry_examples::demo::orchestrator::main()
}
