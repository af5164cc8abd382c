use std::borrow::Cow;

#[cfg(any(feature = "sqlx", test))]
use crate::Statement;

/// What a query is called where it is told who has a connection: its summary,
/// or the name of a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Label(Option<Cow<'static, str>>);

impl Label {
    #[cfg(any(feature = "sqlx", test))]
    #[inline]
    pub(crate) fn of(statement: &Statement) -> Self {
        Label(statement.name())
    }

    pub(super) fn as_str(&self) -> Option<&str> {
        self.0.as_deref()
    }
}
