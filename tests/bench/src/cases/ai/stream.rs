//! A streamed answer in pieces of 200 bytes, read to its end.

use std::convert::Infallible;
use std::hint::black_box;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::http::{self, Extensions};
use bytes::Bytes;
use http_body::Frame;
use reqwest::{Body, Request, Response};
use reqwest_middleware::{ClientBuilder, ClientWithMiddleware, Middleware, Next, Result};
use tokio::runtime::{Builder, Runtime};

use crate::failure::Failure;

/// A chunk of an answer, 200 bytes with the empty line that ends it.
const CHUNK: &str = concat!(
    r#"data: {"id":"chatcmpl-7","object":"chat.completion.chunk","created":1795000000,"#,
    r#""model":"gpt-4o-2024-08-06","choices":[{"index":0,"delta":{"content":" warehouse"},"#,
    r#""finish_reason":null}],"usage":null}"#,
    "\n\n"
);

const LAST: &str = concat!(
    r#"data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"#,
    r#""usage":{"prompt_tokens":2006,"completion_tokens":300,"total_tokens":2306}}"#,
    "\n\ndata: [DONE]\n\n"
);

/// Streams, one after the other.
pub(super) struct Streams {
    runtime: Runtime,
    client: ClientWithMiddleware,
    chunk: fn(&[u8]),
}

impl Streams {
    /// With the middleware that `with` gives the client, and what the reader does with each chunk.
    pub(super) fn new(
        with: impl FnOnce(ClientBuilder) -> ClientBuilder,
        chunk: fn(&[u8]),
    ) -> std::result::Result<Self, Failure> {
        let client = reqwest::Client::builder().no_proxy().build()?;
        Ok(Self {
            runtime: Builder::new_current_thread().build()?,
            client: with(ClientBuilder::new(client)).with(Answers).build(),
            chunk,
        })
    }

    /// Reads a stream of so many chunks to its end.
    pub(super) fn burst(&mut self, chunks: u64) {
        const REQUEST: &str = r#"{"model":"gpt-4o","stream":true,"messages":[]}"#;
        let Self { runtime, client, chunk } = self;
        runtime.block_on(async {
            let request = client
                .post("http://api.openai.com/v1/chat/completions")
                .header("x-chunks", chunks)
                .body(REQUEST);
            let Ok(mut response) = request.send().await else { return };
            while let Ok(Some(bytes)) = response.chunk().await {
                chunk(&bytes);
            }
        });
    }
}

/// Nobody looks.
pub(super) fn pass(chunk: &[u8]) {
    black_box(chunk);
}

/// As who wants the usage parses each chunk, into a tree.
pub(super) fn parse(chunk: &[u8]) {
    let Some(data) = chunk.strip_prefix(b"data: ") else { return };
    if let Ok(tree) = serde_json::from_slice::<serde_json::Value>(data) {
        black_box(tree.get("usage"));
    }
}

/// Stands in the network's place.
struct Answers;

#[async_trait::async_trait]
impl Middleware for Answers {
    async fn handle(&self, request: Request, _: &mut Extensions, _: Next<'_>) -> Result<Response> {
        let chunks = request.headers().get("x-chunks").and_then(|value| value.to_str().ok());
        let chunks = chunks.and_then(|chunks| chunks.parse().ok()).unwrap_or(0);
        let mut response = http::Response::new(Body::wrap(Chunks(chunks)));
        let events = http::HeaderValue::from_static("text/event-stream");
        response.headers_mut().insert(http::header::CONTENT_TYPE, events);
        Ok(response.into())
    }
}

/// So many chunks, of which the last one says what was used.
struct Chunks(u64);

impl http_body::Body for Chunks {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<std::result::Result<Frame<Bytes>, Infallible>>> {
        let text = match self.0 {
            0 => return Poll::Ready(None),
            1 => LAST,
            _ => CHUNK,
        };
        self.0 -= 1;
        Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(text.as_bytes())))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chunk_is_two_hundred_bytes() {
        assert_eq!(CHUNK.len(), 200);
    }
}
