use std::collections::BTreeMap;

use super::expect::fail;
use super::report::{list_attributes, one_log, one_span};
use super::{CapturedLog, CapturedSpan, OwnedValue};
use crate::attribute::Value;
use crate::semconv;

/// Expectations; each gives the span back for the next one.
impl CapturedSpan {
    /// That it has this attribute.
    ///
    /// # Panics
    ///
    /// When it hasn't, or has another value.
    #[track_caller]
    pub fn expect_attribute<'v>(&self, key: &str, value: impl Into<Value<'v>>) -> &Self {
        expect_attribute(&self.attributes, key, value.into(), || one_span(self));
        self
    }

    /// That it has no attribute of this key.
    ///
    /// # Panics
    ///
    /// When it has one.
    #[track_caller]
    pub fn expect_no_attribute(&self, key: &str) -> &Self {
        expect_no_attribute(&self.attributes, key, || one_span(self));
        self
    }

    /// That it has no parent.
    ///
    /// # Panics
    ///
    /// When it has one.
    #[track_caller]
    pub fn expect_root(&self) -> &Self {
        if let Some(parent) = self.parent_span_id {
            fail(&format!("{} is no root, its parent is {parent}", one_span(self)));
        }
        self
    }

    /// That `parent` is the span right above it.
    ///
    /// # Panics
    ///
    /// When it isn't.
    #[track_caller]
    pub fn expect_child_of(&self, parent: &Self) -> &Self {
        if self.parent_span_id != Some(parent.span_id) || self.trace_id != parent.trace_id {
            let is = match self.parent_span_id {
                Some(id) => format!("its parent is {id} of trace {}", self.trace_id),
                None => "it has no parent".to_owned(),
            };
            fail(&format!("{} is no child of {}: {is}", one_span(self), one_span(parent)));
        }
        self
    }

    /// That it failed with this `error.type`.
    ///
    /// # Panics
    ///
    /// When it didn't, or with another.
    #[track_caller]
    pub fn expect_error(&self, error_type: &str) -> &Self {
        if !self.status.is_error() {
            fail(&format!("{} has no error", one_span(self)));
        }
        self.expect_attribute(semconv::error::TYPE, error_type)
    }

    /// That it didn't fail.
    ///
    /// # Panics
    ///
    /// When it did.
    #[track_caller]
    pub fn expect_no_error(&self) -> &Self {
        if self.status.is_error() {
            fail(&format!("{} has failed", one_span(self)));
        }
        self.expect_no_attribute(semconv::error::TYPE)
    }

    /// That it ended with this `telemetry.outcome`.
    ///
    /// # Panics
    ///
    /// When it didn't.
    #[track_caller]
    pub fn expect_outcome(&self, outcome: &str) -> &Self {
        self.expect_attribute(semconv::telemetry::OUTCOME, outcome)
    }
}

/// Expectations; each gives the record back for the next one.
impl CapturedLog {
    /// That it has this attribute.
    ///
    /// # Panics
    ///
    /// When it hasn't, or has another value.
    #[track_caller]
    pub fn expect_attribute<'v>(&self, key: &str, value: impl Into<Value<'v>>) -> &Self {
        expect_attribute(&self.attributes, key, value.into(), || one_log(self));
        self
    }

    /// That it has no attribute of this key.
    ///
    /// # Panics
    ///
    /// When it has one.
    #[track_caller]
    pub fn expect_no_attribute(&self, key: &str) -> &Self {
        expect_no_attribute(&self.attributes, key, || one_log(self));
        self
    }

    /// That it belongs to `span`.
    ///
    /// # Panics
    ///
    /// When it belongs to another, or to none.
    #[track_caller]
    pub fn expect_in(&self, span: &CapturedSpan) -> &Self {
        if self.span_id != Some(span.span_id) || self.trace_id != Some(span.trace_id) {
            let is = match self.span_id {
                Some(id) => format!("it belongs to {id}"),
                None => "it belongs to none".to_owned(),
            };
            fail(&format!("{} isn't in {}: {is}", one_log(self), one_span(span)));
        }
        self
    }
}

#[track_caller]
fn expect_attribute(
    attributes: &BTreeMap<String, OwnedValue>,
    key: &str,
    value: Value<'_>,
    what: impl FnOnce() -> String,
) {
    let expected = OwnedValue::from(value);
    match attributes.get(key) {
        Some(found) if *found == expected => {}
        Some(found) => fail(&format!("{}: {key:?} is {found:?}, not {expected:?}", what())),
        None => fail(&format!(
            "{} has no {key:?}, its attributes are:{}",
            what(),
            list_attributes(attributes)
        )),
    }
}

#[track_caller]
fn expect_no_attribute(
    attributes: &BTreeMap<String, OwnedValue>,
    key: &str,
    what: impl FnOnce() -> String,
) {
    if let Some(found) = attributes.get(key) {
        fail(&format!("{} has {key:?}, it is {found:?}", what()));
    }
}
