use telemetry_core::Value;

use crate::Statement;
use crate::target::Inner;

const SYSTEM: &str = "db.system";
const NAME: &str = "db.name";
const STATEMENT: &str = "db.statement";
const OPERATION: &str = "db.operation";

/// The names of before the stable conventions, with the values that the stable
/// ones have.
pub(super) fn add<'a>(
    attributes: &mut Vec<(&'a str, Value<'a>)>,
    target: &'a Inner,
    statement: &'a Statement,
) {
    attributes.push((SYSTEM, (&*target.system).into()));
    if let Some(namespace) = &target.namespace {
        attributes.push((NAME, (&**namespace).into()));
    }
    if let Some(text) = statement.shown(target.always_sanitized) {
        attributes.push((STATEMENT, text.into()));
    }
    let operation = statement.label().and_then(|(_, name)| name.split(' ').next());
    if let Some(operation) = operation {
        attributes.push((OPERATION, operation.into()));
    }
}
