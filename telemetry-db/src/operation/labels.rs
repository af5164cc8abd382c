use telemetry_core::Value;
use telemetry_core::semconv::{db, error, server};

use super::active::Failure;
use crate::target::Inner;
use crate::{Statement, names};

/// The attributes of an operation's metrics, in an array of their own so that
/// recording allocates nothing.
pub(crate) struct Labels<'a> {
    labels: [(&'static str, Value<'a>); 7],
    length: usize,
}

impl<'a> Labels<'a> {
    pub(super) fn of(
        target: &'a Inner,
        statement: &'a Statement,
        failure: Option<&'a Failure>,
    ) -> Self {
        let mut labels = Labels { labels: [("", Value::Bool(false)); 7], length: 0 };
        labels.push(db::SYSTEM_NAME, Some(&*target.system));
        labels.push(db::NAMESPACE, target.namespace.as_deref());
        if let Some((key, name)) = statement.label() {
            labels.push(key, Some(name));
        }
        labels.push(server::ADDRESS, target.address.as_deref());
        labels.push(server::PORT, target.port.filter(|_| target.address.is_some()));
        labels.push(error::TYPE, failure.map(|failure| &*failure.error_type));
        labels.push(
            db::RESPONSE_STATUS_CODE,
            failure.filter(|failure| failure.is_code).map(|failure| &*failure.error_type),
        );
        labels
    }

    /// Those of the counter of keys and fields that were asked for.
    pub(crate) fn of_lookup(target: &'a Inner, prefix: &'a str, hit: bool) -> Self {
        let mut labels = Labels { labels: [("", Value::Bool(false)); 7], length: 0 };
        labels.push(db::SYSTEM_NAME, Some(&*target.system));
        labels.push(db::NAMESPACE, target.namespace.as_deref());
        labels.push(names::KEY_PREFIX, Some(prefix));
        labels.push(names::LOOKUP_RESULT, Some(if hit { "hit" } else { "miss" }));
        labels.push(server::ADDRESS, target.address.as_deref());
        labels.push(server::PORT, target.port.filter(|_| target.address.is_some()));
        labels
    }

    pub(crate) fn as_slice(&self) -> &[(&'static str, Value<'a>)] {
        self.labels.get(..self.length).unwrap_or_default()
    }

    fn push(&mut self, key: &'static str, value: Option<impl Into<Value<'a>>>) {
        if let Some(value) = value
            && let Some(label) = self.labels.get_mut(self.length)
        {
            *label = (key, value.into());
            self.length += 1;
        }
    }
}
