use telemetry_db::{Dialect, Statement};

fn summary(text: &str) -> Option<String> {
    Statement::of(text, Dialect::Sqlite).summary().map(str::to_owned)
}

#[track_caller]
fn check(cases: &[(&str, &str)]) {
    for (text, expected) in cases {
        assert_eq!(summary(text).as_deref(), Some(*expected), "{text}");
    }
}

#[test]
fn the_examples_of_the_convention_hold() {
    check(&[
        ("SELECT *\nFROM   wuser_table\nWHERE  username = ?", "SELECT wuser_table"),
        (
            "INSERT INTO shipping_details (order_id, address)\nSELECT order_id, address FROM orders WHERE order_id = ?",
            "INSERT shipping_details SELECT orders",
        ),
        (
            "SELECT * FROM songs, artists WHERE songs.artist_id == artists.id",
            "SELECT songs artists",
        ),
        (
            "SELECT order_date FROM (SELECT * FROM orders o JOIN customers c ON o.customer_id = c.customer_id)",
            "SELECT SELECT orders customers",
        ),
        ("SELECT * FROM \"song list\", 'artists'", "SELECT \"song list\" 'artists'"),
    ]);
}

#[test]
fn operations_and_targets_keep_their_order_and_case() {
    check(&[
        ("select 1", "select"),
        ("Select a From Main.Users u", "Select Main.Users"),
        ("SELECT a FROM [my table] JOIN `other one` USING (id)", "SELECT [my table] `other one`"),
        (
            "SELECT * FROM a LEFT JOIN b ON a.x = b.x, c INNER JOIN d ON true WHERE e = 1",
            "SELECT a b c d",
        ),
        ("SELECT * FROM (a JOIN b ON a.x = b.x) CROSS JOIN c", "SELECT a b c"),
        ("SELECT a FROM t WHERE id IN (SELECT id FROM u)", "SELECT t SELECT u"),
        ("SELECT a FROM t UNION ALL SELECT b FROM u", "SELECT t SELECT u"),
        ("(SELECT a FROM t) UNION (SELECT b FROM u)", "SELECT t SELECT u"),
        ("SELECT value FROM json_each(?) AS j, t", "SELECT json_each t"),
        ("SELECT (SELECT max(x) FROM u), f(a, b) FROM t", "SELECT SELECT u t"),
        ("SELECT a IS NOT DISTINCT FROM b FROM t", "SELECT t"),
        ("SELECT a FROM t ORDER BY b, c LIMIT 1, 2", "SELECT t"),
        ("SELECT a FROM ?, t", "SELECT t"),
        ("INSERT INTO t (a, b) VALUES (1, 2) RETURNING id, a", "INSERT t"),
        ("INSERT OR REPLACE INTO main.t VALUES (1)", "INSERT main.t"),
        ("REPLACE INTO t VALUES (replace('a', 'b', 'c'))", "REPLACE t"),
        ("INSERT INTO t (a) VALUES (1) ON CONFLICT (a) DO UPDATE SET a = excluded.a", "INSERT t"),
        ("INSERT INTO t DEFAULT VALUES", "INSERT t"),
        ("UPDATE t SET a = 1, b = 2 WHERE c = 3", "UPDATE t"),
        ("UPDATE OR IGNORE t SET a = u.a FROM u WHERE u.id = t.id", "UPDATE t u"),
        ("DELETE FROM t WHERE id = 1", "DELETE t"),
        ("EXPLAIN QUERY PLAN SELECT a FROM t", "EXPLAIN SELECT t"),
        ("EXPLAIN UPDATE t SET a = 1", "EXPLAIN UPDATE t"),
        ("VALUES (1), (2)", "VALUES"),
    ]);
}

#[test]
fn names_of_with_queries_are_no_targets() {
    check(&[
        (
            "WITH recent AS (SELECT id FROM orders) SELECT * FROM recent JOIN customers",
            "SELECT orders SELECT customers",
        ),
        (
            "WITH RECURSIVE tree(id, up) AS NOT MATERIALIZED (SELECT 1, 2 UNION ALL SELECT n.id, n.up FROM nodes n JOIN tree ON n.up = tree.id), leaves AS (SELECT id FROM tree) SELECT * FROM Leaves, main.tree",
            "SELECT SELECT nodes SELECT SELECT main.tree",
        ),
        ("WITH a AS (SELECT 1) INSERT INTO t SELECT * FROM a", "SELECT INSERT t SELECT"),
        ("SELECT * FROM (WITH a AS (SELECT 1) SELECT * FROM a, b)", "SELECT SELECT SELECT b"),
    ]);
}

#[test]
fn definitions_and_commands_are_named() {
    check(&[
        (
            "CREATE TABLE IF NOT EXISTS t (id INTEGER PRIMARY KEY, x TEXT REFERENCES u(id) ON DELETE CASCADE)",
            "CREATE TABLE t",
        ),
        ("CREATE TEMP TABLE t AS SELECT * FROM u", "CREATE TABLE t SELECT u"),
        ("CREATE UNIQUE INDEX IF NOT EXISTS i ON t (a, b)", "CREATE INDEX i t"),
        ("CREATE VIEW v (a) AS SELECT a FROM t", "CREATE VIEW v SELECT t"),
        ("CREATE VIRTUAL TABLE t USING fts5(a, b)", "CREATE TABLE t"),
        (
            "CREATE TRIGGER g AFTER UPDATE OF a ON t BEGIN UPDATE u SET n = n + 1; DELETE FROM w; END; SELECT 1",
            "CREATE TRIGGER g t UPDATE u DELETE w SELECT",
        ),
        ("ALTER TABLE t ADD COLUMN a TEXT, ADD COLUMN b TEXT", "ALTER TABLE t"),
        ("DROP TABLE IF EXISTS a, b", "DROP TABLE a b"),
        ("PRAGMA journal_mode = wal", "PRAGMA journal_mode"),
        ("PRAGMA main.table_info(t)", "PRAGMA main.table_info"),
        ("ANALYZE", "ANALYZE"),
        ("VACUUM INTO 'copy.db'", "VACUUM"),
        ("ATTACH DATABASE 'x.db' AS x", "ATTACH"),
        ("BEGIN IMMEDIATE", "BEGIN"),
        ("SAVEPOINT s_17", "SAVEPOINT"),
        (
            "CREATE TABLE a (x); CREATE TABLE b (y); INSERT INTO a VALUES (1);",
            "CREATE TABLE a CREATE TABLE b INSERT a",
        ),
        ("CREATE TABLE t (a, b AS (a * 2), c AS (end - 1))", "CREATE TABLE t"),
    ]);
}

#[test]
fn what_is_no_statement_has_no_summary() {
    for text in ["", "  ", "-- nothing", "hunter2", "hunter2 FROM secrets", "?", "'SELECT'"] {
        assert_eq!(summary(text), None, "{text}");
    }
}

#[test]
fn long_summaries_are_cut_between_two_names() {
    let tables: Vec<String> = (0..100).map(|n| format!("main.table_{n}")).collect();
    let summary = summary(&format!("SELECT * FROM {}", tables.join(", "))).unwrap();
    assert!(summary.len() <= 255 && summary.len() > 240, "{summary}");
    let last = summary.rsplit(' ').next().unwrap();
    assert!(tables.iter().any(|table| table == last), "{last}");

    let long = "x".repeat(300);
    let statement = format!("SELECT * FROM a, main.{long}, b");
    let statement = Statement::of(&statement, Dialect::Sqlite);
    assert_eq!(statement.summary(), Some("SELECT a"));
}

#[test]
fn rows_are_changed_only_by_statements_that_say_so() {
    for (text, changes) in [
        ("SELECT a FROM t FOR UPDATE", false),
        ("INSERT INTO t VALUES (1)", true),
        ("UPDATE t SET a = 1", true),
        ("WITH a AS (SELECT 1) DELETE FROM t", true),
        ("EXPLAIN DELETE FROM t", false),
        ("CREATE TABLE t (a)", false),
    ] {
        assert_eq!(Statement::of(text, Dialect::Sqlite).changes_rows(), changes, "{text}");
    }
}

#[test]
fn other_dialects_are_summed_up_too() {
    for (dialect, text, expected) in [
        (
            Dialect::Postgres,
            "WITH gone AS (DELETE FROM ONLY jobs USING queues q WHERE q.id = jobs.queue RETURNING jobs.*) INSERT INTO archive SELECT * FROM gone",
            "DELETE jobs queues INSERT archive SELECT",
        ),
        (
            Dialect::Postgres,
            "SELECT extract(year FROM created), substring(a FROM 2) FROM public.\"Orders\" o, LATERAL (SELECT 1) x FOR UPDATE",
            "SELECT public.\"Orders\" SELECT",
        ),
        (
            Dialect::Postgres,
            "MERGE INTO stock s USING deliveries d ON s.id = d.id WHEN MATCHED THEN UPDATE SET n = d.n",
            "MERGE stock deliveries",
        ),
        (Dialect::Postgres, "TRUNCATE TABLE a", "TRUNCATE a"),
        (Dialect::Postgres, "COPY (SELECT a FROM t) TO STDOUT", "COPY SELECT t"),
        (Dialect::Postgres, "GRANT SELECT ON t TO bob", "GRANT"),
        (Dialect::Postgres, "CREATE ROLE bob LOGIN", "CREATE ROLE"),
        (
            Dialect::MySql,
            "INSERT IGNORE INTO `my db`.`t` (a) VALUES (?) ON DUPLICATE KEY UPDATE a = 1",
            "INSERT `my db`.`t`",
        ),
        (Dialect::MySql, "UPDATE a, b SET a.x = b.x", "UPDATE a b"),
        (Dialect::MySql, "call refill(1)", "call refill"),
    ] {
        assert_eq!(Statement::of(text, dialect).summary(), Some(expected), "{text}");
    }
}
