use telemetry_core::SpanBuilder;

use crate::Statement;
use crate::target::Inner;

const SYSTEM: &str = "db.system";
const NAME: &str = "db.name";
const STATEMENT: &str = "db.statement";
const OPERATION: &str = "db.operation";

/// The names of before the stable conventions, with the values that the stable
/// ones have.
#[cold]
pub(super) fn on(mut span: SpanBuilder, target: &Inner, statement: &Statement) -> SpanBuilder {
    span = span.attribute(SYSTEM, &*target.system);
    if let Some(namespace) = &target.namespace {
        span = span.attribute(NAME, &**namespace);
    }
    if let Some(text) = statement.shown(target.always_sanitized) {
        span = span.attribute(STATEMENT, text);
    }
    let operation = statement.label().and_then(|(_, name)| name.split(' ').next());
    if let Some(operation) = operation {
        span = span.attribute(OPERATION, operation);
    }
    span
}
