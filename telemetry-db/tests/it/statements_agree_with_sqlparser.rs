//! Thousands of statements, read here and by `sqlparser`: the same literals, the same targets in
//! the same order, and the same fingerprint exactly where its syntax trees are the same.

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::sync::LazyLock;

use sqlparser::ast::{
    Expr, InTarget, ObjectName, SetExpr, UnaryOperator, Value, ValueWithSpan, Visit, VisitMut,
    Visitor, VisitorMut,
};
use sqlparser::dialect::{MySqlDialect, PostgreSqlDialect, SQLiteDialect};
use sqlparser::parser::Parser;
use sqlparser::tokenizer::{Token, Tokenizer};
use telemetry_db::{Dialect, Fingerprint, Statement};

use crate::built_by_sea_orm;
use crate::grammar::{Shape, write};
use crate::random::Random;

const DIALECTS: [Dialect; 3] = [Dialect::Sqlite, Dialect::Postgres, Dialect::MySql];

/// How many shapes, and how often each is written in each dialect.
const SHAPES: usize = 500;
const WAYS: usize = 4;

fn foreign(dialect: Dialect) -> Box<dyn sqlparser::dialect::Dialect> {
    match dialect {
        Dialect::Postgres => Box::new(PostgreSqlDialect {}),
        Dialect::MySql => Box::new(MySqlDialect {}),
        _ => Box::new(SQLiteDialect {}),
    }
}

fn drawn(dialect: Dialect) -> Vec<String> {
    let mut random = Random::from_seed(5);
    let mut all = Vec::new();
    for _ in 0..SHAPES {
        let shape = Shape::draw(&mut random);
        for _ in 0..WAYS {
            all.push(write(&shape, dialect, &mut random));
        }
    }
    all
}

type Read = (String, sqlparser::ast::Statement);

/// All statements in one dialect, the tree of each beside it.
fn corpus(dialect: Dialect) -> &'static [Read] {
    static ALL: [LazyLock<Vec<Read>>; 3] = [
        LazyLock::new(|| read(DIALECTS[0])),
        LazyLock::new(|| read(DIALECTS[1])),
        LazyLock::new(|| read(DIALECTS[2])),
    ];
    &ALL[DIALECTS.iter().position(|it| *it == dialect).unwrap()]
}

fn read(dialect: Dialect) -> Vec<Read> {
    let mut all = drawn(dialect);
    all.extend(built_by_sea_orm::statements(dialect));
    all.extend(SQLX.iter().map(|text| (*text).to_owned()));
    all.into_iter()
        .map(|text| {
            let mut trees = Parser::parse_sql(&*foreign(dialect), &text)
                .unwrap_or_else(|error| panic!("sqlparser on {text}: {error}"));
            assert_eq!(trees.len(), 1, "{text}");
            (text, trees.remove(0))
        })
        .collect()
}

/// What sqlx says of its own accord.
const SQLX: [&str; 9] = [
    "BEGIN",
    "COMMIT",
    "ROLLBACK",
    "SAVEPOINT _sqlx_savepoint_1",
    "RELEASE SAVEPOINT _sqlx_savepoint_1",
    "ROLLBACK TO SAVEPOINT _sqlx_savepoint_1",
    "SELECT version FROM _sqlx_migrations WHERE success = false ORDER BY version LIMIT 1",
    "SELECT version, checksum FROM _sqlx_migrations ORDER BY version",
    "DELETE FROM _sqlx_migrations WHERE version = 20260101",
];

#[test]
fn the_corpus_is_worth_the_name() {
    let statements: usize = DIALECTS.iter().map(|dialect| corpus(*dialect).len()).sum();
    assert!(statements >= 5_000, "{statements}");
}

#[test]
fn the_same_tokens_are_literals() {
    for dialect in DIALECTS {
        for (text, _) in corpus(dialect) {
            let statement = Statement::of(text, dialect);
            let ours: String = statement
                .sanitized()
                .unwrap_or_else(|| panic!("withheld: {text}"))
                .split_whitespace()
                .collect();
            let ours = if dialect == Dialect::Sqlite { without_quoted(&ours) } else { ours };
            assert_eq!(ours, without_literals(text, dialect), "{text}");
        }
    }
}

#[test]
fn the_same_names_are_targets() {
    for dialect in DIALECTS {
        for (text, tree) in corpus(dialect) {
            let mut targets = Targets::default();
            let _ = tree.visit(&mut targets);
            let subqueries = targets.subqueries;
            let mut expected = targets.names;
            expected.retain(|name| !subqueries.contains(name));
            let statement = Statement::of(text, dialect);
            let summary = statement.summary().unwrap_or_else(|| panic!("no summary: {text}"));
            let ours: Vec<&str> = summary.split(' ').filter(|word| !is_operation(word)).collect();
            if !is_operation_alone(text) {
                assert_eq!(ours, expected, "{text}");
            }
        }
    }
}

#[test]
fn fingerprints_are_the_same_exactly_where_trees_are() {
    for dialect in DIALECTS {
        let mut by_tree: HashMap<String, (Fingerprint, String)> = HashMap::new();
        let mut by_fingerprint: HashMap<Fingerprint, (String, String)> = HashMap::new();
        for (text, tree) in corpus(dialect) {
            let tree = canonical(tree.clone());
            let fingerprint = Statement::of(text, dialect).fingerprint().unwrap();
            let (same, other) =
                by_tree.entry(tree.clone()).or_insert_with(|| (fingerprint, text.clone()));
            assert_eq!(*same, fingerprint, "one tree, two fingerprints:\n{other}\n{text}");
            let (same, other) =
                by_fingerprint.entry(fingerprint).or_insert_with(|| (tree.clone(), text.clone()));
            assert_eq!(*same, tree, "one fingerprint, two trees:\n{other}\n{text}");
        }
        assert!(by_tree.len() > SHAPES / 2, "{}", by_tree.len());
    }
}

/// Nothing but the sanitised text is different: the dialect says what a quote is.
#[test]
fn a_statement_that_says_the_same_has_one_fingerprint_in_all_dialects() {
    let mut random = Random::from_seed(6);
    for _ in 0..SHAPES {
        let shape = Shape::draw(&mut random);
        let texts = DIALECTS.map(|dialect| (write(&shape, dialect, &mut random), dialect));
        let [one, two, three] = texts
            .each_ref()
            .map(|(text, dialect)| Statement::of(text, *dialect).fingerprint().unwrap());
        assert_eq!((one, one), (two, three), "{texts:#?}");
    }
}

fn is_operation(word: &str) -> bool {
    ["SELECT", "INSERT", "UPDATE", "DELETE"].contains(&word.to_uppercase().as_str())
}

/// Whether a summary of it has no target, but may have a second word.
fn is_operation_alone(text: &str) -> bool {
    ["BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE"]
        .iter()
        .any(|operation| text.starts_with(operation))
}

/// The text as `sqlparser` cuts it, with a mark for each literal, no white space, and each run of
/// marks in an IN list as one.
fn without_literals(text: &str, dialect: Dialect) -> String {
    let foreign = foreign(dialect);
    let tokens = Tokenizer::new(&*foreign, text).with_unescape(false).tokenize().unwrap();
    let mut words: Vec<String> = tokens
        .into_iter()
        .filter(|token| !matches!(token, Token::Whitespace(_)))
        .map(|token| match token {
            Token::Number(..)
            | Token::SingleQuotedString(_)
            | Token::DollarQuotedString(_)
            | Token::EscapedStringLiteral(_)
            | Token::NationalStringLiteral(_)
            | Token::HexStringLiteral(_) => "?".to_owned(),
            Token::DoubleQuotedString(_) if dialect == Dialect::MySql => "?".to_owned(),
            Token::Word(word)
                if word.quote_style.is_none()
                    && ["TRUE", "FALSE"].contains(&word.value.to_uppercase().as_str()) =>
            {
                "?".to_owned()
            }
            // A name or a string, says SQLite.
            Token::Word(word) if word.quote_style == Some('"') && dialect == Dialect::Sqlite => {
                "?".to_owned()
            }
            // Printed as `<>` either way.
            Token::Neq => "<>".to_owned(),
            token => token.to_string(),
        })
        .collect();
    let mut at = 0;
    while let Some(list) =
        words[at..].windows(2).position(|it| it[0].eq_ignore_ascii_case("in") && it[1] == "(")
    {
        at += list + 2;
        let end = at + words[at..].iter().position(|word| word == ")").unwrap();
        let mut elements: Vec<&[String]> = words[at..end].split(|word| word == ",").collect();
        elements.dedup_by(|a, b| a == b && **a == ["?"]);
        let list: Vec<String> = elements.join(&",".to_owned());
        words.splice(at..end, list);
    }
    let joined = words.concat();
    // Ours shows what was written.
    if text.contains("!=") { with_bangs(&joined, text) } else { joined }
}

/// A text in which whatever stands in double quotes is a mark.
fn without_quoted(text: &str) -> String {
    let pieces: Vec<&str> = text.split('"').step_by(2).collect();
    pieces.join("?")
}

/// Puts back `!=` where the text has it.
fn with_bangs(joined: &str, text: &str) -> String {
    let mut written = text.match_indices(['!', '<']).filter_map(|(at, _)| text.get(at..at + 2));
    let mut out = String::new();
    let mut rest = joined;
    while let Some((before, after)) = rest.split_once("<>") {
        out.push_str(before);
        let mark = written.by_ref().find(|mark| ["!=", "<>"].contains(mark)).unwrap();
        out.push_str(mark);
        rest = after;
    }
    out + rest
}

/// The relations of a tree in their order, and the names of its WITH queries.
#[derive(Default)]
struct Targets {
    names: Vec<String>,
    subqueries: Vec<String>,
}

impl Visitor for Targets {
    type Break = ();

    fn pre_visit_relation(&mut self, relation: &ObjectName) -> ControlFlow<()> {
        self.names.push(relation.to_string());
        ControlFlow::Continue(())
    }

    fn pre_visit_query(&mut self, query: &sqlparser::ast::Query) -> ControlFlow<()> {
        for table in query.with.iter().flat_map(|with| &with.cte_tables) {
            let name = &table.alias.name;
            self.subqueries.extend(
                [name.value.to_lowercase(), name.value.to_uppercase()].iter().flat_map(|it| {
                    [it.clone(), format!("\"{it}\""), format!("`{it}`"), format!("[{it}]")]
                }),
            );
        }
        ControlFlow::Continue(())
    }
}

/// A tree as a text in which nothing is left of what a fingerprint doesn't see.
fn canonical(mut tree: sqlparser::ast::Statement) -> String {
    let _ = VisitMut::visit(&mut tree, &mut Canonical);
    let text = tree.to_string().to_lowercase().replace(['"', '`', '[', ']'], "");
    text.replace("inner join", "join")
        .replace(" outer join", " join")
        .replace(" asc", "")
        .replace(" as ", " ")
}

struct Canonical;

fn is_value(expression: &Expr) -> bool {
    matches!(expression, Expr::Value(_))
}

impl VisitorMut for Canonical {
    type Break = ();

    fn pre_visit_value(&mut self, value: &mut ValueWithSpan) -> ControlFlow<()> {
        let mark = if matches!(value.value, Value::Placeholder(_)) { "$" } else { "?" };
        value.value = Value::Placeholder(mark.to_owned());
        ControlFlow::Continue(())
    }

    fn post_visit_expr(&mut self, expression: &mut Expr) -> ControlFlow<()> {
        match expression {
            Expr::UnaryOp { op: UnaryOperator::Minus, expr } if is_value(expr) => {
                *expression = (**expr).clone();
            }
            Expr::In { target: InTarget::List(list), .. } => {
                list.dedup_by(|a, b| is_value(a) && a == b);
            }
            _ => {}
        }
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, query: &mut sqlparser::ast::Query) -> ControlFlow<()> {
        if let SetExpr::Values(values) = &mut *query.body {
            values.rows.dedup_by(|a, b| a == b);
        }
        ControlFlow::Continue(())
    }
}
