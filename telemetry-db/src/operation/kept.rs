//! What spans are told at their end, encoded once for all that differ in nothing
//! but their times.

use std::sync::LazyLock;

use telemetry_core::semconv::db;
use telemetry_core::{EncodedAttributes, Key, Span, Value};

use super::connection_path::ConnectionPath;
use crate::names;

/// So many rows and fewer have a kept form of their own.
const FEW: usize = 2;

/// By the path, then by the number of rows, 0 and 1.
static QUERY: LazyLock<[[EncodedAttributes; FEW]; 3]> =
    LazyLock::new(|| ConnectionPath::ALL.map(|path| [0, 1].map(|rows| query(path, rows))));

/// A miss and a hit.
static LOOKUP: LazyLock<[EncodedAttributes; 2]> = LazyLock::new(|| {
    [(0_u64, 1_u64), (1, 0)].map(|(hits, misses)| {
        EncodedAttributes::new(&[(names::HITS, hits.into()), (names::MISSES, misses.into())])
    })
});

static QUERY_KEYS: [Key; 5] = [
    Key::new(db::RESPONSE_RETURNED_ROWS),
    Key::new(names::CONNECTION_PATH),
    Key::new(names::WAIT_TIME),
    Key::new(names::FIRST_ROW_TIME),
    Key::new(names::STREAM_TIME),
];

static LOOKUP_KEYS: [Key; 2] = [Key::new(names::HITS), Key::new(names::MISSES)];

/// Tells what a query of a pool returned: the times are those of the wait, of
/// the first row and of the rest, in seconds.
#[inline]
pub(super) fn tell_rows(span: &mut Span, rows: u64, path: ConnectionPath, times: &[f64; 3]) {
    let kept = usize::try_from(rows)
        .ok()
        .and_then(|rows| QUERY.get(path as usize).and_then(|kept| kept.get(rows)));
    if let Some(kept) = kept {
        span.set_encoded(kept, times);
    } else {
        let [wait, first, rest] = times.map(Value::F64);
        let values = [rows.into(), Value::Str(path.as_str()), wait, first, rest];
        span.set_all(&QUERY_KEYS, &values);
    }
}

/// Tells how many of the keys or fields that were asked for were there.
#[inline]
pub(super) fn tell_found(span: &mut Span, hits: u64, misses: u64) {
    let [miss, hit] = &*LOOKUP;
    match (hits, misses) {
        (1, 0) => span.set_encoded(hit, &[]),
        (0, 1) => span.set_encoded(miss, &[]),
        _ => span.set_all(&LOOKUP_KEYS, &[hits.into(), misses.into()]),
    }
}

fn query(path: ConnectionPath, rows: u64) -> EncodedAttributes {
    EncodedAttributes::new(&[
        (db::RESPONSE_RETURNED_ROWS, rows.into()),
        (names::CONNECTION_PATH, path.as_str().into()),
        (names::WAIT_TIME, Value::F64(0.0)),
        (names::FIRST_ROW_TIME, Value::F64(0.0)),
        (names::STREAM_TIME, Value::F64(0.0)),
    ])
}
