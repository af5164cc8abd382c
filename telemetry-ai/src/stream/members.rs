//! The members of an object that is there as a whole.

use super::{
    skip::Skip,
    text::{End, end_of_text},
};

/// The members of the object that `json` is, each as its key and its value, as they stand; none of what
/// is no object. Those after a place that isn't JSON are left out.
pub(crate) fn members(json: &[u8]) -> Members<'_> {
    Members { rest: json.trim_ascii_start().strip_prefix(b"{").unwrap_or_default() }
}

#[derive(Debug)]
pub(crate) struct Members<'a> {
    rest: &'a [u8],
}

impl<'a> Iterator for Members<'a> {
    type Item = (&'a [u8], &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        // One that ends here for whatever reason has no more.
        let rest = std::mem::take(&mut self.rest);
        let (key, rest) = split_text(rest.trim_ascii_start())?;
        let value = rest.trim_ascii_start().strip_prefix(b":")?.trim_ascii_start();
        let (value, rest) = split_value(value)?;
        let rest = rest.trim_ascii_start();
        if let Some(rest) = rest.strip_prefix(b",") {
            self.rest = rest;
        } else if !rest.starts_with(b"}") {
            return None;
        }
        Some((key.get(1..key.len() - 1)?, value))
    }
}

/// Splits a value off, with the quotes of a text.
fn split_value(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    match bytes.first()? {
        b'"' => split_text(bytes),
        b'{' | b'[' => {
            let mut skip = Skip::begun();
            let passed = 1 + skip.pass(&bytes[1..]);
            if skip.is_under_way() { None } else { bytes.split_at_checked(passed) }
        }
        _ => {
            let ends = |byte: &u8| matches!(byte, b',' | b'}' | b']') || byte.is_ascii_whitespace();
            let end = bytes.iter().position(ends).filter(|end| *end > 0)?;
            bytes.split_at_checked(end)
        }
    }
}

/// Splits a text off, with its quotes.
fn split_text(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    match end_of_text(bytes.strip_prefix(b"\"")?, false) {
        End::At(end) => bytes.split_at_checked(end + 2),
        End::Beyond { .. } => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;

    fn texts(json: &str) -> Vec<(&str, &str)> {
        let text = |bytes| str::from_utf8(bytes).unwrap();
        members(json.as_bytes()).map(|(key, value)| (text(key), text(value))).collect()
    }

    #[test]
    fn members_are_as_they_stand() {
        assert_eq!(
            texts(r#" { "a" : 1 , "b":"x\"}","c":{"d":[{},"]"]}, "e":[] ,"f":null}"#),
            [
                ("a", "1"),
                ("b", r#""x\"}""#),
                ("c", r#"{"d":[{},"]"]}"#),
                ("e", "[]"),
                ("f", "null")
            ]
        );
        assert_eq!(texts(r#"{"a":1,"b" 2,"c":3}"#), [("a", "1")]);
        for none in
            ["", "{}", "null", "[1]", "\"a\"", "{\"a\":", "{\"a\":}", "{\"a\":1", "{\"a\":\"x}"]
        {
            assert_eq!(texts(none), [], "{none}");
        }
    }

    fn any_value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<i32>().prop_map(|number| Value::from(f64::from(number) / 8.0)),
            any::<String>().prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 32, 5, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
                proptest::collection::btree_map("[a-z]{0,3}", inner, 0..5)
                    .prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn a_document_has_the_members_that_another_reader_finds(
            object in proptest::collection::btree_map("[a-z]{0,3}", any_value(), 0..6),
            pretty in any::<bool>(),
        ) {
            let object = Value::Object(object.into_iter().collect());
            let json = if pretty { serde_json::to_string_pretty(&object) } else { serde_json::to_string(&object) };
            let json = json.unwrap();
            let read: serde_json::Map<String, Value> = members(json.as_bytes())
                .map(|(key, value)| (str::from_utf8(key).unwrap().to_owned(), serde_json::from_slice(value).unwrap()))
                .collect();
            prop_assert_eq!(Value::Object(read), object);
        }

        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(prop_oneof![any::<u8>(), Just(b'"'), Just(b'{'), Just(b'}'), Just(b':'), Just(b','), Just(b'\\')], 0..60)) {
            members(&bytes).count();
            members(&[b"{", &bytes[..]].concat()).count();
        }
    }
}
