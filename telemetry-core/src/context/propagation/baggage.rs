//! The `baggage` header: [W3C Baggage](https://www.w3.org/TR/baggage/).

use super::percent;
use super::{Extracted, HeaderGet, HeaderSet};
use crate::context::Baggage;

const BAGGAGE: &str = "baggage";

pub(super) fn extract(headers: &impl HeaderGet, found: &mut Extracted<'_>) {
    if let Some(text) = headers.header(BAGGAGE) {
        let list = parse(text);
        if !list.is_empty() {
            found.baggage = found.baggage.merged(list);
        }
    }
}

pub(super) fn inject(baggage: &Baggage, headers: &mut impl HeaderSet) {
    let text = format(baggage);
    if !text.is_empty() {
        headers.set_header(BAGGAGE, &text);
    }
}

/// The well-formed members: key, value decoded, properties.
fn parse(text: &str) -> Vec<(&str, String, String)> {
    let members = text.split(',').filter_map(|member| {
        let (pair, properties) = member.split_once(';').unwrap_or((member, ""));
        let (key, value) = pair.split_once('=')?;
        let key = trim(key);
        let properties = properties_of(properties);
        is_token(key).then(|| (key, percent::decode(trim(value)), properties))
    });
    members.collect()
}

fn format(baggage: &Baggage) -> String {
    let mut out = String::new();
    for (key, value, properties) in baggage.entries().filter(|(key, ..)| is_token(key)) {
        if !out.is_empty() {
            out.push(',');
        }
        out.push_str(key);
        out.push('=');
        percent::encode(value, &mut out);
        if !properties.is_empty() {
            out.push(';');
            out.push_str(properties);
        }
    }
    out
}

fn trim(text: &str) -> &str {
    text.trim_matches([' ', '\t'])
}

/// `token` of RFC 9110.
pub(super) fn is_token(text: &str) -> bool {
    let in_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !text.is_empty() && text.bytes().all(in_token)
}

/// `key` or `key=value`, several parted by semicolons, without the white space around them; empty when
/// one of them is malformed.
pub(in crate::context) fn properties_of(text: &str) -> String {
    let in_value =
        |byte: u8| matches!(byte, 0x21 | 0x23..=0x2b | 0x2d..=0x3a | 0x3c..=0x5b | 0x5d..=0x7e);
    let mut out = String::new();
    for property in text.split(';').filter(|_| !text.is_empty()) {
        let (key, value) = match property.split_once('=') {
            Some((key, value)) => (trim(key), Some(trim(value))),
            None => (trim(property), None),
        };
        if !is_token(key) || !value.unwrap_or_default().bytes().all(in_value) {
            return String::new();
        }
        if !out.is_empty() {
            out.push(';');
        }
        out.push_str(key);
        if let Some(value) = value {
            out.push('=');
            out.push_str(value);
        }
    }
    out
}
