//! The benchmarks with mimalloc; see the crate's documentation.

use std::process::ExitCode;

use telemetry_bench::Allocator;

#[global_allocator]
static MIMALLOC: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    telemetry_bench::main(Allocator::Mimalloc)
}
