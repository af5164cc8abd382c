//! The demo's clients: real HTTP traffic of several tenants.

use std::process::ExitCode;

fn main() -> ExitCode {
    telemetry_examples::demo::client::main()
}
