use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use http::{Method, Request, Version};

use super::request_headers::RequestHeaders;

/// How large the body of a request is, as far as is known.
#[derive(Debug, Default)]
pub(super) enum RequestBytes {
    /// There is none.
    #[default]
    Absent,
    /// Those that the service has read so far.
    #[cfg_attr(not(feature = "axum"), expect(dead_code, reason = "only axum's bodies are counted"))]
    Read(Arc<AtomicU64>),
    /// What the head says; nobody can count.
    Declared(u64),
    Unknown,
}

/// What a request's head says of its body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Length {
    Absent,
    Declared(u64),
    /// There is a body.
    Undeclared,
    /// Nothing, which in HTTP/2 and above doesn't mean that there is none.
    Unsaid,
}

impl Length {
    #[inline]
    pub(super) fn of(version: Version, headers: &RequestHeaders<'_>) -> Self {
        match (headers.content_length, headers.transfer_encoding) {
            (None, None) if version < Version::HTTP_2 => Self::Absent,
            (None, None) => Self::Unsaid,
            (_, Some(_)) => Self::Undeclared,
            (Some(length), None) => {
                let length = length.to_str().ok().and_then(|length| length.parse().ok());
                length.map_or(Self::Undeclared, |length| {
                    if length == 0 { Self::Absent } else { Self::Declared(length) }
                })
            }
        }
    }
}

impl RequestBytes {
    /// What the head alone says.
    pub(super) fn said(length: Length, method: &Method) -> Self {
        match length {
            Length::Absent => Self::Absent,
            Length::Declared(length) => Self::Declared(length),
            Length::Undeclared => Self::Unknown,
            Length::Unsaid if has_a_body_rarely(method) => Self::Absent,
            Length::Unsaid => Self::Unknown,
        }
    }

    /// Has the body counted as it is read, where its type allows for that.
    pub(super) fn counted<B: 'static>(length: Length, request: &mut Request<B>) -> Self {
        if length == Length::Absent {
            return Self::Absent;
        }
        #[cfg(feature = "axum")]
        {
            use http_body::Body as _;

            let body: &mut dyn std::any::Any = request.body_mut();
            if let Some(body) = body.downcast_mut::<axum::body::Body>() {
                if body.is_end_stream() {
                    return Self::Absent;
                }
                let bytes = Arc::new(AtomicU64::new(0));
                let inner = std::mem::take(body);
                *body = axum::body::Body::new(CountedBody { inner, bytes: Arc::clone(&bytes) });
                return Self::Read(bytes);
            }
        }
        Self::said(length, request.method())
    }

    /// How many bytes have come. Where nobody counted, the length that was declared counts if the request
    /// was answered.
    pub(super) fn size(&self, answered: bool) -> Option<u64> {
        match self {
            Self::Absent => Some(0),
            Self::Read(bytes) => Some(bytes.load(Ordering::Relaxed)),
            Self::Declared(length) => answered.then_some(*length),
            Self::Unknown => None,
        }
    }
}

fn has_a_body_rarely(method: &Method) -> bool {
    matches!(
        *method,
        Method::GET
            | Method::HEAD
            | Method::DELETE
            | Method::OPTIONS
            | Method::TRACE
            | Method::CONNECT
    )
}

#[cfg(feature = "axum")]
pin_project_lite::pin_project! {
    /// The body of a request, counted as it is read.
    struct CountedBody {
        #[pin]
        inner: axum::body::Body,
        bytes: Arc<AtomicU64>,
    }
}

#[cfg(feature = "axum")]
impl http_body::Body for CountedBody {
    type Data = bytes::Bytes;
    type Error = axum::Error;

    fn poll_frame(
        self: std::pin::Pin<&mut Self>,
        task: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<http_body::Frame<bytes::Bytes>, axum::Error>>> {
        let this = self.project();
        let polled = this.inner.poll_frame(task);
        if let std::task::Poll::Ready(Some(Ok(frame))) = &polled
            && let Some(data) = frame.data_ref()
        {
            this.bytes.fetch_add(data.len() as u64, Ordering::Relaxed);
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> http_body::SizeHint {
        self.inner.size_hint()
    }
}
