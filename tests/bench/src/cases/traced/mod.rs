//! A request traced as a root and two children, by each library in its own words. With six attributes
//! each: texts of the code, texts made at run time, integers and a boolean.

pub(super) mod fastrace;
pub(super) mod native;
pub(super) mod sdk;
pub(super) mod tracing;

mod request;

pub(super) use request::Request;

use std::hint::black_box;

use crate::case::Subject;
use crate::destination::Nowhere;
use crate::failure::Failure;
use crate::tally::Shape;

/// What a request leaves behind.
pub(super) const SIX_ATTRIBUTES: Shape = Shape::spans(3, 6);
/// What one without attributes leaves behind.
pub(super) const NO_ATTRIBUTES: Shape = Shape::spans(3, 0);

/// The request without telemetry.
pub(super) fn bare() -> Result<Subject, Failure> {
    let requests = Request::several();
    let operation = move |turn| {
        black_box(Request::at(&requests, turn));
    };
    Ok(Subject::new(operation, Nowhere))
}
