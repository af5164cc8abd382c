//! The words of SQL that the outline of a query hangs on.

use super::frame::Verb;

/// A word in upper case, or nothing if it is too long for a keyword.
#[derive(Debug)]
pub(super) struct Upper {
    bytes: [u8; 16],
    length: usize,
}

/// How a statement begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Opening {
    /// It reads or changes rows.
    Rows(Verb),
    /// It defines, changes or drops an object.
    Define,
    /// It is followed by its target.
    Targeted(Verb),
    /// Its first word says it all.
    Alone(Verb),
    /// It is followed by the statement to explain.
    Explain,
}

/// What CREATE, ALTER and DROP work on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Object {
    /// The name follows.
    Plain,
    /// The name follows, and later that of its table, after ON.
    OnTable,
    /// As before, and a body of statements.
    Trigger,
    /// A user or role, whose name says who, not what.
    Account,
}

impl Upper {
    pub(super) fn new(word: &str) -> Self {
        let mut upper = Upper { bytes: [0; 16], length: 0 };
        if let Some(bytes) = upper.bytes.get_mut(..word.len()) {
            bytes.copy_from_slice(word.as_bytes());
            bytes.make_ascii_uppercase();
            upper.length = word.len();
        }
        upper
    }

    pub(super) fn as_str(&self) -> &str {
        self.bytes
            .get(..self.length)
            .and_then(|bytes| std::str::from_utf8(bytes).ok())
            .unwrap_or_default()
    }

    pub(super) fn is(&self, keyword: &str) -> bool {
        self.as_str() == keyword
    }
}

pub(super) fn opening(word: &Upper) -> Option<Opening> {
    Some(match word.as_str() {
        "SELECT" | "VALUES" => Opening::Rows(Verb::Select),
        "INSERT" | "REPLACE" => Opening::Rows(Verb::Insert),
        "UPDATE" => Opening::Rows(Verb::Update),
        "DELETE" => Opening::Rows(Verb::Delete),
        "MERGE" => Opening::Rows(Verb::Merge),
        "CREATE" | "ALTER" | "DROP" => Opening::Define,
        "EXPLAIN" => Opening::Explain,
        "PRAGMA" => Opening::Targeted(Verb::Assign),
        "TRUNCATE" | "ANALYZE" | "REINDEX" | "CALL" | "EXEC" | "EXECUTE" | "LOCK" | "REFRESH"
        | "COPY" | "USE" | "DESCRIBE" | "DESC" | "CLUSTER" | "OPTIMIZE" | "REPAIR" => {
            Opening::Targeted(Verb::Other)
        }
        "SET" | "RESET" => Opening::Alone(Verb::Assign),
        "BEGIN" | "START" | "COMMIT" | "END" | "ROLLBACK" | "ABORT" | "SAVEPOINT" | "RELEASE"
        | "VACUUM" | "ATTACH" | "DETACH" | "SHOW" | "GRANT" | "REVOKE" | "COMMENT" | "DO"
        | "PREPARE" | "DEALLOCATE" | "DISCARD" | "LISTEN" | "UNLISTEN" | "NOTIFY" | "DECLARE"
        | "FETCH" | "CLOSE" | "CHECKPOINT" | "KILL" | "FLUSH" | "LOAD" | "UNLOCK" | "XA" => {
            Opening::Alone(Verb::Other)
        }
        _ => return None,
    })
}

pub(super) fn object(word: &Upper) -> Option<Object> {
    Some(match word.as_str() {
        "TABLE" | "VIEW" | "DATABASE" | "SCHEMA" | "SEQUENCE" | "TYPE" | "DOMAIN" | "EXTENSION"
        | "FUNCTION" | "PROCEDURE" | "ROUTINE" | "AGGREGATE" | "TABLESPACE" | "COLLATION"
        | "PUBLICATION" | "SUBSCRIPTION" | "STATISTICS" | "EVENT" | "SERVER" | "LANGUAGE" => {
            Object::Plain
        }
        "INDEX" | "POLICY" | "RULE" => Object::OnTable,
        "TRIGGER" => Object::Trigger,
        "USER" | "ROLE" | "GROUP" | "LOGIN" => Object::Account,
        _ => return None,
    })
}

/// The words between a statement's first word and the name of its target.
pub(super) fn modifies_target(word: &Upper) -> bool {
    matches!(
        word.as_str(),
        "ONLY"
            | "LATERAL"
            | "INTO"
            | "OR"
            | "ABORT"
            | "FAIL"
            | "IGNORE"
            | "REPLACE"
            | "ROLLBACK"
            | "LOW_PRIORITY"
            | "HIGH_PRIORITY"
            | "DELAYED"
            | "IF"
            | "NOT"
            | "EXISTS"
            | "CONCURRENTLY"
            | "TABLE"
            | "TABLES"
            | "MATERIALIZED"
            | "VIEW"
            | "VERBOSE"
    )
}

/// The words that are never the name of a target.
pub(super) fn ends_target(word: &Upper) -> bool {
    ends_targets(word)
        || matches!(word.as_str(), "FROM" | "ON" | "USING" | "AS" | "WHEN" | "BEGIN" | "DEFAULT")
}

/// The words after which no comma and no JOIN brings another target.
pub(super) fn ends_targets(word: &Upper) -> bool {
    matches!(
        word.as_str(),
        "SELECT"
            | "WHERE"
            | "SET"
            | "VALUES"
            | "GROUP"
            | "ORDER"
            | "HAVING"
            | "LIMIT"
            | "OFFSET"
            | "WINDOW"
            | "RETURNING"
            | "UNION"
            | "INTERSECT"
            | "EXCEPT"
            | "FETCH"
            | "FOR"
    )
}

pub(super) fn modifies_explain(word: &Upper) -> bool {
    matches!(word.as_str(), "QUERY" | "PLAN" | "ANALYZE" | "VERBOSE" | "EXTENDED" | "FORMAT")
}

/// After these words only a name can follow.
pub(super) fn introduces_name(word: &str) -> bool {
    matches!(
        Upper::new(word).as_str(),
        "AS" | "TABLE"
            | "VIEW"
            | "INDEX"
            | "TRIGGER"
            | "COLUMN"
            | "CONSTRAINT"
            | "COLLATE"
            | "REFERENCES"
            | "SAVEPOINT"
            | "RELEASE"
            | "TO"
            | "ADD"
            | "DROP"
            | "RENAME"
            | "DATABASE"
            | "EXISTS"
    )
}
