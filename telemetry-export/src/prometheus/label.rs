use std::collections::BTreeMap;

use telemetry_core::Value;

use super::name::sanitised;

/// Labels as they stand between the braces, sorted by name: `a="1",b="2"`.
///
/// Keys that become the same label share it, their values joined by `;` in the order of the keys, as
/// the specification has it. `reserved` is a label that the format itself needs.
pub(super) fn labels<'a>(
    attributes: impl Iterator<Item = (&'a str, Value<'a>)>,
    reserved: Option<&str>,
) -> String {
    let mut by_key: Vec<(&str, Value<'_>)> = attributes.collect();
    by_key.sort_by_key(|(key, _)| *key);
    let mut labels = BTreeMap::<String, String>::new();
    for (key, value) in by_key {
        let mut name = sanitised(key, false);
        if reserved == Some(name.as_str()) {
            name.insert_str(0, "exported_");
        }
        let value = escaped(&value.to_string(), true);
        labels
            .entry(name)
            .and_modify(|joined| {
                joined.push(';');
                joined.push_str(&value);
            })
            .or_insert(value);
    }
    let mut text = String::new();
    for (name, value) in labels {
        if !text.is_empty() {
            text.push(',');
        }
        text.push_str(&name);
        text.push_str("=\"");
        text.push_str(&value);
        text.push('"');
    }
    text
}

/// `text` with backslashes and line ends escaped, and quotes where they would end it.
pub(super) fn escaped(text: &str, quotes: bool) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\\' => escaped.push_str("\\\\"),
            '\n' => escaped.push_str("\\n"),
            '"' if quotes => escaped.push_str("\\\""),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_sorted_escaped_and_never_doubled() {
        let attributes = [
            ("url.scheme", Value::Str("http")),
            ("a_b", Value::I64(2)),
            ("a.b", Value::Str("say \"hi\"\n\\")),
            ("le", Value::F64(0.5)),
            ("ok", Value::Bool(true)),
        ];
        assert_eq!(
            labels(attributes.into_iter(), Some("le")),
            r#"a_b="say \"hi\"\n\\;2",exported_le="0.5",ok="true",url_scheme="http""#
        );
    }
}
