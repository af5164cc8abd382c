use std::future::Future;

use axum::extract::FromRequestParts;
use axum::extract::ws::WebSocketUpgrade as Inner;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::response::Response;
use http::request::Parts;
use telemetry_core::ContextExt as _;

use super::WebSocket;
use crate::socket::ConnectionBuilder;

/// axum's extractor of a WebSocket's handshake, with its connection observed.
#[derive(Debug)]
#[must_use = "a handshake is answered by `on_upgrade`"]
pub struct WebSocketUpgrade {
    inner: Inner,
    connection: ConnectionBuilder,
}

impl WebSocketUpgrade {
    /// Configures axum's own extractor: sizes, protocols.
    ///
    /// ```
    /// use telemetry_http::socket::axum_ws::WebSocketUpgrade;
    ///
    /// # fn handler(upgrade: WebSocketUpgrade) {
    /// let upgrade = upgrade.configure(|upgrade| upgrade.max_message_size(64 * 1024));
    /// # }
    /// ```
    pub fn configure(mut self, configure: impl FnOnce(Inner) -> Inner) -> Self {
        self.inner = configure(self.inner);
        self
    }

    /// Lets each message begin a trace of its own, with a link to the connection.
    pub fn own_traces(mut self) -> Self {
        self.connection = self.connection.own_traces();
        self
    }

    /// Answers the handshake and has `serve` at the connection, within its span.
    pub fn on_upgrade<C, F>(self, serve: C) -> Response
    where
        C: FnOnce(WebSocket) -> F + Send + 'static,
        F: Future<Output = ()> + Send + 'static,
    {
        let builder = self.connection;
        self.inner.on_upgrade(async move |socket| {
            let connection = builder.open();
            let context = connection.context().cloned().unwrap_or_default();
            let served = context.in_scope(|| serve(WebSocket::new(socket, connection.clone())));
            if connection.is_observed() {
                served.in_context(context).await;
            } else {
                served.await;
            }
            connection.end_well();
        })
    }
}

impl<S: Send + Sync> FromRequestParts<S> for WebSocketUpgrade {
    type Rejection = WebSocketUpgradeRejection;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        let inner = Inner::from_request_parts(parts, state).await?;
        let connection = crate::socket::connection("websocket").handshake(&parts.headers);
        Ok(Self { inner, connection })
    }
}
