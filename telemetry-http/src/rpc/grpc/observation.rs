use std::time::Duration;

use http::{HeaderMap, Response};
use telemetry_core::SpanKind;

use super::code::Code;
use crate::client::as_known_error;
use crate::rpc::methods::Methods;
use crate::rpc::{CallGuard, Failure};
use crate::transfer::ResponseGuard;

/// A gRPC call under way; it ends with its status, or as what it looks like when it is dropped before.
#[derive(Debug, Default)]
pub(super) struct Observation {
    guard: CallGuard,
    /// Absent of a client's, whose procedures are known.
    unknown: Option<Unknown>,
    is_client: bool,
    /// How long the caller waits.
    deadline: Option<Duration>,
}

/// A procedure that may not exist.
#[derive(Debug)]
pub(super) struct Unknown {
    pub(super) methods: Methods,
    pub(super) method: Box<str>,
}

impl Observation {
    pub(super) fn new(
        mut guard: CallGuard,
        kind: SpanKind,
        unknown: Option<Unknown>,
        headers: &HeaderMap,
    ) -> Self {
        let is_client = kind == SpanKind::Client;
        // Until there is another; a panic leaves it.
        guard.set_status_code(Code::UNKNOWN.as_str());
        Self { guard, unknown, is_client, deadline: deadline(headers) }
    }

    pub(super) fn end(mut self, code: Code) {
        self.recognise(code);
        let kind = if self.is_client { SpanKind::Client } else { SpanKind::Server };
        let mut guard = self.guard.take();
        if code.is_error(kind) {
            guard.fail(Failure::status(code.as_str()));
        } else {
            guard.set_status_code(code.as_str());
            guard.end();
        }
    }

    fn is_late(&self) -> bool {
        self.deadline.is_some_and(|deadline| self.guard.elapsed() >= deadline)
    }

    fn recognise(&mut self, code: Code) {
        if let Some(Unknown { methods, method }) = &self.unknown {
            let known = methods.know(method) || (code.proves_method() && methods.learn(method));
            self.guard.recognise(known);
        }
    }
}

impl ResponseGuard for Observation {
    fn is_observed(&self) -> bool {
        self.guard.is_observed()
    }

    fn poll_in<R>(&mut self, poll: impl FnOnce() -> R) -> R {
        self.guard.in_scope(poll)
    }

    fn answer<B: http_body::Body>(&mut self, response: &mut Response<B>) {
        // An answer of trailers alone has the status in its head.
        let code = Code::of_headers(response.headers())
            .or_else(|| Code::of_http(response.status()))
            .or_else(|| response.body().is_end_stream().then_some(Code::UNKNOWN));
        if let Some(code) = code {
            std::mem::take(self).end(code);
        }
    }

    fn break_off<E: 'static>(self, error: &E) {
        let code = if self.is_late() {
            Code::DEADLINE_EXCEEDED
        } else {
            as_known_error(error).map_or(Code::UNKNOWN, Code::of_error)
        };
        self.end(code);
    }
}

impl Drop for Observation {
    fn drop(&mut self) {
        if !self.guard.is_observed() {
            return;
        }
        let late = self.is_late();
        let mut guard = self.guard.take();
        if std::thread::panicking() {
            return drop(guard);
        }
        if late {
            return guard.fail(Failure::status(Code::DEADLINE_EXCEEDED.as_str()));
        }
        let code = Code::CANCELLED.as_str();
        guard.set_status_code(code);
        guard.cancel(self.is_client.then(|| Failure::status(code)));
    }
}

/// `grpc-timeout`: at most eight digits and a unit.
fn deadline(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get("grpc-timeout")?.to_str().ok()?;
    let (digits, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    if digits.len() > 8 || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let number = digits.parse().ok()?;
    Some(match unit {
        "H" => Duration::from_secs(number * 3600),
        "M" => Duration::from_secs(number * 60),
        "S" => Duration::from_secs(number),
        "m" => Duration::from_millis(number),
        "u" => Duration::from_micros(number),
        "n" => Duration::from_nanos(number),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    #[test]
    fn a_deadline_is_digits_and_a_unit() {
        for (text, expected) in [
            ("5S", Some(Duration::from_secs(5))),
            ("250m", Some(Duration::from_millis(250))),
            ("99999999H", Some(Duration::from_secs(99_999_999 * 3600))),
            ("7u", Some(Duration::from_micros(7))),
            ("1n", Some(Duration::from_nanos(1))),
            ("2M", Some(Duration::from_secs(120))),
            ("123456789S", None),
            ("5", None),
            ("S", None),
            ("", None),
            ("-5S", None),
            ("5 S", None),
            ("5d", None),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert("grpc-timeout", HeaderValue::from_str(text).unwrap());
            assert_eq!(deadline(&headers), expected, "{text:?}");
        }
    }
}
