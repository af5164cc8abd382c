use sea_orm::sea_query::{PostgresQueryBuilder, QueryBuilder, Value, Values};

use crate::Operation;

/// How many parameters of one query are shown at most, and how many bytes of
/// each.
const MOST: usize = 32;
const LONGEST: usize = 256;

/// Shows the values of a query as `db.query.parameter.<index>`.
pub(super) fn show(operation: &mut Operation, values: &Values) {
    for (value, name) in values.0.iter().zip(NAMES) {
        operation.set(name, cut(&text(value)));
    }
}

/// A text as it is, anything else as SQL would write it.
fn text(value: &Value) -> String {
    match value {
        Value::String(Some(text)) => text.to_string(),
        // Its size says enough, and its bytes nothing to a reader.
        Value::Bytes(Some(bytes)) => format!("{} bytes", bytes.len()),
        other => PostgresQueryBuilder.value_to_string(other),
    }
}

fn cut(text: &str) -> &str {
    text.get(..text.floor_char_boundary(LONGEST)).unwrap_or_default()
}

macro_rules! names {
    ($($index:literal)*) => { [$(concat!("db.query.parameter.", $index)),*] };
}

const NAMES: [&str; MOST] = names!(
    0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31
);
