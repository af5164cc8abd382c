//! What is known of a query's text, found by us and by way of `sqlparser`'s tree.

use std::hint::black_box;
use std::ops::ControlFlow;

use sqlparser::ast::{
    ObjectName, Statement as Tree, Value, ValueWithSpan, VisitMut, VisitorMut, visit_relations,
};
use sqlparser::dialect::PostgreSqlDialect;
use sqlparser::parser::Parser;
use telemetry_db::{Dialect, Statement};

use crate::case::Subject;
use crate::destination::Nowhere;
use crate::failure::Failure;

/// Texts of 120 bytes each, to be taken in turn.
#[derive(Debug)]
pub(super) struct Texts(Vec<String>);

impl Texts {
    /// So many different ones.
    pub(super) fn new(number: usize) -> Self {
        let text = |id: usize| {
            format!(
                "SELECT o.id, o.total, c.name FROM orders o JOIN customers c ON c.id = o.customer \
                 WHERE o.state = 'open' AND o.id = {id:05}"
            )
        };
        Self((0..number).map(text).collect())
    }

    fn at(&self, turn: u64) -> &str {
        black_box(&self.0[turn as usize % self.0.len()])
    }
}

/// Nobody reads.
pub(super) fn bare(texts: Texts) -> Result<Subject, Failure> {
    let operation = move |turn| {
        black_box(texts.at(turn));
    };
    Ok(Subject::new(operation, Nowhere))
}

/// Summary, text without literals, and fingerprint.
pub(super) fn ours(texts: Texts) -> Result<Subject, Failure> {
    let operation = move |turn| {
        let statement = Statement::of(texts.at(turn), Dialect::Postgres);
        black_box((statement.summary(), statement.sanitized(), statement.fingerprint()));
    };
    Ok(Subject::new(operation, Nowhere))
}

/// The tree, its tables, and itself as a text without literals.
pub(super) fn sqlparser(texts: Texts) -> Result<Subject, Failure> {
    Parser::parse_sql(&PostgreSqlDialect {}, texts.at(0))?;
    let operation = move |turn| {
        let trees = Parser::parse_sql(&PostgreSqlDialect {}, texts.at(turn));
        for mut tree in trees.into_iter().flatten() {
            black_box(read(&mut tree));
        }
    };
    Ok(Subject::new(operation, Nowhere))
}

fn read(tree: &mut Tree) -> (Vec<String>, String) {
    let mut tables = Vec::new();
    let _ = visit_relations(tree, |relation: &ObjectName| {
        tables.push(relation.to_string());
        ControlFlow::<()>::Continue(())
    });
    let _ = VisitMut::visit(tree, &mut WithoutLiterals);
    (tables, tree.to_string())
}

struct WithoutLiterals;

impl VisitorMut for WithoutLiterals {
    type Break = ();

    fn pre_visit_value(&mut self, value: &mut ValueWithSpan) -> ControlFlow<()> {
        value.value = Value::Placeholder("?".to_owned());
        ControlFlow::Continue(())
    }
}
