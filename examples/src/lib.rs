//! The demo of the workspace: a support desk under load, every layer at work.
//!
//! `cargo xtask demo` builds the programs and starts `demo`, which starts the other three. The rest
//! of the package is not in this library: `before/main.rs` and `after/main.rs` are one service
//! without and with telemetry, and `questions/` holds one runnable example per question a user has.

#![forbid(unsafe_code)]

pub mod demo;

/// The code in the guides compiles and runs.
#[cfg(doctest)]
mod guides {
    #[doc = include_str!("../../docs/MIGRATION.md")]
    mod migration {}

    #[doc = include_str!("../../docs/TROUBLESHOOTING.md")]
    mod troubleshooting {}
}
