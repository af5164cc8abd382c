//! [`Hello`]: an axum service over TCP that says hello, and who calls it from another process.

use std::net::SocketAddr;
use std::thread;
use std::time::Duration;

use axum::Router;
use axum::routing::get;
use tokio::net::TcpListener;
use tokio::runtime::Builder;

use crate::caller::Caller;
use crate::case::Load;
use crate::failure::Failure;

/// A service on a thread of its own, called over connections that stay open.
#[derive(Debug)]
pub(super) struct Hello {
    caller: Caller,
}

/// 6,400 requests a second, a fraction of what a core can do.
pub(super) const LOAD: Load =
    Load { burst: 64, interval: Duration::from_millis(10), warm_up: 50, bursts: 200 };

impl Hello {
    /// The service within the layers that `around` puts on.
    pub(super) fn new(around: impl FnOnce(Router) -> Router) -> Result<Self, Failure> {
        let app = around(Router::new().route("/", get(|| async { "Hello, World!" })));
        let runtime = Builder::new_current_thread().enable_io().build()?;
        let listener =
            runtime.block_on(TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))))?;
        let address = listener.local_addr()?;
        // It serves for as long as the process lives.
        let serve = move || runtime.block_on(async { axum::serve(listener, app).await });
        thread::Builder::new().name("hello".to_owned()).spawn(serve)?;
        Ok(Self { caller: Caller::start(address, "/")? })
    }

    /// Has the service called so many times, and says how long half of the calls took at the most.
    pub(super) fn burst(&mut self, requests: u64) -> Option<Duration> {
        self.caller.call(requests)
    }
}
