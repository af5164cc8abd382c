use std::borrow::Cow;

use crate::attribute::Value;

/// What must hold of an attribute for a record to count; see [`View::when`](super::View::when).
///
/// A text, a number or a truth is the condition that the attribute equals it. An attribute that isn't
/// there fulfils [`absent`] and [`not`], and nothing else.
///
/// ```
/// use telemetry_core::view::{any_of, counter};
///
/// let view = counter("failed").of_event("stage.stop").when("outcome", any_of(["error", "timeout"]));
/// # drop(view);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Condition(Test);

#[derive(Clone, Debug, PartialEq)]
enum Test {
    Is(Expected),
    Not(Box<Condition>),
    AnyOf(Vec<Condition>),
    Present,
    Absent,
    Above(f64),
    AtLeast(f64),
    Below(f64),
    AtMost(f64),
}

#[derive(Clone, Debug, PartialEq)]
enum Expected {
    Text(Cow<'static, str>),
    Number(f64),
    Truth(bool),
}

/// The attribute is there.
///
/// ```
/// use telemetry_core::view::{counter, present};
///
/// let view = counter("orders.failed").of_span("order.place").when("error.type", present());
/// # drop(view);
/// ```
pub fn present() -> Condition {
    Condition(Test::Present)
}

/// The attribute isn't there.
///
/// ```
/// use telemetry_core::view::{absent, counter};
///
/// let view = counter("orders.anonymous").of_span("order.place").when("user.id", absent());
/// # drop(view);
/// ```
pub fn absent() -> Condition {
    Condition(Test::Absent)
}

/// The condition doesn't hold.
///
/// ```
/// use telemetry_core::view::{counter, not};
///
/// let view = counter("orders.abroad").of_event("order.placed").when("country", not("fr"));
/// # drop(view);
/// ```
pub fn not(condition: impl Into<Condition>) -> Condition {
    Condition(Test::Not(Box::new(condition.into())))
}

/// One of the conditions holds.
///
/// ```
/// use telemetry_core::view::{any_of, counter};
///
/// let view = counter("retried").of_event("stage.stop").when("attempt", any_of([2, 3]));
/// # drop(view);
/// ```
pub fn any_of<C: Into<Condition>>(conditions: impl IntoIterator<Item = C>) -> Condition {
    Condition(Test::AnyOf(conditions.into_iter().map(Into::into).collect()))
}

/// The attribute is a number greater than this. A [`duration`](super#durations) is in seconds.
///
/// ```
/// use telemetry_core::view::{above, counter};
///
/// let view = counter("orders.slow").of_span("order.place").when("duration", above(0.5));
/// # drop(view);
/// ```
pub fn above(limit: impl Into<f64>) -> Condition {
    Condition(Test::Above(limit.into()))
}

/// The attribute is a number of this or more.
///
/// ```
/// use telemetry_core::view::{at_least, counter};
///
/// let view = counter("orders.large").of_event("order.placed").when("lines", at_least(10));
/// # drop(view);
/// ```
pub fn at_least(limit: impl Into<f64>) -> Condition {
    Condition(Test::AtLeast(limit.into()))
}

/// The attribute is a number less than this.
///
/// ```
/// use telemetry_core::view::{below, counter};
///
/// let view = counter("orders.small").of_event("order.placed").when("lines", below(3));
/// # drop(view);
/// ```
pub fn below(limit: impl Into<f64>) -> Condition {
    Condition(Test::Below(limit.into()))
}

/// The attribute is a number of this or less.
///
/// ```
/// use telemetry_core::view::{at_most, counter};
///
/// let view = counter("first_tries").of_event("stage.stop").when("attempt", at_most(1));
/// # drop(view);
/// ```
pub fn at_most(limit: impl Into<f64>) -> Condition {
    Condition(Test::AtMost(limit.into()))
}

impl Condition {
    /// Whether it holds of a value; [`Value::Empty`] is that of an attribute that isn't there.
    pub(super) fn holds(&self, value: Value<'_>) -> bool {
        let number = |test: fn(f64, f64) -> bool, limit: f64| {
            value.as_f64().is_some_and(|value| test(value, limit))
        };
        match &self.0 {
            Test::Is(expected) => expected.equals(value),
            Test::Not(condition) => !condition.holds(value),
            Test::AnyOf(conditions) => conditions.iter().any(|condition| condition.holds(value)),
            Test::Present => value != Value::Empty,
            Test::Absent => value == Value::Empty,
            Test::Above(limit) => number(|value, limit| value > limit, *limit),
            Test::AtLeast(limit) => number(|value, limit| value >= limit, *limit),
            Test::Below(limit) => number(|value, limit| value < limit, *limit),
            Test::AtMost(limit) => number(|value, limit| value <= limit, *limit),
        }
    }

    /// Whether anything could fulfil it; a limit that isn't a number, or a choice of nothing, can't.
    pub(super) fn is_possible(&self) -> bool {
        match &self.0 {
            Test::Above(limit)
            | Test::AtLeast(limit)
            | Test::Below(limit)
            | Test::AtMost(limit) => !limit.is_nan(),
            Test::Is(Expected::Number(number)) => !number.is_nan(),
            Test::Not(condition) => condition.is_possible(),
            Test::AnyOf(all) => !all.is_empty() && all.iter().all(Self::is_possible),
            _ => true,
        }
    }
}

impl Expected {
    fn equals(&self, value: Value<'_>) -> bool {
        match (self, value) {
            (Self::Text(expected), Value::Str(text)) => expected == text,
            (Self::Truth(expected), Value::Bool(truth)) => *expected == truth,
            (Self::Number(expected), value) => value.as_f64() == Some(*expected),
            _ => false,
        }
    }
}

impl From<&'static str> for Condition {
    fn from(text: &'static str) -> Self {
        Self(Test::Is(Expected::Text(Cow::Borrowed(text))))
    }
}

impl From<String> for Condition {
    fn from(text: String) -> Self {
        Self(Test::Is(Expected::Text(Cow::Owned(text))))
    }
}

impl From<bool> for Condition {
    fn from(truth: bool) -> Self {
        Self(Test::Is(Expected::Truth(truth)))
    }
}

impl From<i32> for Condition {
    fn from(number: i32) -> Self {
        Self(Test::Is(Expected::Number(number.into())))
    }
}

impl From<f64> for Condition {
    fn from(number: f64) -> Self {
        Self(Test::Is(Expected::Number(number)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_condition_holds_of_the_values_that_it_names() {
        let text = Value::Str("error");
        for (condition, value, holds) in [
            ("error".into(), text, true),
            ("success".into(), text, false),
            (2.into(), Value::I64(2), true),
            (2.into(), Value::F64(2.0), true),
            (2.into(), Value::Str("2"), false),
            (true.into(), Value::Bool(true), true),
            (at_least(500), Value::I64(500), true),
            (above(500), Value::I64(500), false),
            (below(0.5), Value::F64(0.25), true),
            (at_most(0.25), Value::F64(0.25), true),
            (at_least(0), text, false),
            (present(), text, true),
            (present(), Value::Empty, false),
            (absent(), Value::Empty, true),
            (not("error"), text, false),
            (not("error"), Value::Empty, true),
            (any_of(["error", "timeout"]), text, true),
            (any_of([at_least(500), 429.into()]), Value::I64(429), true),
        ] {
            assert_eq!(Condition::holds(&condition, value), holds, "{condition:?} of {value:?}");
        }
        assert!(!above(f64::NAN).is_possible());
        assert!(!any_of::<Condition>([]).is_possible());
    }
}
