use std::future::Future;
use std::sync::Arc;

use ::socketioxide::adapter::Adapter;
use ::socketioxide::extract::Event;
use ::socketioxide::handler::message::{FromMessage, FromMessageParts};
use ::socketioxide::handler::{MessageHandler, Value};
use ::socketioxide::socket::Socket;
use telemetry_core::propagation::HeaderGet;

use super::{Start, connection_of};
use crate::socket::Message;

/// A handler of messages whose work has a span; made by [`traced`].
#[derive(Clone, Debug)]
pub struct Traced<H> {
    handler: H,
    reads_context: bool,
}

/// Wraps a handler of messages (`socket.on("chat:user_message", traced(handler))`), of the kinds that
/// socketioxide takes: asynchronous functions of up to sixteen extractors. Its work has a span named by
/// the event, beneath the connection's.
///
/// Of what doesn't fit the extractors no handler is called, and so there is no span.
pub fn traced<H>(handler: H) -> Traced<H> {
    Traced { handler, reads_context: false }
}

impl<H> Traced<H> {
    /// Takes the trace context that a message brings in a field of its first argument, next to what the
    /// application has there: `{ "traceparent": "00-…", "text": "hello" }`, with `tracestate` and
    /// `baggage` as well. Not by default, since it means to search each message for it.
    #[must_use]
    pub fn with_context_of_messages(mut self) -> Self {
        self.reads_context = true;
        self
    }

    /// The message about to be handled.
    fn message<A: Adapter>(&self, socket: &Arc<Socket<A>>, value: &mut Value) -> Message {
        let connection = connection_of(socket, Start::Now);
        let event = Event::from_message_parts(socket, value, &None).map(|event| event.0);
        let message = connection.message(event.unwrap_or_default()).size(size(value));
        match value {
            Value::Str(text, _) if self.reads_context => message.headers(&Fields(text.as_str())),
            _ => message,
        }
    }
}

/// The bytes of a message, with those of what is attached to it.
fn size(value: &Value) -> u64 {
    let bytes = match value {
        Value::Str(text, attached) => {
            text.as_str().len() + attached.iter().flatten().map(|bytes| bytes.len()).sum::<usize>()
        }
        Value::Bytes(bytes) => bytes.len(),
    };
    bytes as u64
}

/// The fields of a message's text that bring a context. The text is JSON that the handler's extractors
/// will read; here it is only searched for plain texts behind these names, which is what every client
/// writes of them.
struct Fields<'a>(&'a str);

impl HeaderGet for Fields<'_> {
    fn header(&self, name: &str) -> Option<&str> {
        let mut rest = self.0;
        while let Some(found) = rest.find(name) {
            let before = &rest[..found];
            rest = &rest[found + name.len()..];
            let Some(value) = rest.strip_prefix('"').filter(|_| before.ends_with('"')) else {
                continue;
            };
            let value = value.trim_start().strip_prefix(':').map(str::trim_start);
            let value = value.and_then(|value| value.strip_prefix('"'));
            // What needs escapes is no header.
            if let Some((value, _)) = value.and_then(|value| value.split_once('"'))
                && !value.contains('\\')
            {
                return Some(value);
            }
        }
        None
    }
}

impl<A, H, F> MessageHandler<A, (Traced<()>,)> for Traced<H>
where
    A: Adapter,
    H: FnOnce() -> F + Clone + Send + Sync + 'static,
    F: Future<Output = ()> + Send + 'static,
{
    fn call(&self, socket: Arc<Socket<A>>, mut value: Value, _: Option<i64>) {
        let message = self.message(&socket, &mut value);
        let handler = self.handler.clone();
        tokio::spawn(message.run(async move { handler().await }));
    }
}

macro_rules! handlers {
    ($([$($part:ident)*] $last:ident;)*) => {$(
        #[allow(non_snake_case, reason = "the extractors' values have their types' names")]
        impl<A, H, F, M, $($part,)* $last> MessageHandler<A, (Traced<()>, M, $($part,)* $last)>
            for Traced<H>
        where
            A: Adapter,
            H: FnOnce($($part,)* $last) -> F + Clone + Send + Sync + 'static,
            F: Future<Output = ()> + Send + 'static,
            $($part: FromMessageParts<A> + Send + 'static,)*
            $last: FromMessage<A, M> + Send + 'static,
        {
            fn call(&self, socket: Arc<Socket<A>>, mut value: Value, ack: Option<i64>) {
                let message = self.message(&socket, &mut value);
                $(
                    let Ok($part) = $part::from_message_parts(&socket, &mut value, &ack) else {
                        return;
                    };
                )*
                let Ok($last) = $last::from_message(socket, value, ack) else { return };
                let handler = self.handler.clone();
                tokio::spawn(message.run(async move { handler($($part,)* $last).await }));
            }
        }
    )*};
}

handlers! {
    [] T1;
    [T1] T2;
    [T1 T2] T3;
    [T1 T2 T3] T4;
    [T1 T2 T3 T4] T5;
    [T1 T2 T3 T4 T5] T6;
    [T1 T2 T3 T4 T5 T6] T7;
    [T1 T2 T3 T4 T5 T6 T7] T8;
    [T1 T2 T3 T4 T5 T6 T7 T8] T9;
    [T1 T2 T3 T4 T5 T6 T7 T8 T9] T10;
    [T1 T2 T3 T4 T5 T6 T7 T8 T9 T10] T11;
    [T1 T2 T3 T4 T5 T6 T7 T8 T9 T10 T11] T12;
    [T1 T2 T3 T4 T5 T6 T7 T8 T9 T10 T11 T12] T13;
    [T1 T2 T3 T4 T5 T6 T7 T8 T9 T10 T11 T12 T13] T14;
    [T1 T2 T3 T4 T5 T6 T7 T8 T9 T10 T11 T12 T13 T14] T15;
    [T1 T2 T3 T4 T5 T6 T7 T8 T9 T10 T11 T12 T13 T14 T15] T16;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_context_is_a_field_among_others() {
        let fields = Fields(r#"["chat",{"text":"traceparent","traceparent" : "00-ab","a":1}]"#);
        assert_eq!(fields.header("traceparent"), Some("00-ab"));
        assert_eq!(fields.header("baggage"), None);
        assert_eq!(Fields(r#"["chat","traceparent"]"#).header("traceparent"), None);
        assert_eq!(Fields(r#"[{"traceparent":17}]"#).header("traceparent"), None);
        assert_eq!(Fields(r#"[{"traceparent":"a\"b"}]"#).header("traceparent"), None);
        assert_eq!(Fields(r#"[{"traceparent":"#).header("traceparent"), None);
    }
}
