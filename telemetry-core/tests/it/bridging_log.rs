//! The bridge from `log`.

use std::cell::Cell;
use std::fmt;
use std::sync::{Arc, OnceLock};

use log::Log;
use telemetry_core::bridge::log::Logger;
use telemetry_core::bridge::{self, Directives};
use telemetry_core::testing::Capture;
use telemetry_core::{Batch, Pipeline, Receipt, Severity, Signal, Sink, span};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;

fn logger(directives: &str) -> Logger {
    // The program's; the macros look at it whatever logger they are given.
    log::set_max_level(log::LevelFilter::Trace);
    Logger::new(directives.parse().unwrap())
}

#[test]
fn a_record_belongs_to_the_span_that_is_current_native_or_not() {
    let capture = Capture::start();
    let info = logger("info");
    let _subscriber = tracing_subscriber::registry().with(bridge::tracing::layer()).set_default();
    capture.run(|| {
        log::warn!(logger: info, "outside {}", 7);
        span!("native").in_scope(|| log::error!(logger: info, target: "shop", "in native"));
        tracing::info_span!("bridged").in_scope(|| log::info!(logger: info, "in bridged"));
    });
    let events = capture.events();
    assert_eq!(events.len(), 3, "{events:#?}");
    let with = |body: &str| events.iter().find(|event| event.body == body).unwrap();
    let outside = with("outside 7");
    assert_eq!(
        (outside.severity, outside.span_id, outside.scope),
        (Severity::Warn, None, module_path!())
    );
    let native = capture.spans_named("native").remove(0);
    let within = with("in native");
    assert_eq!((within.span_id, within.trace_id), (Some(native.span_id), Some(native.trace_id)));
    assert_eq!((within.scope, within.severity), ("shop", Severity::Error));
    assert_eq!(with("in bridged").span_id, Some(capture.spans_named("bridged")[0].span_id));
    assert_eq!(events.len(), 3);
    capture.assert_ledger_balances();
}

#[test]
fn key_values_are_attributes_of_their_type() {
    let capture = Capture::start();
    let info = logger("info");
    capture.run(|| {
        log::info!(
            logger: info,
            lines = 3, big = u64::MAX, huge = 7_u128, total = 1.5, paid = true, country = "fr",
            id:? = Some(1), shown:% = 9;
            "order placed"
        );
    });
    let event = capture.events().remove(0);
    assert_eq!(event.attribute("lines").unwrap(), &3);
    assert_eq!(event.attribute("big").unwrap(), &(u64::MAX as f64));
    assert_eq!(event.attribute("huge").unwrap(), &7);
    assert_eq!(event.attribute("total").unwrap(), &1.5);
    assert_eq!(event.attribute("paid").unwrap(), &true);
    assert_eq!(event.attribute("country").unwrap(), &"fr");
    assert_eq!(event.attribute("id").unwrap(), &"Some(1)");
    assert_eq!(event.attribute("shown").unwrap(), &"9");
}

#[test]
fn directives_decide_what_comes_through() {
    let capture = Capture::start();
    let logger = logger("warn,shop=debug,shop::cart=off");
    capture.run(|| {
        log::info!(logger: logger, target: "elsewhere", "too little");
        log::warn!(logger: logger, target: "elsewhere", "enough");
        log::debug!(logger: logger, target: "shop::orders", "enough");
        log::trace!(logger: logger, target: "shop::orders", "too little");
        log::error!(logger: logger, target: "shop::cart", "off");
        assert!(!logger.enabled(&log::Metadata::builder().target("shop::cart").build()));
    });
    log::error!(logger: logger, target: "shop", "without a pipeline");
    assert!(capture.events().iter().all(|event| event.body == "enough"));
    assert_eq!(capture.events().len(), 2);
}

#[test]
fn the_queries_that_sqlx_logs_are_left_out() {
    let capture = Capture::start();
    let info = logger("info");
    capture.run(|| {
        let statement = "SELECT 'planted-secret' FROM users";
        log::warn!(
            logger: info, target: "sqlx::query",
            "db.statement" = statement, summary = statement, rows = 2;
            "slow statement: {statement}"
        );
    });
    let events = capture.events();
    assert_eq!(events[0].attribute("rows").unwrap(), &2);
    assert_eq!(events[0].body, "[query withheld]");
    assert!(!format!("{events:?}").contains("planted-secret"));
}

struct Panics;

impl fmt::Display for Panics {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        assert!(out.alternate(), "planted");
        Ok(())
    }
}

/// Logs itself whenever it is written.
struct LogsItself<'a>(&'a Logger, &'a Cell<usize>);

impl fmt::Display for LogsItself<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.1.set(self.1.get() + 1);
        assert!(self.1.get() < 100, "there is no end to it");
        let this: &dyn fmt::Display = self;
        log::info!(logger: self.0, "while {this} is written");
        out.write_str("written")
    }
}

#[test]
fn values_that_panic_or_log_themselves_or_have_no_end_do_no_harm() {
    let (capture, logger, written) = (Capture::start(), logger("trace"), Cell::new(0));
    capture.run(|| {
        log::info!(logger: logger, bad:% = Panics, good = 1; "message of {Panics}");
        log::info!(logger: logger, "{}", LogsItself(&logger, &written));
        log::info!(logger: logger, long = &*"é".repeat(50_000); "{}", "é".repeat(50_000));
    });
    let events = capture.events();
    let first = events.iter().find(|event| event.body.starts_with("message of")).unwrap();
    assert_eq!(first.body, "message of [panicked]");
    assert_eq!(first.attribute("good").unwrap(), &1);
    assert_eq!(first.attribute("bad").unwrap(), &"[panicked]");
    assert!(events.iter().any(|event| event.body == "written"));
    assert!(written.get() < 5);
    let long = events.last().unwrap();
    assert!(long.body.len() <= 8 * 1024 && long.body.len() > 1_000);
    assert_eq!(long.attribute("long").unwrap().to_string().len(), 8 * 1024);
    capture.assert_ledger_balances();
}

/// Hands each event to a logger as well, as `tracing` does with its feature `log-always`.
struct LogAlways(Logger);

impl<S: tracing::Subscriber> Layer<S> for LogAlways {
    fn on_event(&self, event: &tracing::Event<'_>, _: Context<'_, S>) {
        let metadata = event.metadata();
        let record = log::Record::builder()
            .file(metadata.file())
            .line(metadata.line())
            .target(metadata.target())
            .level(log::Level::Info)
            .args(format_args!("the same event"))
            .build();
        self.0.log(&record);
    }
}

#[test]
fn an_event_that_tracing_hands_to_log_as_well_is_one_record() {
    let capture = Capture::start();
    let info = logger("info");
    let layers = tracing_subscriber::registry()
        .with(bridge::tracing::layer())
        .with(LogAlways(logger("info")));
    let _subscriber = layers.set_default();
    capture.run(|| {
        for _ in 0..3 {
            tracing::info!("event");
            log::info!(logger: info, "record");
        }
    });
    let bodies: Vec<_> = capture.events().into_iter().map(|event| event.body).collect();
    assert_eq!(bodies, ["event", "record", "event", "record", "event", "record"]);
}

#[test]
fn a_logger_that_is_set_stays_and_records_that_tracing_log_brings_are_one_each() {
    let capture = Capture::start();
    let _subscriber = tracing_subscriber::registry().with(bridge::tracing::layer()).set_default();
    // One logger per process: whichever test comes first sets it.
    let _ = tracing_log::LogTracer::init();
    let refused = Logger::new(Directives::new(Some(Severity::Info))).install();
    assert!(refused.is_err());
    capture.run(|| log::info!(target: "shop::cart", "by way of tracing"));
    let events = capture.events();
    assert_eq!(events.len(), 1);
    assert_eq!((events[0].scope, &*events[0].body), ("shop::cart", "by way of tracing"));
}

/// A sink whose client logs each request, by either facade.
struct Chatty {
    context: Arc<OnceLock<telemetry_core::Context>>,
    dispatch: tracing::Dispatch,
}

impl Sink for Chatty {
    fn name(&self) -> &'static str {
        "chatty"
    }

    fn accepts(&self, _: Signal) -> bool {
        true
    }

    fn export(&mut self, batch: &Arc<Batch>) -> Receipt {
        let talk = || {
            log::info!(logger: logger("info"), "sending");
            tracing::info_span!("send").in_scope(|| tracing::info!("sending"));
        };
        let context = self.context.get().unwrap();
        tracing::dispatcher::with_default(&self.dispatch, || context.in_scope(talk));
        Receipt::exported(batch)
    }
}

#[test]
fn what_a_sink_logs_is_not_recorded_or_it_would_send_for_ever() {
    let subscriber = tracing_subscriber::registry().with(bridge::tracing::layer());
    let dispatch = tracing::Dispatch::new(subscriber);
    let context = Arc::<OnceLock<_>>::default();
    let sink = Chatty { context: Arc::clone(&context), dispatch: dispatch.clone() };
    let capture = Capture::with(Pipeline::builder().sink(Box::new(sink)));
    context.set(capture.pipeline().context()).unwrap();
    let info = logger("info");
    tracing::dispatcher::with_default(&dispatch, || {
        capture.run(|| {
            log::info!(logger: info, "heard");
            tracing::info_span!("work").in_scope(|| tracing::info!("heard"));
        });
    });
    // A record of the sink's own would be there after the flush that it was made in.
    capture.flush();
    capture.flush();
    assert_eq!((capture.spans().len(), capture.events().len()), (1, 2));
    assert_eq!((capture.ledger().spans.ended, capture.ledger().logs.ended), (1, 2));
}
