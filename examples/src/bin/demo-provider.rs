//! The demo's AI provider: speaks OpenAI's chat completions.

use std::process::ExitCode;

fn main() -> ExitCode {
    telemetry_examples::demo::provider::main()
}
