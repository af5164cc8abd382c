//! What is read of JSON-RPC 2.0: names, ids and codes, never parameters, results or messages.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;

/// A call in a body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::rpc) struct Called {
    pub(super) method: Box<str>,
    /// As it stands in the body; absent of a notification.
    pub(super) id: Option<Box<str>>,
}

/// An answer to a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Reply {
    pub(super) id: Option<Box<str>>,
    /// The code of the error, if it is one.
    pub(super) error: Option<i64>,
}

#[derive(Deserialize)]
struct RawCall<'a> {
    #[serde(borrow)]
    jsonrpc: Cow<'a, str>,
    #[serde(borrow)]
    method: Cow<'a, str>,
    #[serde(borrow)]
    id: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct RawReply<'a> {
    #[serde(borrow)]
    jsonrpc: Cow<'a, str>,
    #[serde(borrow)]
    id: Option<&'a RawValue>,
    error: Option<RawError>,
}

#[derive(Deserialize)]
struct RawError {
    code: i64,
}

const VERSION: &str = "2.0";

impl Called {
    /// A call that somebody else has read, with its id as it would stand in a body.
    #[cfg(feature = "jsonrpsee")]
    pub(in crate::rpc) fn new(method: &str, id: Option<String>) -> Self {
        let id = id.filter(|id| id != "null").map(Into::into);
        Self { method: method.into(), id }
    }

    /// The calls in a body; none when it isn't JSON-RPC 2.0. What isn't a call in a batch is left out.
    pub(super) fn all(body: &[u8]) -> Vec<Self> {
        items(body).into_iter().filter_map(Self::of).collect()
    }

    fn of(text: &RawValue) -> Option<Self> {
        let raw: RawCall<'_> = serde_json::from_str(text.get()).ok()?;
        let id = raw.id.map(|id| id.get().into());
        (raw.jsonrpc == VERSION).then(|| Self { method: raw.method.into(), id })
    }

    /// The id as a text.
    pub(super) fn id_text(&self) -> Option<Cow<'_, str>> {
        let id = self.id.as_deref()?;
        let text: Option<Cow<'_, str>> = if id.starts_with('"') {
            serde_json::from_str::<String>(id).ok().map(Cow::Owned)
        } else {
            None
        };
        Some(text.unwrap_or(Cow::Borrowed(id)))
    }
}

impl Reply {
    pub(super) fn all(body: &[u8]) -> Vec<Self> {
        items(body).into_iter().filter_map(Self::of).collect()
    }

    fn of(text: &RawValue) -> Option<Self> {
        let raw: RawReply<'_> = serde_json::from_str(text.get()).ok()?;
        let id = raw.id.map(|id| id.get().into());
        let error = raw.error.map(|error| error.code);
        (raw.jsonrpc == VERSION).then_some(Self { id, error })
    }
}

/// The objects of a body: one, or those of a list.
fn items(body: &[u8]) -> Vec<&RawValue> {
    let first = body.iter().find(|byte| !byte.is_ascii_whitespace());
    match first {
        Some(b'{') => serde_json::from_slice::<&RawValue>(body).into_iter().collect(),
        Some(b'[') => serde_json::from_slice(body).unwrap_or_default(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn called(method: &str, id: Option<&str>) -> Called {
        Called { method: method.into(), id: id.map(Into::into) }
    }

    #[test]
    fn calls_are_found_alone_and_in_batches() {
        for (body, expected) in [
            (
                r#"{"jsonrpc":"2.0","method":"add","params":[1],"id":7}"#,
                vec![called("add", Some("7"))],
            ),
            (
                r#" {"id":"a\"b","method":"a\u0064d","jsonrpc":"2.0"} "#,
                vec![called("add", Some(r#""a\"b""#))],
            ),
            (r#"{"jsonrpc":"2.0","method":"add"}"#, vec![called("add", None)]),
            (r#"{"jsonrpc":"2.0","method":"add","id":null}"#, vec![called("add", None)]),
            (
                r#"[{"jsonrpc":"2.0","method":"a","id":1},17,{"jsonrpc":"2.0","method":"b"}]"#,
                vec![called("a", Some("1")), called("b", None)],
            ),
            (r#"{"jsonrpc":"1.0","method":"add","id":7}"#, vec![]),
            (r#"{"method":"add","id":7}"#, vec![]),
            (r#"{"jsonrpc":"2.0","method":"add","id":7"#, vec![]),
            (r#""jsonrpc""#, vec![]),
            ("[]", vec![]),
            ("", vec![]),
        ] {
            assert_eq!(Called::all(body.as_bytes()), expected, "{body}");
        }
        assert_eq!(called("add", Some(r#""a\"b""#)).id_text().unwrap(), "a\"b");
        assert_eq!(called("add", Some("7")).id_text().unwrap(), "7");
    }

    #[test]
    fn answers_have_an_id_and_perhaps_an_error() {
        let body = br#"[{"jsonrpc":"2.0","result":{"error":{"code":1}},"id":1},
            {"jsonrpc":"2.0","error":{"code":-32601,"message":"hunter2"},"id":"x"},
            {"jsonrpc":"2.0","error":{"code":-32700,"message":""},"id":null}]"#;
        let reply = |id: Option<&str>, error| Reply { id: id.map(Into::into), error };
        assert_eq!(
            Reply::all(body),
            [
                reply(Some("1"), None),
                reply(Some(r#""x""#), Some(-32601)),
                reply(None, Some(-32700))
            ]
        );
    }

    proptest! {
        #[test]
        fn anything_may_come(body in prop::collection::vec(any::<u8>(), 0..200)) {
            Called::all(&body);
            Reply::all(&body);
        }

        #[test]
        fn whatever_a_call_has_it_is_found(method in ".*", id in any::<i64>(), params in ".*") {
            let body = serde_json::json!({
                "jsonrpc": "2.0", "method": method, "id": id, "params": { "a": params },
            });
            let calls = Called::all(body.to_string().as_bytes());
            prop_assert_eq!(calls, vec![called(&method, Some(&id.to_string()))]);
        }
    }
}
