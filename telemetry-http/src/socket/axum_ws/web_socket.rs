use std::borrow::Cow;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use axum::Error;
use axum::extract::ws::{Message as Frame, WebSocket as Inner};
use futures_core::Stream;
use futures_sink::Sink;
use http::HeaderValue;
use telemetry_core::{ErrorClass, semconv};

use crate::socket::{Connection, Message};

/// axum's WebSocket with its connection observed: what comes and goes is counted.
#[derive(Debug)]
pub struct WebSocket {
    inner: Inner,
    connection: Connection,
}

impl WebSocket {
    pub(super) fn new(inner: Inner, connection: Connection) -> Self {
        Self { inner, connection }
    }

    /// The connection, to say who is at its other end.
    pub fn connection(&self) -> &Connection {
        &self.connection
    }

    /// A message of this kind that [`recv`](Self::recv) gave and that is about to be handled. Kinds are
    /// code, and few.
    pub fn message(&self, event: impl Into<Cow<'static, str>>, frame: &Frame) -> Message {
        let message = self.connection.message(event).counted();
        match size(frame) {
            Some(bytes) => message.size(bytes),
            None => message,
        }
    }

    /// The next message; none after the end.
    pub async fn recv(&mut self) -> Option<Result<Frame, Error>> {
        std::future::poll_fn(|task| Pin::new(&mut *self).poll_next(task)).await
    }

    /// Sends a message.
    ///
    /// # Errors
    ///
    /// When the connection is gone.
    pub async fn send(&mut self, frame: Frame) -> Result<(), Error> {
        let bytes = size(&frame);
        self.inner.send(frame).await?;
        if let Some(bytes) = bytes {
            self.connection.sent(bytes);
        }
        Ok(())
    }

    /// The protocol that was agreed upon.
    pub fn protocol(&self) -> Option<&HeaderValue> {
        self.inner.protocol()
    }

    fn came(&self, frame: &Frame) {
        if let Some(bytes) = size(frame) {
            self.connection.received(bytes);
        }
        if let Frame::Close(close) = frame {
            match close {
                Some(close) => self.connection.close(&close.code.to_string()),
                None => self.connection.end_well(),
            }
        }
    }

    fn broke(&self, error: &Error) {
        let class = ErrorClass::of(error).error_type;
        // tungstenite's error for it is of a version that only axum can name.
        let is_gone = class == ErrorClass::NETWORK_ERROR.error_type
            || error.to_string().contains("without closing handshake");
        if is_gone {
            self.connection.leave();
        } else if class == semconv::error::OTHER {
            self.connection.fail("protocol_error");
        } else {
            self.connection.fail(&class);
        }
    }
}

impl Stream for WebSocket {
    type Item = Result<Frame, Error>;

    fn poll_next(mut self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let polled = ready!(Pin::new(&mut self.inner).poll_next(task));
        match &polled {
            Some(Ok(frame)) => self.came(frame),
            Some(Err(error)) => self.broke(error),
            None => self.connection.end_well(),
        }
        Poll::Ready(polled)
    }
}

impl Sink<Frame> for WebSocket {
    type Error = Error;

    fn poll_ready(mut self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<Result<(), Error>> {
        Pin::new(&mut self.inner).poll_ready(task)
    }

    fn start_send(mut self: Pin<&mut Self>, frame: Frame) -> Result<(), Error> {
        let bytes = size(&frame);
        Pin::new(&mut self.inner).start_send(frame)?;
        if let Some(bytes) = bytes {
            self.connection.sent(bytes);
        }
        Ok(())
    }

    fn poll_flush(mut self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<Result<(), Error>> {
        Pin::new(&mut self.inner).poll_flush(task)
    }

    fn poll_close(mut self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<Result<(), Error>> {
        Pin::new(&mut self.inner).poll_close(task)
    }
}

/// The bytes of a message; none of what serves the connection alone.
fn size(frame: &Frame) -> Option<u64> {
    match frame {
        Frame::Text(text) => Some(text.len() as u64),
        Frame::Binary(bytes) => Some(bytes.len() as u64),
        _ => None,
    }
}
