//! What the programs have in common as processes: a runtime, a port, and the wish to stop.

use std::future::Future;
use std::io::ErrorKind;

use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::sync::watch;

use super::command_line::Problem;
use super::standard;

/// Runs `work` on a runtime of its own.
pub(crate) fn block_on<T>(work: impl Future<Output = Result<T, Problem>>) -> Result<T, Problem> {
    runtime()?.block_on(work)
}

/// A runtime with one worker for each processor.
pub(crate) fn runtime() -> Result<Runtime, Problem> {
    Runtime::new().map_err(|error| Problem::failed(format!("no threads can be started: {error}")))
}

/// Listens on the loopback at `port`, or at any free one for 0.
pub(crate) async fn listen(port: u16) -> Result<TcpListener, Problem> {
    let listener = TcpListener::bind(("127.0.0.1", port)).await;
    listener.map_err(|error| unusable_port(port, &error))
}

/// What is said about a port that can't be listened at.
pub(crate) fn unusable_port(port: u16, error: &std::io::Error) -> Problem {
    Problem::Failed(match error.kind() {
        ErrorKind::AddrInUse => {
            format!("port {port} is in use by another program, choose another one with --port")
        }
        ErrorKind::PermissionDenied => {
            format!("port {port} may not be opened by this user, choose one above 1023 with --port")
        }
        _ => format!("port {port} can't be listened at: {error}"),
    })
}

/// Says that requests are taken from now on.
pub(crate) fn announce(listener: &TcpListener) -> Result<(), Problem> {
    let address = listener.local_addr().map_err(Problem::failed)?;
    standard::print(&format!("{READY}{address}"));
    Ok(())
}

/// What comes before the address in the line of [`announce`].
pub(crate) const READY: &str = "listening on http://";

/// Somebody's wish that the program ends: Ctrl-C, a SIGTERM, or, for an attached process, the end
/// of its standard input.
#[derive(Debug, Clone)]
pub(crate) struct Stop(watch::Receiver<bool>);

impl Stop {
    /// Listens for it from now on.
    pub(crate) fn listen(attached: bool) -> Result<Self, Problem> {
        Self::from(signal(attached)?)
    }

    /// Turns the completion of `wish` into one that everybody sees.
    pub(crate) fn from(wish: impl Future<Output = ()> + Send + 'static) -> Result<Self, Problem> {
        let (tell, told) = watch::channel(false);
        tokio::spawn(async move {
            wish.await;
            let _ = tell.send(true);
        });
        Ok(Self(told))
    }

    /// Completes when the wish has been uttered.
    pub(crate) async fn asked(&self) {
        // An error means that the runtime ends.
        let _ = self.0.clone().wait_for(|asked| *asked).await;
    }
}

/// Completes at Ctrl-C, SIGTERM, or the end of an attached process's standard input.
#[cfg(unix)]
fn signal(attached: bool) -> Result<impl Future<Output = ()> + Send + 'static, Problem> {
    use tokio::signal::unix::{SignalKind, signal};

    // Installed now, so that none that comes before the first poll is missed.
    let mut interrupt = signal(SignalKind::interrupt()).map_err(Problem::failed)?;
    let mut terminate = signal(SignalKind::terminate()).map_err(Problem::failed)?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
            () = detached(attached) => {}
        }
    })
}

/// Completes at Ctrl-C, or the end of an attached process's standard input.
#[cfg(not(unix))]
fn signal(attached: bool) -> Result<impl Future<Output = ()> + Send + 'static, Problem> {
    Ok(async move {
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            () = detached(attached) => {}
        }
    })
}

/// Completes when an attached process's standard input is closed.
pub(crate) async fn detached(attached: bool) {
    if attached {
        standard::input_closed().await;
    } else {
        std::future::pending::<()>().await;
    }
}
