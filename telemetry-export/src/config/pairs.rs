//! Lists of pairs, `key1=value1,key2=value2`, as `OTEL_RESOURCE_ATTRIBUTES` and
//! `OTEL_EXPORTER_OTLP_HEADERS` have them: the form of
//! [W3C Baggage](https://www.w3.org/TR/baggage/#header-content), percent-encoded, without properties.

/// The pairs; none when any part is malformed, since the specification discards the whole value then.
pub(crate) fn parse(text: &str) -> Option<Vec<(String, String)>> {
    text.split(',')
        .map(str::trim)
        .filter(|member| !member.is_empty())
        .map(|member| {
            let (key, value) = member.split_once('=')?;
            let key = decode(key.trim())?;
            (!key.is_empty()).then_some((key, decode(value.trim())?))
        })
        .collect()
}

/// Decodes `%41` and its like; none for a malformed escape and for what isn't UTF-8.
pub(crate) fn decode(text: &str) -> Option<String> {
    let mut decoded = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        decoded.push(match byte {
            b'%' => {
                let mut digit = || bytes.next().and_then(|byte| char::from(byte).to_digit(16));
                (digit()? << 4 | digit()?) as u8
            }
            other => other,
        });
    }
    String::from_utf8(decoded).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn pairs_are_split_trimmed_and_decoded() {
        let pairs = parse(" team = support%20desk ,a%2Cb=%3D1==, ,empty=").unwrap();
        let pairs: Vec<_> =
            pairs.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
        assert_eq!(pairs, [("team", "support desk"), ("a,b", "=1=="), ("empty", "")]);
    }

    #[test]
    fn one_malformed_part_discards_all() {
        for text in ["a=1,b", "=1", "a=%", "a=%4", "a=%zz", "a=%ff", "a=1,=2"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_a_panic(text: String) {
            let _ = parse(&text);
            let _ = decode(&text);
        }
    }
}
