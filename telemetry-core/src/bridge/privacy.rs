//! What libraries are known to log that nobody meant to store.

/// Whether `field` of a span or event of `target` is left out: sqlx logs the text of a query with its
/// literals, whole and cut short.
pub(super) fn withholds_field(target: &str, field: &str) -> bool {
    target.starts_with("sqlx") && matches!(field, "db.statement" | "summary")
}

/// Whether the text of a log record of `target` is left out: with the `log` crate sqlx' queries are
/// part of it.
pub(super) fn withholds_text(target: &str) -> bool {
    target.starts_with("sqlx::query")
}

/// What stands for a text that was left out.
pub(super) const WITHHELD: &str = "[query withheld]";
