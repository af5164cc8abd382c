//! The demo's service: a support desk with all telemetry on.

use std::process::ExitCode;

fn main() -> ExitCode {
    telemetry_examples::demo::service::main()
}
