use telemetry_db::{Dialect, Statement};

fn sanitized(text: &str, dialect: Dialect) -> Option<String> {
    Statement::of(text, dialect).sanitized().map(str::to_owned)
}

#[track_caller]
fn check(dialect: Dialect, cases: &[(&str, &str)]) {
    for (text, expected) in cases {
        assert_eq!(sanitized(text, dialect).as_deref(), Some(*expected), "{text}");
    }
}

#[test]
fn every_kind_of_literal_becomes_a_question_mark() {
    check(
        Dialect::Sqlite,
        &[
            (
                "SELECT * FROM t WHERE a = 'x' AND b = 'it''s' AND c = ''",
                "SELECT * FROM t WHERE a = ? AND b = ? AND c = ?",
            ),
            ("SELECT 1, 1.5, .5, 1e10, 1E-7, 0x1F, 1_000, -3", "SELECT ?, ?, ?, ?, ?, ?, ?, -?"),
            ("SELECT x'00ff', X'AB', TRUE, false, NULL", "SELECT ?, ?, ?, ?, NULL"),
            ("SELECT 'a' || 'b'", "SELECT ? || ?"),
            ("SELECT 123abc", "SELECT ?"),
        ],
    );
}

#[test]
fn names_and_placeholders_stay() {
    check(
        Dialect::Sqlite,
        &[
            (
                "SELECT t1.c2, [my col], `other` FROM \"my table\" t1 WHERE a1 = ?1 AND b = :b AND c = @c AND d = $d AND e = ?",
                "SELECT t1.c2, [my col], `other` FROM \"my table\" t1 WHERE a1 = ?1 AND b = :b AND c = @c AND d = $d AND e = ?",
            ),
            ("SELECT straße FROM täbelle", "SELECT straße FROM täbelle"),
            ("SELECT data->>'$.secret' FROM t", "SELECT data->>? FROM t"),
        ],
    );
}

#[test]
fn comments_and_wide_space_go() {
    check(
        Dialect::Sqlite,
        &[
            ("/* user 7 */ SELECT a -- token abc\n  ,\tb\r\nFROM t /* open", "SELECT a , b FROM t"),
            ("SELECT a/**/FROM t", "SELECT a FROM t"),
            ("SELECT 4-- four\n-3", "SELECT ? -?"),
        ],
    );
}

#[test]
fn lists_of_values_collapse_and_other_lists_do_not() {
    check(
        Dialect::Sqlite,
        &[
            ("SELECT a FROM t WHERE b IN (1, 2, 3)", "SELECT a FROM t WHERE b IN (?)"),
            (
                "SELECT a FROM t WHERE b NOT IN ('x','y') OR c IN (?, ?)",
                "SELECT a FROM t WHERE b NOT IN (?) OR c IN (?)",
            ),
            (
                "SELECT a FROM t WHERE b IN (1, c, 2, 3, f(4), 5)",
                "SELECT a FROM t WHERE b IN (?, c, ?, f(?), ?)",
            ),
            ("SELECT a FROM t WHERE b IN (1 + 2, 3)", "SELECT a FROM t WHERE b IN (? + ?, ?)"),
            ("INSERT INTO t VALUES (1, 2), (3, 4)", "INSERT INTO t VALUES (?, ?), (?, ?)"),
        ],
    );
}

/// SQLite reads `"x"` as a string where it knows no column x.
#[test]
fn double_quotes_are_shown_in_sqlite_only_where_a_name_must_stand() {
    check(
        Dialect::Sqlite,
        &[
            ("SELECT a FROM t WHERE b = \"hunter2\"", "SELECT a FROM t WHERE b = ?"),
            (
                "SELECT \"t\".\"a\" AS \"b\" FROM \"t\" WHERE \"t\".\"a\" = \"hunter2\"",
                "SELECT \"t\".\"a\" AS \"b\" FROM \"t\" WHERE \"t\".\"a\" = ?",
            ),
            (
                "INSERT INTO \"t\" (\"a\", \"b\") VALUES (\"hunter2\", 1)",
                "INSERT INTO \"t\" (\"a\", \"b\") VALUES (?, ?)",
            ),
            (
                "UPDATE \"t\" SET \"a\" = \"hunter2\", \"b\" = 1 WHERE \"c\" = 2",
                "UPDATE \"t\" SET \"a\" = ?, \"b\" = ? WHERE ? = ?",
            ),
            (
                "CREATE TABLE \"t\" (\"id\" INTEGER, \"a\" TEXT DEFAULT \"hunter2\")",
                "CREATE TABLE \"t\" (\"id\" INTEGER, \"a\" TEXT DEFAULT ?)",
            ),
        ],
    );
}

#[test]
fn settings_are_shown_without_their_bare_values() {
    check(
        Dialect::Sqlite,
        &[
            ("PRAGMA key = hunter2", "PRAGMA key = ?"),
            ("PRAGMA main.user_version(7)", "PRAGMA main.user_version(?)"),
        ],
    );
    check(
        Dialect::Postgres,
        &[("SET app.token TO hunter2.x, b; SELECT a", "SET app.token TO ?.?, ?; SELECT a")],
    );
}

#[test]
fn what_cannot_be_read_is_withheld() {
    for (dialect, text) in [
        (Dialect::Sqlite, ""),
        (Dialect::Sqlite, "hunter2"),
        (Dialect::Sqlite, "SELECT 1; hunter2"),
        (Dialect::Sqlite, "SELECT 'open"),
        (Dialect::Sqlite, "SELECT \"open"),
        (Dialect::Sqlite, "SELECT [open"),
        (Dialect::Sqlite, "SELECT `open"),
        (Dialect::Sqlite, "SELECT x'00"),
        (Dialect::Sqlite, "SELECT a \\ b"),
        (Dialect::Sqlite, "SELECT a # b"),
        (Dialect::Sqlite, "SELECT \0 'a'"),
        (Dialect::Postgres, "SELECT $tag$ open $tags$"),
        (Dialect::Postgres, "SELECT 'a\\' , secret, '"),
        (Dialect::Postgres, "SELECT /* /* */ 1"),
        (Dialect::MySql, "SELECT 'it\\'s'"),
        (Dialect::MySql, "/*!50001 SELECT 1 */"),
    ] {
        assert_eq!(sanitized(text, dialect), None, "{text}");
    }
}

#[test]
fn a_summary_says_nothing_that_follows_the_first_literal_of_an_unreadable_text() {
    let statement = Statement::of(
        "SELECT a FROM t WHERE b = 'x' AND c IN (SELECT 1 FROM hunter2) AND d = 'open",
        Dialect::Sqlite,
    );
    assert_eq!(statement.summary(), Some("SELECT t"));
}

#[test]
fn postgres_has_its_own_strings_and_operators() {
    check(
        Dialect::Postgres,
        &[
            (
                "SELECT $1, $$a 'b' c$$, $x$ $$ $x$, E'it\\'s', B'01', U&'\\0441', 'a\\\\'",
                "SELECT $1, ?, ?, ?, ?, U&?, ?",
            ),
            (
                "SELECT \"a\", b::text, c @> '{}' , d ? 'k', e[1], DATE '2020-01-01' FROM \"T\"",
                "SELECT \"a\", b::text, c @> ? , d ? ?, e[?], DATE ? FROM \"T\"",
            ),
            ("SELECT a /* x /* y */ z */ FROM t", "SELECT a FROM t"),
            ("SELECT a -- 'x\r, b FROM t", "SELECT a , b FROM t"),
        ],
    );
}

#[test]
fn mysql_has_its_own_strings_and_comments() {
    check(
        Dialect::MySql,
        &[
            (
                "SELECT `a`, \"secret\", 'b' 'c', _utf8'x', N'y', 0xFF, b'01', @v FROM t # token\nWHERE a = --5",
                "SELECT `a`, ?, ? ?, _utf8?, ?, ?, ?, @v FROM t WHERE a = --?",
            ),
            ("SELECT a /* More */ -- b\nFROM t", "SELECT a FROM t"),
        ],
    );
}

#[test]
fn long_texts_are_cut_between_two_tokens() {
    let rows = vec!["('hunter2', 12345)"; 100_000].join(", ");
    let statement = Statement::of(&format!("INSERT INTO t VALUES {rows}"), Dialect::Sqlite);
    let text = statement.sanitized().unwrap();
    assert!(text.len() < 9 * 1024, "{}", text.len());
    assert!(text.starts_with("INSERT INTO t VALUES (?, ?), (?, ?)"));
    assert!(text.ends_with(" ..."));
    assert_eq!(statement.summary(), Some("INSERT t"));
    assert!(statement.text().unwrap().len() <= 8 * 1024);
}

#[test]
fn the_cache_tells_texts_and_dialects_apart() {
    for round in 0..3 {
        for n in 0..2_000 {
            let text = format!("SELECT a FROM table_{n} WHERE b = \"{round}\"");
            let expected = format!("SELECT table_{n}");
            assert_eq!(Statement::of(&text, Dialect::Sqlite).summary(), Some(expected.as_str()));
        }
    }
    let text = "SELECT \"a\"";
    assert_eq!(sanitized(text, Dialect::Sqlite).unwrap(), "SELECT ?");
    assert_eq!(sanitized(text, Dialect::Postgres).unwrap(), text);
    assert_eq!(sanitized(text, Dialect::Sqlite).unwrap(), "SELECT ?");
}
