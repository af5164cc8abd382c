//! How a response is to be read, by its headers.

use http::HeaderMap;

use super::Framing;

impl Framing {
    /// How a response with these headers is to be read. `streamed` is whether a stream was asked
    /// for, which decides where the response doesn't say what it is.
    pub(crate) fn of(headers: &HeaderMap, streamed: bool) -> Self {
        let header = |name| headers.get(name).and_then(|value| value.to_str().ok());
        // What the client decompresses itself no longer carries this header here.
        let encoding = header(http::header::CONTENT_ENCODING).unwrap_or("identity");
        if !encoding.eq_ignore_ascii_case("identity") {
            return Self::Unread("encoding");
        }
        let media_type = headers.get(http::header::CONTENT_TYPE);
        if media_type.is_some_and(|media_type| media_type == "application/json") {
            return Self::Json;
        }
        let Some(media_type) = media_type.and_then(|value| value.to_str().ok()) else {
            return if streamed { Self::Events } else { Self::Json };
        };
        let media_type = media_type.split(';').next().unwrap_or(media_type).trim();
        let is = |known: &&str| media_type.eq_ignore_ascii_case(known);
        let ends = media_type.len().checked_sub(4).and_then(|at| media_type.get(at..));
        // In the order of how common they are.
        if is(&"application/json") {
            Self::Json
        } else if is(&"text/event-stream") {
            Self::Events
        } else if is(&"application/vnd.amazon.eventstream") {
            Self::EventStream
        } else if LINES.iter().any(is) {
            Self::Lines
        } else if ends.is_some_and(|ends| ends.eq_ignore_ascii_case("json")) {
            Self::Json
        } else {
            Self::Unread("content_type")
        }
    }
}

/// Documents on lines of their own.
const LINES: [&str; 6] = [
    "application/x-ndjson",
    "application/ndjson",
    "application/jsonl",
    "application/x-jsonl",
    "application/stream+json",
    "application/x-jsonlines",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_framing_is_what_the_response_says_and_only_then_what_was_asked_for() {
        let of = |headers: &[(&'static str, &'static str)], streamed| {
            let header = |(name, value): &(&'static str, &'static str)| {
                (http::HeaderName::from_static(name), http::HeaderValue::from_static(value))
            };
            Framing::of(&headers.iter().map(header).collect(), streamed)
        };
        for (media_type, streamed, framing) in [
            ("Text/Event-Stream; charset=utf-8", false, Framing::Events),
            ("application/json", true, Framing::Json),
            ("application/problem+JSON;a=b", true, Framing::Json),
            ("application/x-ndjson", false, Framing::Lines),
            ("application/vnd.amazon.eventstream", false, Framing::EventStream),
            ("text/html", true, Framing::Unread("content_type")),
        ] {
            assert_eq!(of(&[("content-type", media_type)], streamed), framing, "{media_type}");
        }
        assert_eq!(of(&[("content-encoding", "gzip")], true), Framing::Unread("encoding"));
        assert_eq!(of(&[("content-encoding", "identity")], true), Framing::Events);
        assert_eq!(of(&[], false), Framing::Json);
    }
}
