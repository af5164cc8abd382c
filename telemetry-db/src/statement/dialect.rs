/// Which rules the text of a query follows: how strings, names, comments and
/// placeholders are written.
///
/// The rules decide what of an unparameterised text may be shown. Where two
/// settings of one server would read a text differently (backslashes in
/// strings, for example), the text is withheld.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Dialect {
    /// SQLite: `"x"`, `` `x` `` and `[x]` are names, placeholders are `?`,
    /// `?1`, `:a`, `@a` and `$a`, comments do not nest.
    ///
    /// SQLite reads a double-quoted text as a string where it knows no such
    /// column, so in unparameterised queries it is shown only where nothing
    /// but a name can stand.
    Sqlite,
    /// PostgreSQL: `"x"` is a name, strings are `'x'`, `E'x'` and `$tag$x$tag$`,
    /// placeholders are `$1`, comments nest.
    Postgres,
    /// MySQL and MariaDB: `` `x` `` is a name, strings are `'x'` and `"x"`,
    /// the placeholder is `?`, comments also start with `#`.
    MySql,
}
