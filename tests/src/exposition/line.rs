use std::collections::BTreeMap;

use super::Reading;

/// One line of the page.
pub(super) enum Line {
    Help { name: String, help: String },
    Type { name: String, kind: String },
    Sample(Reading),
}

impl Line {
    pub(super) fn read(text: &str) -> Result<Self, String> {
        if let Some(rest) = text.strip_prefix("# HELP ") {
            let (name, help) = rest.split_once(' ').unwrap_or((rest, ""));
            return Ok(Self::Help { name: checked(name)?, help: unescaped(help)? });
        }
        if let Some(rest) = text.strip_prefix("# TYPE ") {
            let (name, kind) = rest.split_once(' ').ok_or("no type")?;
            if !["counter", "gauge", "histogram"].contains(&kind) {
                return Err("an unknown type".to_owned());
            }
            return Ok(Self::Type { name: checked(name)?, kind: kind.to_owned() });
        }
        if text.starts_with('#') {
            return Err("a comment of no meaning".to_owned());
        }
        sample(text).map(Self::Sample)
    }
}

/// A value, as Go reads it and Prometheus writes it.
pub(super) fn number(text: &str) -> Option<f64> {
    match text {
        "+Inf" => Some(f64::INFINITY),
        "-Inf" => Some(f64::NEG_INFINITY),
        "NaN" => Some(f64::NAN),
        _ => text.parse().ok().filter(|value: &f64| value.is_finite()),
    }
}

fn sample(text: &str) -> Result<Reading, String> {
    let end = text.find(['{', ' ']).ok_or("no value")?;
    let name = checked(&text[..end])?;
    let mut rest = &text[end..];
    let mut labels = BTreeMap::new();
    if let Some(inside) = rest.strip_prefix('{') {
        rest = inside;
        while !rest.starts_with('}') {
            let (key, value) = rest.split_once("=\"").ok_or("a label without a value")?;
            let end = end_of_text(value).ok_or("a label that doesn't end")?;
            let (value, after) = value.split_at(end);
            if labels.insert(checked(key)?, unescaped(value)?).is_some() {
                return Err("a label that comes twice".to_owned());
            }
            rest = &after[1..];
            match rest.strip_prefix(',') {
                Some(next) if !next.starts_with('}') => rest = next,
                None if rest.starts_with('}') => {}
                _ => return Err("a label that doesn't end".to_owned()),
            }
        }
        rest = &rest[1..];
    }
    let value = rest.strip_prefix(' ').and_then(number).ok_or("no number")?;
    Ok(Reading { name, labels, value })
}

/// Where the quotation mark is that isn't escaped.
fn end_of_text(text: &str) -> Option<usize> {
    let mut escaped = false;
    text.bytes().position(|byte| {
        let ends = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        ends
    })
}

fn unescaped(text: &str) -> Result<String, String> {
    let mut characters = text.chars();
    let mut plain = String::with_capacity(text.len());
    while let Some(character) = characters.next() {
        plain.push(match character {
            '\\' => match characters.next() {
                Some('n') => '\n',
                Some(other @ ('\\' | '"')) => other,
                _ => return Err("an escape of no meaning".to_owned()),
            },
            other => other,
        });
    }
    Ok(plain)
}

fn checked(name: &str) -> Result<String, String> {
    let starts = name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_');
    let goes_on = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b':');
    if starts && name.bytes().all(goes_on) {
        Ok(name.to_owned())
    } else {
        Err(format!("no name, but {name:?}"))
    }
}
