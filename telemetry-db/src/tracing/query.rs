use std::fmt;
use std::time::Duration;

use tracing_core::Field;
use tracing_core::field::Visit;

use crate::{Dialect, Operation, Statement, Target};

/// What sqlx says of a query that is over.
pub(super) struct Query {
    dialect: Dialect,
    statement: Option<Statement>,
    took: Duration,
    returned: u64,
    affected: u64,
}

impl Query {
    pub(super) fn new(dialect: Dialect) -> Self {
        Query { dialect, statement: None, took: Duration::ZERO, returned: 0, affected: 0 }
    }

    /// Makes an operation of it.
    pub(super) fn tell(self, target: &Target) {
        let nothing = || Statement::of("", self.dialect);
        let statement = self.statement.unwrap_or_else(nothing);
        let changes = statement.changes_rows();
        let mut operation = Operation::start_ago(target, &statement, self.took);
        // No row is worth saying of what could have returned some.
        if !changes || self.returned > 0 {
            operation.rows(self.returned);
        }
        // Some drivers repeat the count of an earlier statement for one that
        // changes nothing.
        if changes {
            operation.affected(self.affected);
        }
        operation.end();
    }
}

impl Visit for Query {
    fn record_str(&mut self, field: &Field, value: &str) {
        let text = match field.name() {
            // The whole text, or nothing if the summary already is.
            "db.statement" => value.strip_prefix("\n\n").and_then(|it| it.strip_suffix('\n')),
            // Up to four words, with a mark behind them where there is more.
            "summary" => Some(value).filter(|it| !it.ends_with(" …")),
            _ => None,
        };
        if let Some(text) = text {
            self.statement = Some(Statement::of(text, self.dialect));
        }
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        match field.name() {
            "rows_returned" => self.returned = value,
            "rows_affected" => self.affected = value,
            _ => {}
        }
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        if field.name() == "elapsed_secs" {
            self.took = Duration::try_from_secs_f64(value).unwrap_or_default();
        }
    }

    fn record_debug(&mut self, _: &Field, _: &dyn fmt::Debug) {}
}
