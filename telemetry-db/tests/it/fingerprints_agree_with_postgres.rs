//! Statements of the grammar, read by a real PostgreSQL, whose query identifiers are those of
//! `pg_stat_statements`: the same fingerprint exactly where it gives the same identifier.

use std::collections::HashMap;
use std::io::Write;
use std::process::Command;

use telemetry_db::{Dialect, Fingerprint, Statement};
use telemetry_servers::{Postgres, TemporaryDirectory};

use crate::grammar::{Piece, SCHEMA, Shape, write_without_nulls};
use crate::random::Random;

const SHAPES: usize = 1_500;
const WAYS: usize = 4;

/// The server, asked by its own client.
struct Server(Postgres);

impl Server {
    fn psql(&self) -> Command {
        let mut psql = self.0.psql();
        psql.args(["--quiet", "--tuples-only", "--no-align"]);
        psql
    }

    /// The identifiers of statements, in their order.
    fn identifiers(&self, statements: &[String]) -> Vec<i64> {
        let folder = TemporaryDirectory::create();
        let script = folder.file("script.sql");
        let mut file = std::fs::File::create(&script).unwrap();
        for statement in statements {
            writeln!(file, "EXPLAIN (VERBOSE)\n{statement}\n;").unwrap();
        }
        drop(file);
        let output =
            self.psql().args(["-v", "ON_ERROR_STOP=1", "-f"]).arg(&script).output().unwrap();
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{told}");
        let text = String::from_utf8(output.stdout).unwrap();
        let identifiers: Vec<i64> = text
            .lines()
            .filter_map(|line| line.strip_prefix("Query Identifier: "))
            .map(|number| number.parse().unwrap())
            .collect();
        assert_eq!(identifiers.len(), statements.len());
        identifiers
    }

    fn prepare(&self) {
        let output = self.psql().arg("-c").arg(SCHEMA).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
}

fn fingerprint(text: &str) -> Fingerprint {
    Statement::of(text, Dialect::Postgres)
        .fingerprint()
        .unwrap_or_else(|| panic!("withheld: {text}"))
}

/// Says which two of the statements only one side calls the same.
fn disagreement(statements: &[String], identifiers: &[i64]) -> Option<String> {
    let mut by_identifier: HashMap<i64, (Fingerprint, &str)> = HashMap::new();
    let mut by_fingerprint: HashMap<Fingerprint, (i64, &str)> = HashMap::new();
    for (text, identifier) in statements.iter().zip(identifiers) {
        let ours = fingerprint(text);
        let (same, other) = by_identifier.entry(*identifier).or_insert((ours, text));
        if *same != ours {
            return Some(format!("the same to PostgreSQL alone:\n{other}\n{text}"));
        }
        let (same, other) = by_fingerprint.entry(ours).or_insert((*identifier, text));
        if same != identifier {
            return Some(format!("the same to us alone:\n{other}\n{text}"));
        }
    }
    assert!(by_identifier.len() > SHAPES / 2, "{}", by_identifier.len());
    None
}

#[test]
fn over_thousands_of_statements_and_but_for_what_is_listed() {
    let server = Server(Postgres::start());
    server.prepare();
    let mut random = Random::from_seed(8);
    let mut statements = Vec::new();
    for _ in 0..SHAPES {
        let shape = Shape::draw(&mut random);
        // One of the exceptions.
        if shape.0.contains(&Piece::Key("DISTINCT")) {
            continue;
        }
        for _ in 0..WAYS {
            statements.push(write_without_nulls(&shape, Dialect::Postgres, &mut random));
        }
    }
    assert!(statements.len() >= 5_000);
    let identifiers = server.identifiers(&statements);
    assert_eq!(disagreement(&statements, &identifiers), None);
    check_exceptions(&server);
}

/// Where the two differ, knowingly: docs/DATABASE_OTHERS.md lists the same.
const EXCEPTIONS: [(Who, &str, &str, &str); 14] = [
    (
        Who::Us,
        "the length of a VALUES list",
        "INSERT INTO items (id) VALUES (1)",
        "INSERT INTO items (id) VALUES (1), (2)",
    ),
    (Who::Us, "a value's type", "SELECT 1", "SELECT 'a'"),
    (
        Who::Us,
        "the column to order by, by its place",
        "SELECT id, age FROM customers ORDER BY 1",
        "SELECT id, age FROM customers ORDER BY 2",
    ),
    (
        Who::Postgres,
        "one value in a list",
        "SELECT id FROM items WHERE id IN (1)",
        "SELECT id FROM items WHERE id = 1",
    ),
    (
        Who::Postgres,
        "the name of a result",
        "SELECT id AS one FROM items",
        "SELECT id AS two FROM items",
    ),
    (
        Who::Postgres,
        "the name of a table within the query",
        "SELECT one.id FROM items one",
        "SELECT two.id FROM items two",
    ),
    (
        Who::Postgres,
        "whether a name says whose it is",
        "SELECT items.id FROM items",
        "SELECT id FROM public.items",
    ),
    (
        Who::Postgres,
        "rows that differ, and rows in order",
        "SELECT DISTINCT id FROM items",
        "SELECT id FROM items ORDER BY id",
    ),
    (
        Who::Postgres,
        "a star",
        "SELECT * FROM items",
        "SELECT id, purchase, label, amount FROM items",
    ),
    (
        Who::Postgres,
        "parentheses without effect",
        "SELECT id FROM items WHERE (id = 1)",
        "SELECT id FROM items WHERE id = 1",
    ),
    (
        Who::Postgres,
        "two ways to convert",
        "SELECT CAST(id AS text) FROM items",
        "SELECT id::text FROM items",
    ),
    (
        Who::Postgres,
        "two ways to order",
        "SELECT id FROM items ORDER BY id DESC",
        "SELECT id FROM items ORDER BY id DESC NULLS FIRST",
    ),
    (
        Who::Postgres,
        "two ways to be between",
        "SELECT id FROM items WHERE id BETWEEN 1 AND 2",
        "SELECT id FROM items WHERE id >= 1 AND id <= 2",
    ),
    (
        Who::Postgres,
        "two ways to limit",
        "SELECT id FROM items LIMIT 1 OFFSET 2",
        "SELECT id FROM items OFFSET 2 LIMIT 1",
    ),
];

/// Who calls the two the same.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Who {
    Us,
    Postgres,
}

/// An exception that is none any more is an error too.
fn check_exceptions(server: &Server) {
    // From version 18 on, PostgreSQL tells more apart.
    let exceptions = EXCEPTIONS.iter().filter(|_| server.version() < 18);
    for &(who, what, one, other) in exceptions {
        let identifiers = server.identifiers(&[one.to_owned(), other.to_owned()]);
        let ours = fingerprint(one) == fingerprint(other);
        let theirs = identifiers[0] == identifiers[1];
        assert_eq!((ours, theirs), (who == Who::Us, who == Who::Postgres), "{what}");
    }
    // Squashed by PostgreSQL itself from version 18 on.
    let lists =
        ["SELECT id FROM items WHERE id IN (1, 2)", "SELECT id FROM items WHERE id IN (1, 2, 3)"];
    assert_eq!(fingerprint(lists[0]), fingerprint(lists[1]));
    let identifiers = server.identifiers(&lists.map(str::to_owned));
    assert_eq!(
        identifiers[0] == identifiers[1],
        server.version() >= 18,
        "the length of an IN list"
    );
}

impl Server {
    fn version(&self) -> u32 {
        let output = self.psql().arg("-c").arg("SHOW server_version_num").output().unwrap();
        let number: u32 = String::from_utf8(output.stdout).unwrap().trim().parse().unwrap();
        number / 10_000
    }
}
