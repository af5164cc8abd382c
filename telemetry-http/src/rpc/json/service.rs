use std::mem;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderMap};
use http::{Method, Request, Response};
use telemetry_core::Pipeline;

use super::{Body, Layer, MAX_BODY, RequestBody, ResponseFuture};
use crate::transfer::declared;

/// A service whose JSON-RPC calls are observed; made by [`Layer`].
#[derive(Clone, Debug)]
pub struct Service<S> {
    inner: S,
    layer: Layer,
}

impl<S> Service<S> {
    pub(super) fn new(inner: S, layer: Layer) -> Self {
        Self { inner, layer }
    }
}

impl<S, B, R> tower_service::Service<Request<B>> for Service<S>
where
    S: tower_service::Service<Request<RequestBody<B>>, Response = Response<R>> + Clone,
    S::Error: 'static,
    B: http_body::Body<Data = Bytes> + Unpin,
    R: http_body::Body,
{
    type Response = Response<Body<R>>;
    type Error = S::Error;
    type Future = ResponseFuture<S, B>;

    fn poll_ready(&mut self, task: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(task)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let is_read = may_be_json_rpc(&request) && Pipeline::current_id().is_some();
        let request = request.map(RequestBody::unread);
        if !is_read {
            return ResponseFuture::unread(self.inner.call(request));
        }
        // The one that is ready goes, another stays.
        let another = self.inner.clone();
        let inner = mem::replace(&mut self.inner, another);
        ResponseFuture::reading(inner, request, self.layer.methods.clone())
    }
}

fn may_be_json_rpc<B>(request: &Request<B>) -> bool {
    request.method() == Method::POST
        && is_json(request.headers())
        && declared(request.headers()).is_none_or(|length| length <= MAX_BODY as u64)
}

/// Whether a message says that it is JSON, and is as it says.
pub(super) fn is_json(headers: &HeaderMap) -> bool {
    let Some(kind) = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()) else {
        return false;
    };
    let kind = kind.split(';').next().unwrap_or(kind).trim();
    let is_json = ["application/json", "application/json-rpc", "application/jsonrequest"]
        .iter()
        .any(|known| kind.eq_ignore_ascii_case(known));
    let is_plain = headers
        .get(http::header::CONTENT_ENCODING)
        .is_none_or(|encoding| encoding.as_bytes().eq_ignore_ascii_case(b"identity"));
    is_json && is_plain
}
