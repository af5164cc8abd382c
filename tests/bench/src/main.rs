//! The benchmarks with the system's allocator; see the crate's documentation.

use std::process::ExitCode;

use telemetry_bench::Allocator;

fn main() -> ExitCode {
    telemetry_bench::main(Allocator::System)
}
