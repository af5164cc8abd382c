use crate::notice::say;

/// Completes when the program is asked to end: by SIGTERM, as supervisors and containers do, or by
/// Ctrl-C. For [`axum::serve`'s graceful shutdown](https://docs.rs/axum/latest/axum/serve/struct.Serve.html#method.with_graceful_shutdown)
/// and the like; then [`Telemetry::shutdown`](crate::Telemetry::shutdown).
///
/// From its first poll on, these signals no longer end the program by themselves: a second Ctrl-C
/// doesn't either, so bound the time that the rest may take. It needs tokio's runtime; where the
/// system gives no signal handler it says so and never completes.
///
/// ```no_run
/// # async fn serve_until(_: impl Future<Output = ()>) {}
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), telemetry_export::InitError> {
/// let telemetry = telemetry_export::init!()?;
/// serve_until(telemetry_export::shutdown_signal()).await;
/// telemetry.shutdown(std::time::Duration::from_secs(5));
/// # Ok(())
/// # }
/// ```
pub async fn shutdown_signal() {
    tokio::select! {
        () = interrupted() => {}
        () = terminated() => {}
    }
}

async fn interrupted() {
    if let Err(error) = tokio::signal::ctrl_c().await {
        say(format_args!("no handler for Ctrl-C: {error}"));
        std::future::pending::<()>().await;
    }
}

#[cfg(unix)]
async fn terminated() {
    use tokio::signal::unix::{SignalKind, signal};
    match signal(SignalKind::terminate()) {
        Ok(mut signal) => {
            signal.recv().await;
        }
        Err(error) => {
            say(format_args!("no handler for SIGTERM: {error}"));
            std::future::pending::<()>().await;
        }
    }
}

/// Other systems have no SIGTERM.
#[cfg(not(unix))]
async fn terminated() {
    std::future::pending::<()>().await;
}
