use sqlx_core::arguments::Arguments;
use sqlx_core::database::Database;
use sqlx_core::error::BoxDynError;
use sqlx_core::executor::Execute;
use sqlx_core::sql_str::{AssertSqlSafe, SqlSafeStr, SqlStr};

use crate::{Dialect, Operation, QueryComments};

/// A query taken apart, so that its text can be read before the driver
/// consumes it, and put together again for the driver.
pub struct Parts<DB: Database> {
    sql: SqlStr,
    statement: Option<DB::Statement>,
    arguments: Result<Option<DB::Arguments>, BoxDynError>,
    persistent: bool,
}

impl<DB: Database> Parts<DB> {
    pub(super) fn of<'q>(mut query: impl Execute<'q, DB>) -> Self {
        let statement = query.statement().cloned();
        // `persistent` of a mapped query looks at whether its arguments were
        // taken, as the drivers do when they ask for it: afterwards.
        let arguments = query.take_arguments();
        let persistent = query.persistent();
        Parts { sql: query.sql(), statement, arguments, persistent }
    }

    pub(super) fn text(&self) -> &str {
        self.sql.as_str()
    }

    /// Whether values travel beside the text.
    pub(super) fn has_parameters(&self) -> bool {
        match &self.arguments {
            Ok(arguments) => arguments.as_ref().is_some_and(|it| it.len() > 0),
            // Binding one failed.
            Err(_) => true,
        }
    }
}

impl<DB: Database> Parts<DB> {
    /// Lets the text say where it comes from. What the operation tells of it
    /// was read before.
    pub(super) fn comment(
        &mut self,
        comments: &QueryComments,
        dialect: Dialect,
        operation: &Operation,
    ) {
        // The application prepared it, under the text that it has.
        if self.statement.is_some() {
            return;
        }
        let kept = self.persistent && !matches!(self.arguments, Ok(None));
        let context = operation.context();
        let span = context.span_context().filter(|_| !kept);
        if let Some(text) = comments.append(self.text(), dialect, Some("sqlx"), span) {
            self.sql = AssertSqlSafe(text).into_sql_str();
        }
    }
}

impl<DB: Database> Execute<'_, DB> for Parts<DB> {
    fn sql(self) -> SqlStr {
        self.sql
    }

    fn statement(&self) -> Option<&DB::Statement> {
        self.statement.as_ref()
    }

    fn take_arguments(&mut self) -> Result<Option<DB::Arguments>, BoxDynError> {
        std::mem::replace(&mut self.arguments, Ok(None))
    }

    fn persistent(&self) -> bool {
        self.persistent
    }
}

impl<DB: Database> std::fmt::Debug for Parts<DB> {
    /// Without the text, which may hold values.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Parts").finish_non_exhaustive()
    }
}
