//! What the provider's process does.

use std::io::{Write, stdin, stdout};
use std::thread;

use axum::Router;
use axum::body::Bytes;
use axum::http::header;
use axum::routing::post;
use tokio::net::TcpListener;
use tokio::runtime::Builder;

use crate::failure::Failure;
use crate::measure::keep_to_core;

/// Prints where it listens, and answers until its input ends.
pub(crate) fn serve(core: Option<usize>) -> Result<(), Failure> {
    if let Some(core) = core {
        keep_to_core(core)?;
    }
    let runtime = Builder::new_current_thread().enable_io().build()?;
    let listener = runtime.block_on(TcpListener::bind(("127.0.0.1", 0)))?;
    let address = listener.local_addr()?;
    let answer = Bytes::from(super::answer());
    let chat = move |_: Bytes| {
        let answer = answer.clone();
        async move { ([(header::CONTENT_TYPE, "application/json")], answer) }
    };
    let router = Router::new().route("/v1/chat/completions", post(chat));
    thread::Builder::new()
        .spawn(move || runtime.block_on(async { axum::serve(listener, router).await }))?;
    let mut out = stdout().lock();
    writeln!(out, "{address}")?;
    out.flush()?;
    for line in stdin().lines() {
        line?;
    }
    Ok(())
}
