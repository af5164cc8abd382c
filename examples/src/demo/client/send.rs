//! [`Sender`]: carries one visit out and counts what became of it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use reqwest::{Client, RequestBuilder, Url};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::counts::{Counts, Started};
use super::pulse::Pulse;
use super::visit::{BACKLOG_PATH, Errand, Visit};
use crate::demo::command_line::Problem;

/// How much of an answer an impatient client reads: two chunks of many, so that the service can't
/// have been through with it.
const IMPATIENT_CHUNKS: u32 = 2;

/// A client that got no processor for so long stays to the end of the answer: the service may have
/// been through with it, and then nobody could say whether the client left before or after. The
/// shortest answers take longer than this.
const TOO_LATE: Duration = Duration::from_millis(80);

/// How long a client waits for a whole answer.
const LONGEST_ANSWER: Duration = Duration::from_secs(30);

/// Sends requests to one service.
#[derive(Debug, Clone)]
pub(super) struct Sender {
    client: Client,
    target: String,
    /// Where the target listens, for requests that are written by hand.
    address: (String, u16),
    counts: Arc<Counts>,
    pulse: Pulse,
}

impl Sender {
    /// Sends to `target`.
    pub(super) fn new(target: &str, counts: Arc<Counts>) -> Result<Self, Problem> {
        let url = Url::parse(target).map_err(Problem::failed)?;
        let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']).to_owned();
        let client = Client::builder()
            .no_proxy()
            .timeout(LONGEST_ANSWER)
            .build()
            .map_err(Problem::failed)?;
        Ok(Self {
            client,
            target: target.to_owned(),
            address: (host, url.port_or_known_default().unwrap_or(80)),
            counts,
            pulse: Pulse::start(),
        })
    }

    /// Carries out one visit.
    pub(super) async fn send(self, visit: Visit) {
        let started = self.counts.start(visit.errand.route());
        let url = |path: &str| format!("{}{path}", self.target);
        let request = match &visit.errand {
            Errand::Read { path, .. } => self.client.get(url(path)),
            Errand::Ask { path, .. } => self.client.post(url(path)),
            Errand::Open { subject, customer } => {
                let ticket = json!({ "customer": customer, "subject": subject });
                self.client.post(url("/tickets")).json(&ticket)
            }
            Errand::Reply { ticket, .. } => {
                self.client.post(url(&format!("/tickets/{ticket}/reply")))
            }
            Errand::Leave { after } => return self.leave(visit.tenant, *after, started).await,
        };
        let most_chunks = match visit.errand {
            Errand::Reply { patient: false, .. } => IMPATIENT_CHUNKS,
            _ => u32::MAX,
        };
        let request = request.header("x-tenant-id", visit.tenant);
        read(request, most_chunks, started, &self.pulse).await;
    }

    /// Asks for the slow report and closes the connection before the answer.
    ///
    /// Written by hand, so that the request counts as started only if all of it was sent, and never
    /// twice: a client that gives up at some moment of its own can't know either.
    async fn leave(&self, tenant: &str, after: Duration, started: Started) {
        let (host, port) = &self.address;
        let request = format!(
            "GET {BACKLOG_PATH} HTTP/1.1\r\nhost: {host}:{port}\r\nx-tenant-id: {tenant}\r\n\
             connection: close\r\n\r\n"
        );
        let ask = async {
            let mut connection = TcpStream::connect((host.as_str(), *port)).await?;
            connection.write_all(request.as_bytes()).await?;
            let sent = Instant::now();
            tokio::time::sleep(after).await;
            if sent.elapsed() < TOO_LATE {
                return Ok(None);
            }
            let mut answer = Vec::new();
            connection.read_to_end(&mut answer).await?;
            Ok::<_, std::io::Error>(Some(answer))
        };
        match ask.await {
            Ok(None) => started.hung_up(),
            Ok(Some(answer)) => {
                if let Some(status) = status_of(&answer) {
                    started.answered(status);
                }
            }
            Err(_) => {}
        }
    }
}

/// Sends `request` and reads `most_chunks` of its answer.
async fn read(request: RequestBuilder, most_chunks: u32, started: Started, pulse: &Pulse) {
    let sent = Instant::now();
    let Ok(mut response) = request.send().await else {
        return;
    };
    let begun = Instant::now();
    let status = response.status();
    let mut chunks = 0;
    loop {
        match response.chunk().await {
            Ok(Some(_)) => chunks += 1,
            Ok(None) => return started.answered(status.as_u16()),
            Err(_) => return,
        }
        // A refusal is short: it is there in full, whatever the client meant to do.
        let in_time = || begun.elapsed() < TOO_LATE && pulse.is_steady_since(sent);
        if chunks == most_chunks && status.is_success() && in_time() {
            return started.hung_up();
        }
    }
}

/// The status of an answer that was read by hand.
fn status_of(answer: &[u8]) -> Option<u16> {
    let status = answer.strip_prefix(b"HTTP/1.1 ")?.get(..3)?;
    std::str::from_utf8(status).ok()?.parse().ok()
}
