//! The body of a response, read as it passes.

use std::{
    borrow::Cow,
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use http::HeaderMap;
use http_body::{Frame, SizeHint};

use crate::Call;

/// A body that hands on every frame in the poll that brought it, and reads the bytes in between.
///
/// Nothing is held back or copied but the few values that are picked, there is no task and no
/// channel, and the hints about size and end are the inner body's. It owns the call and so ends it:
/// with the body's end or error, with the stream's closing mark, or when it is dropped.
#[derive(Debug)]
pub(crate) struct Tap {
    body: reqwest::Body,
    framing: Framing,
    call: Call,
}

/// How the body is to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Framing {
    /// A stream of events.
    Events,
    /// One document.
    Json,
    /// Not at all, for this reason.
    Unread(&'static str),
}

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
        let media_type = header(http::header::CONTENT_TYPE)
            .map(|value| value.split(';').next().unwrap_or(value).trim());
        let is = |media_type: &str, wanted: &str| media_type.eq_ignore_ascii_case(wanted);
        match media_type {
            Some(media_type) if is(media_type, "text/event-stream") => Self::Events,
            Some(media_type) if media_type.to_ascii_lowercase().ends_with("json") => Self::Json,
            Some(_) => Self::Unread("content_type"),
            None if streamed => Self::Events,
            None => Self::Json,
        }
    }
}

impl Tap {
    pub(crate) fn new(body: reqwest::Body, framing: Framing, mut call: Call) -> Self {
        match framing {
            Framing::Events => call.is_streamed(),
            Framing::Json => {}
            Framing::Unread(reason) => call.usage_unavailable(reason),
        }
        Self { body, framing, call }
    }

    fn read(&mut self, piece: &[u8]) {
        match self.framing {
            Framing::Events => self.call.read_events(piece),
            Framing::Json => self.call.read_json(piece),
            Framing::Unread(_) => {}
        }
        if self.call.is_done() {
            self.call.complete();
        }
    }

    fn failed(&mut self, error_type: Cow<'static, str>) {
        if !self.call.is_complete() {
            self.call.fail(error_type);
        }
        self.call.complete();
    }
}

impl http_body::Body for Tap {
    type Data = Bytes;
    type Error = reqwest::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        task: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, reqwest::Error>>> {
        let this = self.get_mut();
        let frame = ready!(Pin::new(&mut this.body).poll_frame(task));
        match &frame {
            Some(Ok(frame)) => {
                if let Some(data) = frame.data_ref() {
                    this.read(data);
                }
                if this.body.is_end_stream() {
                    this.call.complete();
                }
            }
            Some(Err(error)) => this.failed(crate::middleware::error_type(error)),
            None => this.call.complete(),
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use std::task::Waker;

    use http_body::Body as _;
    use http_body_util::Full;
    use telemetry_core::testing::Capture;

    use super::*;
    use crate::{Operation, Provider};

    const EVENT: &[u8] =
        b"data: {\"choices\":[],\"usage\":{\"prompt_tokens\":1117,\"completion_tokens\":46}}\n\n";

    fn tap(body: reqwest::Body) -> Tap {
        let call = Call::builder(Operation::CHAT, Provider::OPENAI).model("gpt-4o").start();
        Tap::new(body, Framing::Events, call)
    }

    #[test]
    fn a_frame_passes_in_the_poll_that_brought_it_and_uncopied() {
        let capture = Capture::start();
        let bytes = Bytes::from_static(EVENT);
        let body = reqwest::Body::wrap(Full::new(bytes.clone()));
        let mut tap = capture.run(|| tap(body));
        assert_eq!(tap.size_hint().exact(), Some(EVENT.len() as u64));
        let mut task = Context::from_waker(Waker::noop());
        let Poll::Ready(Some(Ok(frame))) = Pin::new(&mut tap).poll_frame(&mut task) else {
            panic!("nothing to wait for");
        };
        let passed = frame.into_data().unwrap();
        assert_eq!((passed.as_ptr(), passed.len()), (bytes.as_ptr(), bytes.len()));
        // The body has no more, so the call has ended, though nobody has asked for the end.
        assert!(tap.is_end_stream());
        assert_eq!(capture.spans()[0].attribute("gen_ai.usage.output_tokens").unwrap(), &46);
    }

    #[test]
    fn the_framing_is_what_the_response_says_and_only_then_what_was_asked_for() {
        let of = |headers: &[(&'static str, &'static str)], streamed| {
            let header = |(name, value): &(&'static str, &'static str)| {
                (http::HeaderName::from_static(name), http::HeaderValue::from_static(value))
            };
            Framing::of(&headers.iter().map(header).collect(), streamed)
        };
        assert_eq!(
            of(&[("content-type", "Text/Event-Stream; charset=utf-8")], false),
            Framing::Events
        );
        assert_eq!(of(&[("content-type", "application/json")], true), Framing::Json);
        assert_eq!(of(&[("content-type", "application/problem+JSON;a=b")], true), Framing::Json);
        assert_eq!(of(&[("content-type", "text/html")], true), Framing::Unread("content_type"));
        assert_eq!(of(&[("content-encoding", "gzip")], true), Framing::Unread("encoding"));
        assert_eq!(of(&[("content-encoding", "identity")], true), Framing::Events);
        assert_eq!(of(&[], false), Framing::Json);
    }
}
