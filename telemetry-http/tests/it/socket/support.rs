use std::collections::BTreeMap;

use telemetry_core::SpanKind;
use telemetry_core::testing::{Capture, CapturedSpan};

use crate::support::eventually;

pub(crate) const OPEN: &str = "telemetry.socket.connections";

/// Waits until `count` messages have been handled and returns their spans.
pub(crate) async fn messages(capture: &Capture, count: usize) -> Vec<CapturedSpan> {
    ended(capture, count, |span| span.kind == SpanKind::Consumer).await
}

/// Waits until a connection has ended and returns its span; by then none is open.
pub(crate) async fn connection(capture: &Capture) -> CapturedSpan {
    let span = ended(capture, 1, |span| span.name.ends_with(" connection")).await.remove(0);
    assert_eq!(capture.metrics().sum(OPEN, &[]), 0.0);
    span
}

async fn ended(
    capture: &Capture,
    count: usize,
    which: impl Fn(&CapturedSpan) -> bool,
) -> Vec<CapturedSpan> {
    let all = || capture.spans().into_iter().filter(&which).collect::<Vec<_>>();
    eventually("the end of the spans", || all().len() >= count).await;
    let all = all();
    assert_eq!(all.len(), count, "something ended twice: {all:#?}");
    all
}

/// Attributes as text.
pub(crate) fn found(span: &CapturedSpan) -> BTreeMap<String, String> {
    let attributes = span.attributes.iter();
    attributes.map(|(key, value)| (key.clone(), value.to_string())).collect()
}
