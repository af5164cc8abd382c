use std::collections::HashSet;

use telemetry_db::{Dialect, Fingerprint, Statement};

fn of(text: &str, dialect: Dialect) -> Fingerprint {
    Statement::of(text, dialect).fingerprint().unwrap_or_else(|| panic!("withheld: {text}"))
}

#[track_caller]
fn same(dialect: Dialect, texts: &[&str]) {
    let all: HashSet<_> = texts.iter().map(|text| of(text, dialect)).collect();
    assert_eq!(all.len(), 1, "{texts:#?}");
}

#[track_caller]
fn different(dialect: Dialect, texts: &[&str]) {
    let all: HashSet<_> = texts.iter().map(|text| of(text, dialect)).collect();
    assert_eq!(all.len(), texts.len(), "{texts:#?}");
}

#[test]
fn values_make_no_difference() {
    same(
        Dialect::Postgres,
        &[
            "SELECT a FROM t WHERE b = 1 AND c = 'x'",
            "SELECT a FROM t WHERE b = -20 AND c = $$it's$$",
            "select  a\nfrom t where b = 1.5e-3 /* x */ and c = E'\\'' -- y",
            "SELECT \"a\" FROM \"t\" WHERE b = NULL AND C = TRUE;",
        ],
    );
}

#[test]
fn how_many_values_there_are_makes_no_difference() {
    same(
        Dialect::Postgres,
        &[
            "SELECT a FROM t WHERE b IN (1) AND c = 1",
            "SELECT a FROM t WHERE b IN (1, 2, -3, NULL) AND c = 1",
        ],
    );
    same(
        Dialect::Postgres,
        &[
            "SELECT a FROM t WHERE b IN ($1) AND c = $2",
            "SELECT a FROM t WHERE b IN ($1, $2) AND c = $3",
        ],
    );
    same(
        Dialect::MySql,
        &[
            "INSERT INTO t (a, b) VALUES (1, 'x') ON DUPLICATE KEY UPDATE a = VALUES(a), b = VALUES(b)",
            "INSERT INTO t (a, b) VALUES (1, 'x'), (2, NULL), (3, 'z') ON DUPLICATE KEY UPDATE a = VALUES(a), b = VALUES(b)",
        ],
    );
    same(
        Dialect::Sqlite,
        &[
            "INSERT INTO t VALUES (?, now(?))",
            "INSERT INTO t VALUES (?, now(?)), (?, now(?)), (?,now(?))",
        ],
    );
}

#[test]
fn everything_else_makes_a_difference() {
    different(
        Dialect::Postgres,
        &[
            "SELECT a FROM t WHERE b = 1",
            "SELECT a FROM t WHERE b = $1",
            "SELECT a FROM t WHERE b <> 1",
            "SELECT a FROM t WHERE b < 1",
            "SELECT a FROM t WHERE b > 1",
            "SELECT a FROM t WHERE b IS NULL",
            "SELECT a FROM t WHERE b IS NOT NULL",
            "SELECT a FROM t WHERE b IS TRUE",
            "SELECT a FROM t WHERE b IS NOT TRUE",
            "SELECT a FROM t WHERE b IS FALSE",
            "SELECT a FROM t WHERE b IN (1)",
            "SELECT a FROM t WHERE b NOT IN (1)",
            "SELECT a FROM t WHERE b IN (c)",
            "SELECT a FROM t WHERE b IN (1, c)",
            "SELECT a FROM t WHERE b IN (c, 1)",
            "SELECT a FROM t WHERE b - 1 = 1",
            "SELECT a FROM t WHERE b + 1 = 1",
            "SELECT a FROM t WHERE c = 1",
            "SELECT a, c FROM t WHERE b = 1",
            "SELECT a FROM T2 WHERE b = 1",
            "SELECT a FROM \"T\" WHERE b = 1",
            "SELECT ab FROM t WHERE b = 1",
            "SELECT a.b FROM t WHERE b = 1",
            "SELECT a FROM t WHERE b = 1 ORDER BY a",
            "SELECT a FROM t WHERE b = 1 ORDER BY a DESC",
            "SELECT a FROM t WHERE b = 1 LIMIT 1",
            "SELECT a FROM t WHERE b = 1; SELECT a FROM t",
            "SELECT a_column_of_a_long_name FROM t WHERE b = 1",
            "SELECT a_column_of_a_long_nane FROM t WHERE b = 1",
            "INSERT INTO t VALUES (1, 2)",
            "INSERT INTO t VALUES (1)",
            "INSERT INTO t VALUES (1, c)",
            "INSERT INTO t VALUES (1, 2), (1, c)",
        ],
    );
}

#[test]
fn a_text_that_cannot_be_read_has_none() {
    for text in ["SELECT 'open", "hunter2", "", "SELECT \\"] {
        assert_eq!(Statement::of(text, Dialect::Sqlite).fingerprint(), None, "{text}");
    }
}

#[test]
fn it_never_changes() {
    // Kept by whoever stores them: a change here is a change of what this crate promises.
    let known = [
        ("SELECT a FROM t WHERE b = 1", Dialect::Postgres),
        ("INSERT INTO \"Orders\" (a) VALUES ($1), ($2)", Dialect::Postgres),
        ("UPDATE `t` SET a_long_column = ? WHERE b IN (?, ?)", Dialect::MySql),
    ];
    let now = known.map(|(text, dialect)| of(text, dialect).to_string());
    assert_eq!(now, ["d5e3646f71a0c8d4", "bbdd0aa49ae82ae3", "e3636871ddf083c8"]);
}
