//! The body of a response, read as it passes.

use std::{
    borrow::Cow,
    marker::PhantomData,
    pin::Pin,
    task::{Context, Poll, ready},
};

use http::HeaderMap;
use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;

use super::Framing;
use crate::{Call, watch::Watch};

pin_project! {
    /// A body that hands on every frame in the poll that brought it, and reads the bytes in
    /// between.
    ///
    /// Nothing is held back or copied but the few values that are picked, there is no task and no
    /// channel, and the hints about size and end are the inner body's. It owns the call and so ends
    /// it: with the body's end or error, with the stream's closing mark, or when it is dropped. `K`
    /// knows the classes of the body's errors.
    #[derive(Debug)]
    pub(crate) struct Tap<B, K> {
        #[pin]
        body: B,
        framing: Framing,
        reader: Reader,
        classes: PhantomData<K>,
    }
}

/// Who reads.
#[derive(Debug)]
enum Reader {
    Call(Call),
    Watch(Box<Watch>),
}

/// Knows the class of an error that broke a body.
pub(crate) trait Broken<E> {
    /// Never its message.
    fn error_type(error: &E) -> Cow<'static, str>;
}

impl<B, K> Tap<B, K> {
    /// Carries a call to its end.
    pub(crate) fn new(body: B, headers: &HeaderMap, mut call: Call) -> Self {
        let framing = Framing::of(headers, call.expects_stream());
        match framing {
            Framing::Events | Framing::Lines | Framing::EventStream => call.is_streamed(),
            Framing::Json => {}
            Framing::Unread(reason) => call.usage_unavailable(reason),
        }
        Self { body, framing, reader: Reader::Call(call), classes: PhantomData }
    }

    /// Tells a job what the response says of it.
    pub(crate) fn watching(body: B, headers: &HeaderMap, watch: Watch) -> Self {
        let framing = match Framing::of(headers, false) {
            Framing::Unread("content_type") | Framing::Json if watch.expects_lines() => {
                Framing::Lines
            }
            framing => framing,
        };
        Self { body, framing, reader: Reader::Watch(Box::new(watch)), classes: PhantomData }
    }
}

impl Reader {
    fn read(&mut self, framing: Framing, piece: &[u8]) {
        match self {
            Self::Call(call) => {
                call.read(framing, piece);
                if call.is_done() {
                    call.complete();
                }
            }
            Self::Watch(watch) => watch.read(framing, piece),
        }
    }

    fn complete(&mut self) {
        match self {
            Self::Call(call) => call.complete(),
            Self::Watch(watch) => watch.complete(),
        }
    }

    fn failed(&mut self, error_type: Cow<'static, str>) {
        if let Self::Call(call) = self {
            if !call.is_complete() {
                call.fail(error_type);
            }
            call.complete();
        }
    }
}

impl<B, K> Body for Tap<B, K>
where
    B: Body,
    B::Data: AsRef<[u8]>,
    K: Broken<B::Error>,
{
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        task: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        let mut this = self.project();
        let frame = ready!(this.body.as_mut().poll_frame(task));
        match &frame {
            Some(Ok(frame)) => {
                if let Some(data) = frame.data_ref() {
                    this.reader.read(*this.framing, data.as_ref());
                }
                if this.body.is_end_stream() {
                    this.reader.complete();
                }
            }
            Some(Err(error)) => this.reader.failed(K::error_type(error)),
            None => this.reader.complete(),
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

#[cfg(all(test, feature = "middleware"))]
mod tests {
    use std::task::Waker;

    use bytes::Bytes;
    use http_body::Body as _;
    use http_body_util::Full;
    use telemetry_core::testing::Capture;

    use super::*;
    use crate::{Operation, Provider};

    const EVENT: &[u8] =
        b"data: {\"choices\":[],\"usage\":{\"prompt_tokens\":1117,\"completion_tokens\":46}}\n\n";

    fn tap(body: reqwest::Body) -> Tap<reqwest::Body, crate::middleware::Classes> {
        let call = Call::builder(Operation::CHAT, Provider::OPENAI)
            .model("gpt-4o")
            .streaming(true)
            .start();
        Tap::new(body, &HeaderMap::new(), call)
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
}
