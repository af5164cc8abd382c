use telemetry_core::span;

use crate::support::{PATIENCE, Receiver, own_process};

const HERE: &str = "init_bridges_other_facades";

#[test]
fn tracing_is_bridged_at_the_levels_that_were_asked_for() {
    let run = own_process(
        &format!("{HERE}::tracing_is_bridged_at_the_levels_that_were_asked_for"),
        &[("RUST_LOG", "warn,loud=debug")],
        || {
            let telemetry = telemetry_export::init!().unwrap();
            tracing::info_span!(target: "loud", "outer", size = 3).in_scope(|| {
                tracing::debug!(target: "loud", "heard");
                tracing::info!(target: "quiet", "unheard");
                tracing::warn!(target: "quiet", code = 7, "heard too");
            });
            drop(telemetry);
        },
    );
    let run = run.finish();
    assert_eq!(run.said().len(), 1, "{run:?}");
    let lines = run.json();
    let span = lines.iter().find(|line| line["signal"] == "span").unwrap();
    assert_eq!((&span["name"], &span["size"]), (&"outer".into(), &3.into()));
    let bodies: Vec<_> = lines.iter().filter_map(|line| line["body"].as_str()).collect();
    assert_eq!(bodies, ["heard", "heard too"]);
    let log = lines.iter().find(|line| line["body"] == "heard too").unwrap();
    assert_eq!((&log["code"], &log["span_id"]), (&7.into(), &span["span_id"]));
}

#[test]
fn log_is_bridged_at_the_levels_that_were_asked_for_and_our_own_setting_wins() {
    let run = own_process(
        &format!(
            "{HERE}::log_is_bridged_at_the_levels_that_were_asked_for_and_our_own_setting_wins"
        ),
        &[("TELEMETRY_LOG", "warn,loud=debug"), ("RUST_LOG", "off"), ("OTEL_LOG_LEVEL", "off")],
        || {
            let telemetry = telemetry_export::init!().unwrap();
            span!("outer").in_scope(|| {
                log::debug!(target: "loud", size = 3; "heard");
                log::info!(target: "quiet", "unheard");
                tracing::info!(target: "quiet", "unheard");
                tracing::warn!(target: "quiet", "heard by way of tracing");
            });
            assert_eq!(log::max_level(), log::LevelFilter::Debug);
            drop(telemetry);
        },
    );
    let run = run.finish();
    assert_eq!(run.said().len(), 1, "{run:?}");
    let lines = run.json();
    let span = lines.iter().find(|line| line["signal"] == "span").unwrap();
    let bodies: Vec<_> = lines.iter().filter_map(|line| line["body"].as_str()).collect();
    assert_eq!(bodies, ["heard", "heard by way of tracing"]);
    let heard = lines.iter().find(|line| line["body"] == "heard").unwrap();
    assert_eq!((&heard["size"], &heard["otel.scope.name"]), (&3.into(), &"loud".into()));
    assert_eq!(heard["span_id"], span["span_id"]);
}

#[test]
fn what_our_own_client_logs_is_not_sent_or_there_would_be_no_end() {
    let receiver = Receiver::start([]);
    let run = own_process(
        &format!("{HERE}::what_our_own_client_logs_is_not_sent_or_there_would_be_no_end"),
        &[("OTEL_EXPORTER_OTLP_ENDPOINT", &receiver.url()), ("TELEMETRY_LOG", "trace")],
        || {
            let telemetry = telemetry_export::init!().unwrap();
            log::trace!("one");
            for _ in 0..3 {
                assert!(telemetry.flush(PATIENCE));
            }
            assert_eq!(telemetry.ledger().logs.ended, 1);
            drop(telemetry);
        },
    );
    let run = run.finish();
    assert!(run.success, "{run:?}");
    assert_eq!(receiver.logs().len(), 1);
}

#[test]
fn a_logger_of_the_programs_own_stays() {
    struct Own;
    impl log::Log for Own {
        fn enabled(&self, _: &log::Metadata<'_>) -> bool {
            true
        }
        fn log(&self, record: &log::Record<'_>) {
            println!("OWN={}", record.args());
        }
        fn flush(&self) {}
    }
    let run = own_process(&format!("{HERE}::a_logger_of_the_programs_own_stays"), &[], || {
        log::set_logger(&Own).unwrap();
        log::set_max_level(log::LevelFilter::Trace);
        let telemetry = telemetry_export::init!().unwrap();
        log::trace!("kept");
        assert_eq!(telemetry.ledger().logs.ended, 0);
        drop(telemetry);
    });
    let run = run.finish();
    assert!(run.out.contains("OWN=kept"), "{run:?}");
    assert_eq!(run.said().len(), 1, "{run:?}");
}

#[test]
fn a_subscriber_of_the_programs_own_stays_and_is_told_of_the_bridge() {
    let run = own_process(
        &format!("{HERE}::a_subscriber_of_the_programs_own_stays_and_is_told_of_the_bridge"),
        &[],
        || {
            tracing::subscriber::set_global_default(tracing::subscriber::NoSubscriber::new())
                .unwrap();
            drop(telemetry_export::init!().unwrap());
        },
    );
    let run = run.finish();
    let said = run.said();
    assert!(
        said[0].ends_with(
            "tracing has a subscriber already: add telemetry_core::bridge::tracing::layer() to it"
        ),
        "{said:?}"
    );
}
