//! The exporters against what really runs: receivers on the loopback, files, processes of their own.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "clippy.toml allows it in test functions, not in their helpers"
)]

mod init_bridges_other_facades;
mod init_starts_telemetry_for_the_program;
mod json_lines_are_flat_and_complete;
#[cfg(target_os = "linux")]
mod memory_stays_bounded;
#[cfg(feature = "tracing")]
mod native_spans_are_mirrored;
mod otlp_has_all_of_a_distribution;
mod otlp_reaches_a_receiver;
mod otlp_survives_its_receiver;
mod otlp_travels_by_tls;
mod prometheus_scrapes;
mod secrets_stay_secret;
mod shutdown_over_otlp_never_hangs;
mod summaries_go_to_every_exporter;
mod support;
mod the_code_is_heard;
#[cfg(feature = "tokio")]
mod tokio_runtimes_are_observed;
mod views_are_declared_at_start_up;
mod what_products_declare_comes_out_exactly;
