use std::io::{self, Write};
use std::time::{Duration, Instant};

use flate2::Compression;
use flate2::write::GzEncoder;
use ureq::Agent;
use ureq::http::header::{AUTHORIZATION, RETRY_AFTER};
use ureq::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};

use super::proto::{Read, fields};
use crate::config::{SettingError, Target};
use crate::notice::{cut, plain};

/// Sends requests to one endpoint; blocking, on the sink's own thread.
pub(super) struct Client {
    agent: Agent,
    target: Target,
    headers: Vec<(HeaderName, HeaderValue)>,
}

/// What became of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// Taken, but for `rejected` records; a message says why, or warns.
    Taken { rejected: u64, message: String },
    /// Refused for good.
    Refused { reason: String },
    /// Not now: to be repeated, not before `after` if the receiver asks for it.
    Later {
        reason: String,
        after: Option<Duration>,
        /// Whether there was an answer at all.
        reached: bool,
    },
}

impl Client {
    /// What a receiver may ask to wait.
    const MAX_WAIT: Duration = Duration::from_secs(30);
    /// What is read of an answer.
    const MAX_ANSWER: u64 = 64 * 1024;
    const USER_AGENT: &str = concat!("telemetry-export-rust/", env!("CARGO_PKG_VERSION"));

    /// # Errors
    ///
    /// When a certificate or a key can't be read.
    pub(super) fn new(target: Target) -> Result<Self, SettingError> {
        let mut config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .user_agent(Self::USER_AGENT)
            .max_idle_connections(1);
        if target.endpoint.is_local() {
            config = config.proxy(None);
        }
        #[cfg(feature = "tls")]
        {
            config = config.tls_config(super::tls::config(&target.certificates)?);
        }
        #[cfg(not(feature = "tls"))]
        if !target.certificates.is_empty() {
            let allowed = "needs the feature `tls` of telemetry-export";
            let setting = "OTEL_EXPORTER_OTLP_CERTIFICATE";
            return Err(SettingError::new(setting, "…", allowed));
        }
        let mut headers = target.headers.clone();
        let authorized = headers.iter().any(|(name, _)| name == AUTHORIZATION);
        if let Some(value) = target.endpoint.authorization().filter(|_| !authorized) {
            headers.push((AUTHORIZATION, value));
        }
        Ok(Self { agent: config.build().new_agent(), target, headers })
    }

    pub(super) fn target(&self) -> &Target {
        &self.target
    }

    /// A body as it goes over the wire.
    pub(super) fn wire_form(&self, body: Vec<u8>) -> Vec<u8> {
        if !self.target.gzip {
            return body;
        }
        let mut encoder = GzEncoder::new(Vec::with_capacity(body.len() / 4), Compression::fast());
        // Writing to a vector can't fail.
        let _ = encoder.write_all(&body);
        encoder.finish().unwrap_or_default()
    }

    /// Sends a body in its [`wire_form`](Self::wire_form) and waits for the answer, `deadline` at the
    /// most.
    pub(super) fn send(&self, body: &[u8], deadline: Option<Instant>) -> Answer {
        let mut timeout = self.target.timeout;
        if let Some(deadline) = deadline {
            let left = deadline.saturating_duration_since(Instant::now());
            timeout = timeout.min(left.max(Duration::from_millis(1)));
        }
        let mut request = self
            .agent
            .post(self.target.endpoint.uri())
            .header("content-type", "application/x-protobuf");
        if self.target.gzip {
            request = request.header("content-encoding", "gzip");
        }
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        let request = request.config().timeout_global(Some(timeout)).build();
        let mut response = match request.send(body) {
            Ok(response) => response,
            Err(error) => {
                return Answer::Later { reason: reason(&error), after: None, reached: false };
            }
        };
        let status = response.status();
        let after = retry_after(response.headers());
        let answer = response.body_mut().with_config().limit(Self::MAX_ANSWER);
        self.judge(status, after, &answer.read_to_vec().unwrap_or_default())
    }

    /// What the status and the body of an answer mean
    /// (<https://opentelemetry.io/docs/specs/otlp/#otlphttp-response>).
    fn judge(&self, status: StatusCode, after: Option<Duration>, body: &[u8]) -> Answer {
        if status.is_success() {
            let (rejected, message) = partial_success(body);
            return Answer::Taken { rejected, message: self.masked(&message) };
        }
        // The message of a `google.rpc.Status`.
        let message = fields(body).find_map(|field| match field {
            (2, Read::Bytes(text)) => std::str::from_utf8(text).ok(),
            _ => None,
        });
        let message = message.map(|text| self.masked(text)).filter(|text| !text.is_empty());
        let reason = match message {
            Some(message) => format!("{status}: {message}"),
            None => status.to_string(),
        };
        match status.as_u16() {
            429 | 502 | 503 | 504 => Answer::Later { reason, after, reached: true },
            _ => Answer::Refused { reason },
        }
    }

    /// A receiver's words, short and without the secrets that were sent to it.
    fn masked(&self, text: &str) -> String {
        const SHORTEST_SECRET: usize = 4;
        let mut text = plain(text);
        let values = self.headers.iter().filter_map(|(_, value)| value.to_str().ok());
        // Of `Bearer abc` a receiver may repeat all or only the last word.
        let words = values
            .flat_map(|value| [Some(value), value.split_whitespace().last()].into_iter().flatten());
        for secret in words.filter(|word| word.len() >= SHORTEST_SECRET) {
            text = text.replace(secret, "***");
        }
        cut(text.trim(), 200)
    }
}

/// Why there was no answer, in words that can't have a secret in them: an error's own text may quote
/// the URL.
fn reason(error: &ureq::Error) -> String {
    match error {
        ureq::Error::Io(error) if error.kind() == io::ErrorKind::ConnectionRefused => {
            "connection refused".to_owned()
        }
        // The system's words, or those of TLS about a certificate.
        ureq::Error::Io(error) => cut(&plain(&error.to_string()), 200),
        ureq::Error::Timeout(_) => "no answer in time".to_owned(),
        ureq::Error::HostNotFound => "host not found".to_owned(),
        ureq::Error::Tls(reason) => (*reason).to_owned(),
        #[cfg(feature = "tls")]
        ureq::Error::Rustls(error) => format!("tls: {}", plain(&error.to_string())),
        ureq::Error::Protocol(_) => "not an answer of HTTP/1.1".to_owned(),
        _ => "connection failed".to_owned(),
    }
}

/// The seconds of `Retry-After`, bounded; a date there is as good as nothing, since clocks differ.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds = headers.get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds).min(Client::MAX_WAIT))
}

/// `partial_success` of an `Export…ServiceResponse`: how many records were rejected, and why.
fn partial_success(body: &[u8]) -> (u64, String) {
    let (mut rejected, mut message) = (0, "");
    let partial = fields(body).find_map(|field| match field {
        (1, Read::Bytes(partial)) => Some(partial),
        _ => None,
    });
    for field in fields(partial.unwrap_or_default()) {
        match field {
            (1, Read::Number(number)) => rejected = number,
            (2, Read::Bytes(text)) => message = std::str::from_utf8(text).unwrap_or_default(),
            _ => {}
        }
    }
    (rejected, message.to_owned())
}
