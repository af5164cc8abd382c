//! Standard input and output, used so that neither a closed pipe nor an open one does harm.

use std::io::{self, Read, Write};
use std::thread;

use serde::Serialize;
use tokio::sync::oneshot;

/// Prints a line. Whoever reads may have left, which is no failure.
pub(crate) fn print(line: &str) {
    let mut output = io::stdout().lock();
    let _ = writeln!(output, "{line}");
    let _ = output.flush();
}

/// Prints a line on standard error.
pub(crate) fn complain(line: &str) {
    let _ = writeln!(io::stderr().lock(), "{line}");
}

/// Prints an object as one line of JSON.
pub(crate) fn print_json(object: &impl Serialize) {
    if let Ok(line) = serde_json::to_string(object) {
        print(&line);
    }
}

/// Completes when standard input is closed.
///
/// It is read on a thread of its own: a runtime waits at its end for reads that it has begun.
pub(crate) async fn input_closed() {
    let (closed, closing) = oneshot::channel::<()>();
    let reader = thread::Builder::new().name("standard-input".to_owned()).spawn(move || {
        let mut discarded = [0; 512];
        while matches!(io::stdin().read(&mut discarded), Ok(read) if read > 0) {}
        drop(closed);
    });
    match reader {
        Ok(_) => drop(closing.await),
        // Without the thread nobody could be heard.
        Err(_) => std::future::pending().await,
    }
}
