//! The members of an object that is there as a whole.

use super::cursor::Cursor;

/// The members of the object that `json` is, each as its key and its value, as they stand; none of what
/// is no object. Those after a place that isn't JSON are left out.
pub(crate) fn members(json: &[u8]) -> Members<'_> {
    let mut cursor = Cursor::new(json);
    Members { within: cursor.open(b'{').then_some(cursor) }
}

/// The elements of the array that `json` is, likewise.
pub(crate) fn elements(json: &[u8]) -> Elements<'_> {
    let mut cursor = Cursor::new(json);
    Elements { within: cursor.open(b'[').then_some(cursor) }
}

#[derive(Debug)]
pub(crate) struct Elements<'a> {
    /// `None` once it has ended, for whatever reason.
    within: Option<Cursor<'a>>,
}

impl<'a> Iterator for Elements<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<Self::Item> {
        let mut cursor = self.within.take()?;
        let value = cursor.has_another(b']').then(|| cursor.value())??;
        self.within = Some(cursor);
        Some(value)
    }
}

#[derive(Debug)]
pub(crate) struct Members<'a> {
    /// `None` once it has ended, for whatever reason.
    within: Option<Cursor<'a>>,
}

impl<'a> Iterator for Members<'a> {
    type Item = (&'a [u8], &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let mut cursor = self.within.take()?;
        let member = (cursor.key()?, cursor.value()?);
        self.within = Some(cursor);
        Some(member)
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

    #[test]
    fn elements_are_as_they_stand() {
        let texts = |json: &'static str| {
            elements(json.as_bytes())
                .map(|value| str::from_utf8(value).unwrap())
                .collect::<Vec<_>>()
        };
        assert_eq!(
            texts(r#" [ 1 ,"a,]", {"b":[2]},[] ]"#),
            ["1", r#""a,]""#, r#"{"b":[2]}"#, "[]"]
        );
        assert_eq!(texts("[1 2]"), [""; 0]);
        for none in ["", "[]", "{}", "[,", "[\"a"] {
            assert_eq!(texts(none), [""; 0], "{none}");
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
