//! `rig`, which takes a client of HTTP that is written for it.
//!
//! `rig` has such a client itself, behind its feature `reqwest-middleware-rustls` or
//! `reqwest-middleware-native-tls`: with one of these, this module is `ReqwestMiddlewareClient`. They bring
//! a cryptography of their own with them, which this spares.

#![expect(clippy::result_large_err, reason = "the error is `rig`'s own")]

use std::future::Future;

use bytes::Bytes;
use futures_util::TryStreamExt as _;
use reqwest::{
    Method,
    multipart::{Form, Part},
};
use reqwest_middleware::{ClientWithMiddleware, RequestBuilder};
use rig::http_client::{
    BoxedStream, Error, HttpClientExt, LazyBody, MultipartForm, Request, Response, Result,
    StreamingResponse, multipart::PartContent,
};

/// Sends what `rig` asks for through a client that is observed.
///
/// Give it to a provider's configuration with `connect`.
#[derive(Debug, Clone)]
pub struct Observed(ClientWithMiddleware);

impl Observed {
    /// Sends through `client`.
    pub fn new(client: ClientWithMiddleware) -> Self {
        Self(client)
    }

    fn request<T>(&self, request: &Request<T>) -> RequestBuilder {
        let method = Method::from_bytes(request.method().as_str().as_bytes()).unwrap_or_default();
        let builder = self.0.request(method, request.uri().to_string());
        builder.headers(request.headers().clone())
    }
}

impl HttpClientExt for Observed {
    fn send<T, U>(
        &self,
        request: Request<T>,
    ) -> impl Future<Output = Result<Response<LazyBody<U>>>> + Send + 'static
    where
        T: Into<Bytes> + Send,
        U: From<Bytes> + Send + 'static,
    {
        let builder = self.request(&request);
        let body: Bytes = request.into_body().into();
        async move { whole(sent(builder.body(body)).await?) }
    }

    fn send_multipart<U>(
        &self,
        request: Request<MultipartForm>,
    ) -> impl Future<Output = Result<Response<LazyBody<U>>>> + Send + 'static
    where
        U: From<Bytes> + Send + 'static,
    {
        let builder = self.request(&request);
        let form = form(request.into_body());
        async move { whole(sent(builder.multipart(form?)).await?) }
    }

    async fn send_streaming<T>(&self, request: Request<T>) -> Result<StreamingResponse>
    where
        T: Into<Bytes> + Send,
    {
        let builder = self.request(&request);
        let body: Bytes = request.into_body().into();
        let response = sent(builder.body(body)).await?;
        let head = head(&response);
        let chunks: BoxedStream = Box::pin(response.bytes_stream().map_err(Error::instance));
        head.body(chunks).map_err(Error::Protocol)
    }
}

/// The response; an error where it isn't one of success.
async fn sent(request: RequestBuilder) -> Result<reqwest::Response> {
    let response = request.send().await.map_err(Error::instance)?;
    let status = response.status();
    if status.is_success() {
        return Ok(response);
    }
    let headers = response.headers().clone();
    let body = response.text().await.map_err(Error::instance)?;
    Err(Error::non_success_with_details(status, headers, body))
}

fn whole<U: From<Bytes> + Send + 'static>(
    response: reqwest::Response,
) -> Result<Response<LazyBody<U>>> {
    let head = head(&response);
    let body: LazyBody<U> =
        Box::pin(async { Ok(U::from(response.bytes().await.map_err(Error::instance)?)) });
    head.body(body).map_err(Error::Protocol)
}

fn head(response: &reqwest::Response) -> http::response::Builder {
    let mut head = Response::builder().status(response.status());
    if let Some(headers) = head.headers_mut() {
        headers.clone_from(response.headers());
    }
    head
}

fn form(parts: MultipartForm) -> Result<Form> {
    let mut form = Form::new();
    for part in parts.into_parts() {
        let (name, content, file_name, media_type) = part.into_pieces();
        let mut part = match content {
            PartContent::Text(text) => Part::text(text),
            PartContent::Binary(bytes) => Part::bytes(bytes.to_vec()),
        };
        if let Some(media_type) = media_type {
            part = part.mime_str(media_type.as_ref()).map_err(Error::instance)?;
        }
        if let Some(file_name) = file_name {
            part = part.file_name(file_name);
        }
        form = form.part(name, part);
    }
    Ok(form)
}
