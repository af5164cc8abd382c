use super::report::{list_logs, list_metrics, list_spans};
use super::{Capture, CapturedLog, CapturedSpan};

/// Expectations. One that isn't met fails the test where it stands and shows what was captured.
///
/// ```
/// use telemetry_core::testing::Capture;
/// use telemetry_core::{Scope, emit, span};
///
/// static SCOPE: Scope = Scope::new("shop", "1.0.0");
///
/// let capture = Capture::start();
/// capture.run(|| {
///     span!("order.place", "order.id" = 17).in_scope(|| {
///         span!("card.charge").in_scope(|| emit!("card.charged", { cents: 990 }));
///     });
///     capture.pipeline().meter(&SCOPE).counter("shop.orders").build().add(1, &[]);
/// });
///
/// let order = capture.expect_span("order.place");
/// order.expect_root().expect_attribute("order.id", 17).expect_no_error();
/// let charge = capture.expect_span("card.charge");
/// charge.expect_child_of(&order);
/// capture.expect_event("card.charged").expect_in(&charge).expect_attribute("cents", 990);
/// capture.expect_sum("shop.orders", &[], 1.0);
/// capture.expect_no_span("order.cancel");
/// capture.assert_ledger_balances();
/// ```
impl Capture {
    /// The span of this name, of which there is exactly one.
    ///
    /// # Panics
    ///
    /// When there is none, or more than one.
    #[track_caller]
    pub fn expect_span(&self, name: &str) -> CapturedSpan {
        let spans = self.spans();
        let mut found: Vec<&CapturedSpan> = spans.iter().filter(|span| span.name == name).collect();
        let count = found.len();
        match found.pop() {
            Some(span) if count == 1 => span.clone(),
            _ => {
                fail(&format!("{count} spans named {name:?}, captured were:{}", list_spans(&spans)))
            }
        }
    }

    /// That there is no span of this name.
    ///
    /// # Panics
    ///
    /// When there is one.
    #[track_caller]
    pub fn expect_no_span(&self, name: &str) {
        let spans = self.spans();
        if spans.iter().any(|span| span.name == name) {
            fail(&format!("a span named {name:?}, captured were:{}", list_spans(&spans)));
        }
    }

    /// The event of this name, of which there is exactly one.
    ///
    /// # Panics
    ///
    /// When there is none, or more than one.
    #[track_caller]
    pub fn expect_event(&self, name: &str) -> CapturedLog {
        self.expect_one_log(&format!("events named {name:?}"), |log| log.event_name == name)
    }

    /// The log record with this text in its body, of which there is exactly one.
    ///
    /// # Panics
    ///
    /// When there is none, or more than one.
    #[track_caller]
    pub fn expect_log(&self, part: &str) -> CapturedLog {
        self.expect_one_log(&format!("log records with {part:?}"), |log| log.body.contains(part))
    }

    #[track_caller]
    fn expect_one_log(&self, what: &str, is: impl Fn(&CapturedLog) -> bool) -> CapturedLog {
        let logs = self.events();
        let mut found: Vec<&CapturedLog> = logs.iter().filter(|log| is(log)).collect();
        let count = found.len();
        match found.pop() {
            Some(log) if count == 1 => log.clone(),
            _ => fail(&format!("{count} {what}, captured were:{}", list_logs(&logs))),
        }
    }

    /// That the series of a counter, an up-down counter or a gauge that carry these labels sum up to
    /// `expected`. What isn't there is zero.
    ///
    /// # Panics
    ///
    /// When they don't.
    #[track_caller]
    pub fn expect_sum(&self, name: &str, labels: &[(&str, &str)], expected: f64) {
        let metrics = self.metrics();
        let sum = metrics.sum(name, labels);
        // Both are sums of the same few numbers: whole ones are exact, others all but exact.
        if (sum - expected).abs() > expected.abs() * 1e-9 {
            let list = list_metrics(&metrics);
            fail(&format!("{name:?} of {labels:?} is {sum}, not {expected}; metrics are:{list}"));
        }
    }

    /// That the first series of a histogram that carries these labels has `expected` measurements.
    ///
    /// # Panics
    ///
    /// When it hasn't.
    #[track_caller]
    pub fn expect_count(&self, name: &str, labels: &[(&str, &str)], expected: u64) {
        let metrics = self.metrics();
        let count = metrics.histogram(name, labels).map_or(0, |point| point.count());
        if count != expected {
            let list = list_metrics(&metrics);
            fail(&format!(
                "{name:?} of {labels:?} has {count} measurements, not {expected}; metrics are:{list}"
            ));
        }
    }
}

/// Fails the test.
#[expect(clippy::panic, reason = "that is how a test fails")]
#[track_caller]
pub(super) fn fail(message: &str) -> ! {
    panic!("{message}");
}
