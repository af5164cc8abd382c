use http::{Method, Request, Version};

use super::request_headers::RequestHeaders;
#[cfg(any(feature = "axum", feature = "tonic"))]
use crate::transfer::CountedBody;
use crate::transfer::{ByteCount, length_of};

/// How large the body of a request is, as far as is known.
#[derive(Debug, Default)]
pub(super) enum RequestBytes {
    /// There is none.
    #[default]
    Absent,
    /// Those that the service has read so far.
    Read(ByteCount),
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
            (Some(length), None) => match length_of(length) {
                None => Self::Undeclared,
                Some(0) => Self::Absent,
                Some(length) => Self::Declared(length),
            },
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
        #[cfg(any(feature = "axum", feature = "tonic"))]
        {
            let body: &mut dyn std::any::Any = request.body_mut();
            #[cfg(feature = "axum")]
            if let Some(body) = body.downcast_mut() {
                return Self::counting(body, axum::body::Body::new);
            }
            #[cfg(feature = "tonic")]
            if let Some(body) = body.downcast_mut() {
                return Self::counting(body, tonic::body::Body::new);
            }
        }
        match request.extensions().get::<ByteCount>() {
            Some(bytes) => Self::Read(bytes.clone()),
            None => Self::said(length, request.method()),
        }
    }

    /// Exchanges a body that may be any for one that counts.
    #[cfg(any(feature = "axum", feature = "tonic"))]
    fn counting<B>(body: &mut B, wrap: impl FnOnce(CountedBody<B>) -> B) -> Self
    where
        B: http_body::Body + Default,
    {
        if body.is_end_stream() {
            return Self::Absent;
        }
        let bytes = ByteCount::default();
        *body = wrap(CountedBody::new(std::mem::take(body), bytes.clone()));
        Self::Read(bytes)
    }

    /// How many bytes have come. Where nobody counted, the length that was declared counts if the request
    /// was answered.
    pub(super) fn size(&self, answered: bool) -> Option<u64> {
        match self {
            Self::Absent => Some(0),
            Self::Read(bytes) => Some(bytes.bytes()),
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
