use std::fmt::{self, Formatter, Write};

use super::Value;
use crate::wire::{FieldValue, Fields, LENGTH, text};

/// The attributes of a record or a metric point, in the order in which they were set.
///
/// Decoded while it is iterated; made by the records that sinks read.
///
/// ```
/// use telemetry_core::AttributeSet;
///
/// let labels = AttributeSet::new(&[("http.route", "/orders/{id}".into()), ("attempt", 2.into())]);
/// assert_eq!(labels.iter().find("attempt").unwrap().as_f64(), Some(2.0));
/// let keys: Vec<&str> = labels.iter().map(|(key, _)| key).collect();
/// assert_eq!(keys, ["attempt", "http.route"]);
/// ```
#[derive(Clone, Debug)]
pub struct Attributes<'a> {
    fields: Fields<'a>,
    number: u32,
}

impl<'a> Attributes<'a> {
    /// Reads the attributes of `message` that stand in field `number`.
    pub(crate) fn new(message: &'a [u8], number: u32) -> Self {
        Self { fields: Fields::new(message), number }
    }

    /// The value of `key`, when it is there.
    pub fn find(mut self, key: &str) -> Option<Value<'a>> {
        self.find_map(|(name, value)| (name == key).then_some(value))
    }
}

impl<'a> Iterator for Attributes<'a> {
    type Item = (&'a str, Value<'a>);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        if let Some((attribute, rest)) = read_short(self.fields.rest(), self.number) {
            self.fields = Fields::new(rest);
            return Some(attribute);
        }
        if self.fields.rest().is_empty() {
            return None;
        }
        self.next_of_any_form()
    }

    /// Counts without decoding.
    fn count(self) -> usize {
        let (mut rest, mut count) = (self.fields.rest(), 0);
        // Larger field numbers don't fit into a tag of one byte.
        let wanted = u8::try_from(self.number << 3 | LENGTH).unwrap_or_default();
        while let [tag, length @ 0..0x80, after @ ..] = rest
            && *tag == wanted
            && let Some((_, after)) = after.split_at_checked(usize::from(*length))
        {
            rest = after;
            count += 1;
        }
        if rest.is_empty() {
            return count;
        }
        let of_any_form = Fields::new(rest).filter(|field| field.number == self.number);
        count + of_any_form.count()
    }
}

impl<'a> Attributes<'a> {
    #[cold]
    #[inline(never)]
    fn next_of_any_form(&mut self) -> Option<(&'a str, Value<'a>)> {
        loop {
            let field = self.fields.next()?;
            if field.number == self.number {
                return Some(read_key_value(field.value.bytes()));
            }
        }
    }
}

/// Attributes of which neither key nor value is decoded, for who needs few of them.
#[derive(Clone, Debug)]
pub(crate) struct RawAttributes<'a> {
    fields: Fields<'a>,
    number: u32,
}

/// A key, and a value's `AnyValue` message.
type RawAttribute<'a> = (&'a [u8], &'a [u8]);

impl<'a> Attributes<'a> {
    /// Keys as bytes, and values as `AnyValue` messages.
    pub(crate) fn raw(&self) -> RawAttributes<'a> {
        RawAttributes { fields: self.fields.clone(), number: self.number }
    }
}

impl<'a> Iterator for RawAttributes<'a> {
    type Item = RawAttribute<'a>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        if let Some((attribute, rest)) = split_short(self.fields.rest(), self.number) {
            self.fields = Fields::new(rest);
            return Some(attribute);
        }
        loop {
            let field = self.fields.next()?;
            if field.number == self.number {
                // The key comes first in what is written here.
                let mut parts = Fields::new(field.value.bytes());
                let mut part = |number| {
                    let found = parts.find(|part| part.number == number);
                    found.map_or(&[][..], |part| part.value.bytes())
                };
                return Some((part(1), part(2)));
            }
        }
    }
}

/// The key and the value's message of an attribute whose lengths take one byte each, and what follows
/// it.
#[inline]
fn split_short(bytes: &[u8], number: u32) -> Option<(RawAttribute<'_>, &[u8])> {
    let [tag, length @ 0..0x80, rest @ ..] = bytes else { return None };
    if u32::from(*tag) != number << 3 | LENGTH {
        return None;
    }
    let (message, rest) = rest.split_at_checked(usize::from(*length))?;
    let [0x0a, length @ 0..0x80, message @ ..] = message else { return None };
    let (key, value) = message.split_at_checked(usize::from(*length))?;
    let [0x12, length, value @ ..] = value else { return None };
    (usize::from(*length) == value.len()).then_some(((key, value), rest))
}

/// Reads an attribute in the form in which `put_attribute` writes nearly all of them: every length in
/// one byte, the key before the value. Gives back what follows it, and nothing for any other form.
#[inline]
fn read_short(bytes: &[u8], number: u32) -> Option<((&str, Value<'_>), &[u8])> {
    let ((key, value), rest) = split_short(bytes, number)?;
    let value = match value {
        [0x0a, length, bytes @ ..] if usize::from(*length) == bytes.len() => {
            Value::Str(text(bytes))
        }
        [0x18, number @ 0..0x80] => Value::I64(i64::from(*number)),
        [0x18, low @ 0x80..=0xff, high @ 0..0x80] => {
            Value::I64(i64::from(*low & 0x7f) | i64::from(*high) << 7)
        }
        [0x10, truth @ 0..0x80] => Value::Bool(*truth != 0),
        _ => return None,
    };
    Some(((text(key), value), rest))
}

/// Reads a `KeyValue` message.
#[inline]
pub(crate) fn read_key_value(message: &[u8]) -> (&str, Value<'_>) {
    let mut fields = Fields::new(message);
    // As it is written here; another order is as good to the specification.
    match (fields.next(), fields.next()) {
        (Some(key), Some(value)) if key.number == 1 && value.number == 2 => {
            (key.value.text(), read_any_value(value.value.bytes()))
        }
        _ => read_any_key_value(message),
    }
}

fn read_any_key_value(message: &[u8]) -> (&str, Value<'_>) {
    let (mut key, mut value) = ("", Value::Empty);
    for field in Fields::new(message) {
        match field.number {
            1 => key = field.value.text(),
            2 => value = read_any_value(field.value.bytes()),
            _ => {}
        }
    }
    (key, value)
}

/// Reads an `AnyValue` message.
#[inline]
pub(crate) fn read_any_value(message: &[u8]) -> Value<'_> {
    let Some(field) = Fields::new(message).next() else {
        return Value::Empty;
    };
    match (field.number, field.value) {
        (1, value) => Value::Str(value.text()),
        (2, FieldValue::Varint(value)) => Value::Bool(value != 0),
        (3, FieldValue::Varint(value)) => Value::I64(value as i64),
        (4, FieldValue::Fixed64(bits)) => Value::F64(f64::from_bits(bits)),
        (5 | 6, FieldValue::Bytes(_)) => Value::Encoded(message),
        (7, FieldValue::Bytes(bytes)) => Value::Bytes(bytes),
        _ => Value::Empty,
    }
}

/// See the `Display` of [`Value`].
pub(crate) fn display(value: Value<'_>, out: &mut Formatter<'_>) -> fmt::Result {
    match value {
        Value::Str(text) => out.write_str(text),
        Value::Empty => Ok(()),
        other => json(other, out),
    }
}

fn json(value: Value<'_>, out: &mut Formatter<'_>) -> fmt::Result {
    match value {
        Value::Empty => out.write_str("null"),
        Value::Bool(value) => write!(out, "{value}"),
        Value::I64(value) => write!(out, "{value}"),
        Value::F64(value) if value.is_finite() => write!(out, "{value}"),
        // JSON has no NaN and no infinity; their names as texts are what proto3 JSON uses.
        Value::F64(value) => write!(out, "\"{value}\""),
        Value::Str(text) => json_text(text, out),
        Value::Bytes(bytes) => {
            out.write_char('"')?;
            bytes.iter().try_for_each(|byte| write!(out, "{byte:02x}"))?;
            out.write_char('"')
        }
        Value::StrArray(items) => json_list(items.iter().map(|&item| Value::Str(item)), out),
        Value::BoolArray(items) => json_list(items.iter().map(|&item| Value::Bool(item)), out),
        Value::I64Array(items) => json_list(items.iter().map(|&item| Value::I64(item)), out),
        Value::F64Array(items) => json_list(items.iter().map(|&item| Value::F64(item)), out),
        Value::Array(items) => json_list(items.iter().copied(), out),
        Value::Map(entries) => json_map(entries.iter().copied(), out),
        Value::Encoded(message) => json_encoded(message, out),
    }
}

fn json_encoded(message: &[u8], out: &mut Formatter<'_>) -> fmt::Result {
    let Some(field) = Fields::new(message).next() else {
        return out.write_str("null");
    };
    let items = Fields::new(field.value.bytes()).filter(|item| item.number == 1);
    if field.number == 5 {
        return json_list(items.map(|item| read_any_value(item.value.bytes())), out);
    }
    json_map(items.map(|item| read_key_value(item.value.bytes())), out)
}

fn json_map<'a>(
    entries: impl Iterator<Item = (&'a str, Value<'a>)>,
    out: &mut Formatter<'_>,
) -> fmt::Result {
    out.write_char('{')?;
    for (index, (key, value)) in entries.enumerate() {
        if index > 0 {
            out.write_char(',')?;
        }
        json_text(key, out)?;
        out.write_char(':')?;
        json(value, out)?;
    }
    out.write_char('}')
}

fn json_list<'a>(items: impl Iterator<Item = Value<'a>>, out: &mut Formatter<'_>) -> fmt::Result {
    out.write_char('[')?;
    for (index, item) in items.enumerate() {
        if index > 0 {
            out.write_char(',')?;
        }
        json(item, out)?;
    }
    out.write_char(']')
}

fn json_text(text: &str, out: &mut Formatter<'_>) -> fmt::Result {
    out.write_char('"')?;
    for character in text.chars() {
        match character {
            '"' => out.write_str("\\\"")?,
            '\\' => out.write_str("\\\\")?,
            control if (control as u32) < 0x20 => write!(out, "\\u{:04x}", control as u32)?,
            other => out.write_char(other)?,
        }
    }
    out.write_char('"')
}
