use telemetry_core::Value;
use telemetry_core::semconv::{db, server};

use super::old_names;
use crate::Statement;
use crate::target::Inner;

/// What a span says of its operation from the start.
pub(super) fn describe<'a>(
    target: &'a Inner,
    statement: &'a Statement,
) -> Vec<(&'a str, Value<'a>)> {
    let mut attributes: Vec<(&str, Value<'_>)> = Vec::with_capacity(10);
    attributes.push((db::SYSTEM_NAME, (&*target.system).into()));
    if let Some(namespace) = &target.namespace {
        attributes.push((db::NAMESPACE, (&**namespace).into()));
    }
    if let Some((key, name)) = statement.label() {
        attributes.push((key, name.into()));
    }
    if let Some(text) = statement.shown(target.always_sanitized) {
        attributes.push((db::QUERY_TEXT, text.into()));
    }
    if target.old_names {
        old_names::add(&mut attributes, target, statement);
    }
    if let Some(address) = &target.address {
        attributes.push((server::ADDRESS, (&**address).into()));
        if let Some(port) = target.port {
            attributes.push((server::PORT, port.into()));
        }
    }
    attributes
}
