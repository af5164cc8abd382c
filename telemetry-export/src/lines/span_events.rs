use telemetry_core::SpanRef;

use super::record::{put_key, put_string};
use crate::json::{put_display, put_value};
use crate::time::Timestamp;

/// Appends what happened within `span`, if anything did: a list of objects, and how many are missing.
pub(super) fn put_span_events(out: &mut Vec<u8>, span: &SpanRef<'_>) {
    let mut separator = None;
    for event in span.events() {
        if separator.is_none() {
            put_key(out, "events");
        }
        out.push(separator.unwrap_or(b'['));
        separator = Some(b',');
        out.extend_from_slice(b"{\"timestamp\":\"");
        put_display(out, Timestamp(event.time_unix_nanos()));
        out.push(b'"');
        put_string(out, "name", event.name());
        for (key, value) in event.attributes() {
            match key {
                "timestamp" | "name" => put_key(out, &format!("attribute.{key}")),
                _ => put_key(out, key),
            }
            put_value(out, value);
        }
        put_count(out, "dropped_attributes", event.dropped_attributes());
        out.push(b'}');
    }
    if separator.is_some() {
        out.push(b']');
    }
    put_count(out, "dropped_events", span.dropped_events());
}

fn put_count(out: &mut Vec<u8>, key: &str, count: u32) {
    if count > 0 {
        put_key(out, key);
        put_display(out, count);
    }
}
