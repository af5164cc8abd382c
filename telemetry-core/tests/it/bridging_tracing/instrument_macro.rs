use std::fmt;

use telemetry_core::testing::Capture;
use telemetry_core::{Severity, Status, span};
use tracing::{Level, instrument};

use super::{bridged, one};

#[derive(Debug)]
struct OutOfStock;

impl fmt::Display for OutOfStock {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("out of stock")
    }
}

#[instrument(name = "reserve", skip(_secret), fields(kind = "item"), err, ret(level = "debug"))]
fn reserve(count: u32, _secret: &str) -> Result<u32, OutOfStock> {
    span!("native").in_scope(|| ());
    if count > 3 { Err(OutOfStock) } else { Ok(count) }
}

#[instrument(err(level = Level::WARN, Debug))]
async fn reserve_later(count: u32) -> Result<u32, OutOfStock> {
    tokio::task::yield_now().await;
    reserve(count, "planted-secret")
}

#[test]
fn a_function_is_a_span_with_its_arguments_what_it_returns_and_its_error() {
    let (capture, _subscriber) = (Capture::start(), bridged());
    capture.run(|| {
        assert_eq!(reserve(2, "planted-secret").unwrap(), 2);
    });
    let reserved = one(&capture, "reserve");
    assert_eq!(reserved.attribute("count").unwrap(), &2);
    assert_eq!(reserved.attribute("kind").unwrap(), &"item");
    assert_eq!(reserved.status, Status::Unset);
    assert_eq!(one(&capture, "native").parent_span_id, Some(reserved.span_id));
    let returned = capture.events().remove(0);
    assert_eq!((returned.severity, returned.span_id), (Severity::Debug, Some(reserved.span_id)));
    assert_eq!(returned.attribute("return").unwrap(), &"2");
    assert!(!format!("{:?}{:?}", capture.spans(), capture.events()).contains("planted-secret"));
}

#[tokio::test]
async fn an_error_fails_its_span_whatever_level_it_is_logged_at() {
    let (capture, _subscriber) = (Capture::start(), bridged());
    capture.run_async(async { assert!(reserve_later(9).await.is_err()) }).await;
    let later = one(&capture, "reserve_later");
    let reserved = one(&capture, "reserve");
    assert_eq!((&later.status, &reserved.status), (&Status::ERROR, &Status::ERROR));
    assert_eq!(reserved.parent_span_id, Some(later.span_id));
    let events = capture.events();
    let of = |id| events.iter().find(|event| event.span_id == Some(id)).unwrap();
    assert_eq!(of(reserved.span_id).severity, Severity::Error);
    assert_eq!(of(reserved.span_id).attribute("error").unwrap(), &"out of stock");
    assert_eq!(of(later.span_id).severity, Severity::Warn);
    assert_eq!(of(later.span_id).attribute("error").unwrap(), &"OutOfStock");
}

#[test]
fn an_error_that_is_told_with_a_message_or_beneath_a_native_span_fails_nothing() {
    let (capture, _subscriber) = (Capture::start(), bridged());
    capture.run(|| {
        tracing::info_span!("retried").in_scope(|| {
            tracing::error!(error = %OutOfStock, "trying again");
            span!("native").in_scope(|| tracing::error!(error = %OutOfStock));
        });
    });
    assert_eq!(one(&capture, "retried").status, Status::Unset);
    assert_eq!(one(&capture, "native").status, Status::Unset);
    assert_eq!(capture.events().len(), 2);
}
