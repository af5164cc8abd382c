//! Bodies, read as they pass.

use std::{
    borrow::Cow,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll, ready},
};

use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;

use crate::{
    Call, RequestParameters,
    provider::Target,
    stream::{Broken, Scanner, Tap},
};

/// Errors of bodies that may be anybody's have one class.
#[derive(Debug)]
pub(super) struct Classes;

impl<E> Broken<E> for Classes {
    fn error_type(_: &E) -> Cow<'static, str> {
        Cow::Borrowed("network_error")
    }
}

/// At most this much of a request's body is looked at.
const MOST_BYTES: u64 = 1 << 20;

/// What has been read of a request's body so far. The body is sent by whoever carries the request
/// out, while the call waits for the response.
#[derive(Debug, Clone)]
pub(super) struct Seen {
    request: Arc<Mutex<Reading>>,
}

#[derive(Debug)]
struct Reading {
    scanner: Scanner<RequestParameters>,
    parameters: RequestParameters,
    left: u64,
}

impl Seen {
    pub(super) fn new(target: &Target) -> Self {
        let parameters =
            RequestParameters { stream: target.stream, ..RequestParameters::default() };
        let scanner = Scanner::new(target.wire.request);
        Self { request: Arc::new(Mutex::new(Reading { scanner, parameters, left: MOST_BYTES })) }
    }

    fn read(&self, piece: &[u8]) {
        let mut reading = self.request.lock().unwrap_or_else(PoisonError::into_inner);
        let Reading { scanner, parameters, left } = &mut *reading;
        let most = usize::try_from(*left).unwrap_or(usize::MAX).min(piece.len());
        scanner.feed(&piece[..most], parameters);
        *left -= most as u64;
    }

    /// Tells the call what its request asked for.
    pub(super) fn describe(&self, call: &mut Call) {
        let mut reading = self.request.lock().unwrap_or_else(PoisonError::into_inner);
        call.asked(std::mem::take(&mut reading.parameters));
    }
}

pin_project! {
    /// The body of a request, read for its parameters as it is sent.
    #[derive(Debug)]
    pub struct RequestBody<B> {
        #[pin]
        body: B,
        seen: Option<Seen>,
    }
}

impl<B> RequestBody<B> {
    pub(super) fn new(body: B, seen: Option<Seen>) -> Self {
        Self { body, seen }
    }
}

impl<B> Body for RequestBody<B>
where
    B: Body,
    B::Data: AsRef<[u8]>,
{
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        task: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        let this = self.project();
        let frame = ready!(this.body.poll_frame(task));
        if let (Some(seen), Some(Ok(frame))) = (this.seen, &frame)
            && let Some(data) = frame.data_ref()
        {
            seen.read(data.as_ref());
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

pin_project! {
    /// The body of a response, read as it passes.
    #[derive(Debug)]
    pub struct ResponseBody<B> {
        #[pin]
        body: Either<B>,
    }
}

pin_project! {
    #[project = EitherProjection]
    #[derive(Debug)]
    enum Either<B> {
        Untouched { #[pin] body: B },
        Read { #[pin] tap: Tap<B, Classes> },
    }
}

impl<B> ResponseBody<B> {
    pub(super) fn untouched(body: B) -> Self {
        Self { body: Either::Untouched { body } }
    }

    pub(super) fn read(tap: Tap<B, Classes>) -> Self {
        Self { body: Either::Read { tap } }
    }
}

impl<B> Body for ResponseBody<B>
where
    B: Body,
    B::Data: AsRef<[u8]>,
{
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        task: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        match self.project().body.project() {
            EitherProjection::Untouched { body } => body.poll_frame(task),
            EitherProjection::Read { tap } => tap.poll_frame(task),
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.body {
            Either::Untouched { body } => body.is_end_stream(),
            Either::Read { tap } => tap.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.body {
            Either::Untouched { body } => body.size_hint(),
            Either::Read { tap } => tap.size_hint(),
        }
    }
}
