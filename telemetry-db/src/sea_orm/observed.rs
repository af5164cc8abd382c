use std::future::Future;
use std::sync::LazyLock;

use sea_orm::DbErr;

use super::{backend, error, parameters};
use crate::{Operation, Statement, Target};

/// What a connection and its transactions share.
#[derive(Debug)]
pub(super) struct Observed {
    pub(super) target: Target,
    pub(super) shows_parameters: bool,
}

/// Transaction control by its outermost and its nested name.
pub(super) struct Command {
    outer: LazyLock<Statement>,
    nested: LazyLock<Statement>,
}

pub(super) static BEGIN: Command = Command {
    outer: LazyLock::new(|| Statement::named("BEGIN")),
    nested: LazyLock::new(|| Statement::named("SAVEPOINT")),
};

pub(super) static COMMIT: Command = Command {
    outer: LazyLock::new(|| Statement::named("COMMIT")),
    nested: LazyLock::new(|| Statement::named("RELEASE SAVEPOINT")),
};

pub(super) static ROLLBACK: Command = Command {
    outer: LazyLock::new(|| Statement::named("ROLLBACK")),
    nested: LazyLock::new(|| Statement::named("ROLLBACK TO SAVEPOINT")),
};

impl Command {
    /// The command's name within `depth` transactions.
    pub(super) fn at(&self, depth: usize) -> &Statement {
        if depth == 0 { &self.outer } else { &self.nested }
    }
}

impl Observed {
    /// Starts the operation of a statement, and lets its text say where it comes
    /// from, if the target wants that.
    pub(super) fn start(&self, statement: &mut sea_orm::Statement, prepared: bool) -> Operation {
        let dialect = backend::dialect(statement.db_backend);
        // A text without values beside it may hold them itself.
        let values = statement.values.as_ref().filter(|values| !values.0.is_empty());
        let mut operation = Operation::begin(None, &self.target, || {
            let read = Statement::of(&statement.sql, dialect);
            if values.is_some() { read.with_parameters() } else { read }
        });
        if let Some(values) = values.filter(|_| self.shows_parameters) {
            parameters::show(&mut operation, values);
        }
        if let Some(comments) = &self.target.inner().comments
            && operation.is_active()
        {
            let context = operation.context();
            let span = context.span_context().filter(|_| !prepared);
            if let Some(text) = comments.append(&statement.sql, dialect, Some("sea-orm"), span) {
                statement.sql = text;
            }
        }
        operation
    }

    /// Runs `work` as `operation`; `note` is told what came of it.
    pub(super) async fn run<T>(
        mut operation: Operation,
        work: impl Future<Output = Result<T, DbErr>>,
        note: impl FnOnce(&mut Operation, &T),
    ) -> Result<T, DbErr> {
        let result = operation.watch(work).await;
        if let Ok(value) = &result {
            note(&mut operation, value);
        }
        error::note(&mut operation, &result);
        operation.end();
        result
    }
}
