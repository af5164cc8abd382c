//! What a counter of orders is counted by: three attributes.

use std::hint::black_box;

use opentelemetry::KeyValue;
use telemetry_core::Value;

use crate::case::Subject;
use crate::destination::Nowhere;
use crate::failure::Failure;

/// The counter that every operation raises by one.
pub(super) const COUNTER: &str = "shop.orders";

/// Three texts of the program, so that no side has to copy one to remember it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Labels {
    pub(super) method: &'static str,
    pub(super) route: &'static str,
    pub(super) outcome: &'static str,
}

impl Labels {
    /// Four series, to be taken in turn.
    pub(super) const SERIES: [Self; 4] = [
        Self { method: "GET", route: "/orders/{id}", outcome: "ok" },
        Self { method: "GET", route: "/orders/{id}", outcome: "not_found" },
        Self { method: "POST", route: "/orders", outcome: "ok" },
        Self { method: "POST", route: "/orders", outcome: "rejected" },
    ];

    pub(super) const METHOD: &str = "http.request.method";
    pub(super) const ROUTE: &str = "http.route";
    pub(super) const OUTCOME: &str = "order.outcome";

    /// The series whose turn it is.
    pub(super) fn at(turn: u64) -> &'static Self {
        black_box(&Self::SERIES[(turn % 4) as usize])
    }

    /// For our side.
    pub(super) fn values(&self) -> [(&'static str, Value<'static>); 3] {
        [
            (Self::METHOD, self.method.into()),
            (Self::ROUTE, self.route.into()),
            (Self::OUTCOME, self.outcome.into()),
        ]
    }

    /// For `opentelemetry`.
    pub(super) fn pairs(&self) -> [KeyValue; 3] {
        [
            KeyValue::new(Self::METHOD, self.method),
            KeyValue::new(Self::ROUTE, self.route),
            KeyValue::new(Self::OUTCOME, self.outcome),
        ]
    }
}

/// An operation that is counted by nobody.
pub(super) fn bare() -> Result<Subject, Failure> {
    let operation = |_| {
        black_box(1_u64);
    };
    Ok(Subject::new(operation, Nowhere))
}
