use std::time::Duration;

use telemetry_core::{Pipeline, span};
use telemetry_export::{InitError, Telemetry};

use crate::support::{PATIENCE, Receiver, own_process};

const HERE: &str = "init_starts_telemetry_for_the_program";

#[test]
fn it_is_named_after_the_calling_package_and_says_where_everything_goes() {
    let run = own_process(
        &format!("{HERE}::it_is_named_after_the_calling_package_and_says_where_everything_goes"),
        &[],
        || {
            let telemetry = telemetry_export::init!().unwrap();
            assert!(telemetry.is_enabled());
            span!("global").in_scope(|| ());
        },
    );
    let run = run.finish();
    let version = env!("CARGO_PKG_VERSION");
    let line = format!(
        "telemetry-export {version} (development): spans -> json (stdout); metrics -> prometheus (pull); \
         logs -> json (stdout); sampler parentbased_always_on"
    );
    assert_eq!(run.said(), [line]);
    let lines = run.json();
    assert_eq!(lines[0]["name"], "global");
    assert_eq!(lines[0]["deployment.environment.name"], "development");
    assert_eq!(lines[0]["otel.scope.name"], "telemetry-export");
}

#[test]
fn it_has_metrics_of_itself_and_of_the_process_unless_they_are_switched_off() {
    for switch in ["true", "false"] {
        let run = own_process(
            &format!(
                "{HERE}::it_has_metrics_of_itself_and_of_the_process_unless_they_are_switched_off"
            ),
            &[("TELEMETRY_SELF_METRICS", switch), ("TELEMETRY_CPU_BUDGET", "3%")],
            || {
                let telemetry = telemetry_export::init!().unwrap();
                span!("global").in_scope(|| ());
                let metrics = telemetry.metrics();
                let has = |name: &str| metrics.metric(name).is_some();
                println!(
                    "metrics: {} {} {}",
                    has("otel.sdk.span.started"),
                    has("process.thread.count") || cfg!(not(target_os = "linux")),
                    has("telemetry.detail.step")
                );
            },
        );
        let run = run.finish();
        let expected = format!("metrics: {switch} {switch} true");
        assert!(run.out.contains(&expected), "{}", run.out);
        assert!(run.said()[0].ends_with("; processor budget 3 % of a core"), "{:?}", run.said());
    }
}

#[test]
fn panics_are_captured_and_context_travels_as_the_environment_says() {
    use telemetry_core::propagation::{self, HeaderSet};
    use telemetry_core::{Baggage, Context};

    struct Names(Vec<String>);
    impl HeaderSet for Names {
        fn set_header(&mut self, name: &str, _: &str) {
            self.0.push(name.to_owned());
        }
    }
    let run = own_process(
        &format!("{HERE}::panics_are_captured_and_context_travels_as_the_environment_says"),
        &[("OTEL_PROPAGATORS", "b3,baggage,xray"), ("TELEMETRY_TRACE_ID_HEADER", "x-trace-id")],
        || {
            let builder = telemetry_export::builder!().capture_panics();
            let telemetry = builder.baggage_attributes(["tenant.id"]).init().unwrap();
            let baggage = Baggage::default().with("tenant.id", "acme");
            Context::current().with_baggage(baggage).in_scope(|| {
                let _ = std::panic::catch_unwind(|| {
                    span!("work").in_scope(|| {
                        let mut names = Names(Vec::new());
                        propagation::inject(&Context::current(), &mut names);
                        assert_eq!(names.0, ["b3", "baggage", "x-trace-id"]);
                        panic!("password=hunter2S3cr3t");
                    });
                });
            });
            drop(telemetry);
        },
    );
    let run = run.finish();
    let said = run.said();
    assert_eq!(said.len(), 2, "{said:?}");
    assert!(
        said[0].starts_with("OTEL_PROPAGATORS=xray is not allowed: use tracecontext,"),
        "{said:?}"
    );
    assert!(said[1].ends_with("; propagators b3,baggage,x-trace-id"), "{said:?}");
    let lines = run.json();
    assert_eq!(lines.len(), 2, "{lines:?}");
    let named = |name: &str| lines.iter().find(|line| line["name"] == name).unwrap();
    let (work, exception) = (named("work"), named("exception"));
    assert_eq!(work["telemetry.outcome"], "panicked");
    assert_eq!(exception["exception.message"], "password=***");
    assert_eq!(exception["span_id"], work["span_id"]);
    assert!(lines.iter().all(|line| line["tenant.id"] == "acme"), "{lines:?}");
}

#[test]
fn the_environment_has_the_last_word() {
    let run = own_process(
        &format!("{HERE}::the_environment_has_the_last_word"),
        &[
            ("OTEL_SERVICE_NAME", "named"),
            ("OTEL_RESOURCE_ATTRIBUTES", "service.version=9"),
            ("TELEMETRY_ENVIRONMENT", "staging"),
            ("OTEL_TRACES_SAMPLER", "traceidratio"),
            ("OTEL_TRACES_SAMPLER_ARG", "0"),
            ("OTEL_TRACES_EXPORTER", "otlp,console"),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://me:secret@127.0.0.1:9/base"),
            ("OTEL_LOGS_EXPORTER", "none"),
            ("OTEL_METRICS_EXPORTER", "prometheus,json"),
        ],
        || {
            let telemetry = telemetry_export::builder!()
                .service_name("coded")
                .environment("production")
                .sampler(telemetry_core::Sampler::AlwaysOn)
                .console(telemetry_export::Console::None)
                .init()
                .unwrap();
            span!("left out").in_scope(|| ());
            assert_eq!(telemetry.shutdown(PATIENCE).ledger.spans.sampled_out, 1);
        },
    );
    let run = run.finish();
    let line = "named 9 (staging): spans -> console, otlp http://127.0.0.1:9/base/v1/traces; \
                metrics -> prometheus (pull), json (stdout); logs -> nowhere; sampler traceidratio 0";
    assert_eq!(run.said(), [line]);
}

#[test]
fn a_second_start_is_an_error_and_one_after_a_shutdown_is_not() {
    let run = own_process(
        &format!("{HERE}::a_second_start_is_an_error_and_one_after_a_shutdown_is_not"),
        &[],
        || {
            let first = telemetry_export::init!().unwrap();
            let second = telemetry_export::init!().expect_err("one is running");
            assert!(matches!(second, InitError::AlreadyInstalled(_)));
            assert!(!second.to_string().contains('\n'));
            span!("first").in_scope(|| ());
            assert!(first.shutdown(PATIENCE).complete);
            assert!(Pipeline::current().is_none());
            span!("nobody's").in_scope(|| ());
            let third = telemetry_export::init!().unwrap();
            span!("third").in_scope(|| tracing::info!("bridged again"));
            // Dropped late, the first one does no harm to the third.
            drop(first);
            assert!(Pipeline::current().is_some());
            assert_eq!(third.ledger().spans.ended, 1);
        },
    );
    let run = run.finish();
    assert_eq!(run.said().len(), 2, "{run:?}");
    let names: Vec<_> = run.json().iter().map(|line| line["name"].clone()).collect();
    assert_eq!(names.iter().filter(|name| !name.is_null()).collect::<Vec<_>>(), ["first", "third"]);
}

#[test]
fn disabled_means_no_pipeline_no_thread_and_one_line() {
    let run = own_process(
        &format!("{HERE}::disabled_means_no_pipeline_no_thread_and_one_line"),
        &[("OTEL_SDK_DISABLED", "True"), ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9")],
        || {
            let before = threads();
            let telemetry = telemetry_export::init!().unwrap();
            assert!(!telemetry.is_enabled() && telemetry.pipeline().is_none());
            assert!(Pipeline::current().is_none());
            assert_eq!(threads(), before);
            assert!(!tracing::enabled!(tracing::Level::ERROR));
            span!("nobody's").in_scope(|| tracing::info!("unheard"));
            assert_eq!(telemetry.ledger(), telemetry_core::Ledger::default());
            assert_eq!(telemetry.metrics().points(), 0);
            assert_eq!(telemetry.prometheus().render(None).body, "");
            assert!(telemetry.flush(Duration::ZERO));
            assert!(telemetry.shutdown(Duration::ZERO).complete);
        },
    );
    let run = run.finish();
    assert_eq!(run.said().len(), 1);
    assert!(run.said()[0].ends_with(": disabled by OTEL_SDK_DISABLED"), "{run:?}");
    assert!(run.json().is_empty());
}

/// Threads of this process, where the system tells.
fn threads() -> usize {
    std::fs::read_dir("/proc/self/task").map_or(0, Iterator::count)
}

#[test]
fn wrong_settings_are_warned_of_once_or_refused() {
    let run = own_process(
        &format!("{HERE}::wrong_settings_are_warned_of_once_or_refused"),
        &[
            ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
            ("OTEL_TRACES_SAMPLER", "sometimes"),
            ("OTEL_EXPORTER_OTLP_CERTIFICATE", "/nowhere.pem"),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9"),
            // Nothing to send, so that nothing is said of the receiver that isn't there.
            ("TELEMETRY_SELF_METRICS", "false"),
        ],
        || drop(telemetry_export::init!().unwrap()),
    );
    let run = run.finish();
    let said = run.said();
    assert_eq!(said.len(), 6, "{said:#?}");
    assert_eq!(
        said[0],
        "OTEL_EXPORTER_OTLP_PROTOCOL=grpc is not allowed: use http/protobuf; ignored"
    );
    assert!(said[1].starts_with("OTEL_TRACES_SAMPLER=sometimes is not allowed: use always_on"));
    let certificates = said.iter().filter(|line| line.contains("/nowhere.pem"));
    assert_eq!(certificates.count(), 3, "{said:#?}");

    let start = |variables: &[(&str, &str)]| {
        let builder = Telemetry::builder().variables(variables.iter().copied());
        builder.build().map(drop).map_err(|error| error.to_string())
    };
    assert_eq!(start(&[]), Ok(()));
    assert_eq!(
        start(&[("TELEMETRY_CONSOLE", "loud")]),
        Err("TELEMETRY_CONSOLE=loud is not allowed: use auto, tree, json or none".to_owned())
    );
    let both = [("TELEMETRY_STRICT", "true"), ("OTEL_SDK_DISABLED", "1"), ("TELEMETRY_DEBUG", "2")];
    let text = start(&both).unwrap_err();
    assert_eq!(
        text,
        "TELEMETRY_DEBUG=2 is not allowed: use true or false; OTEL_SDK_DISABLED=1 is not allowed: use true or false"
    );
    let strict = [
        ("TELEMETRY_STRICT", "true"),
        ("OTEL_EXPORTER_OTLP_CERTIFICATE", "/nowhere.pem"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9"),
    ];
    assert!(start(&strict).unwrap_err().contains("/nowhere.pem"));
}

#[test]
fn dropping_delivers_what_is_left_also_within_a_runtime_and_a_panic() {
    let receiver = Receiver::start([]);
    let run = own_process(
        &format!("{HERE}::dropping_delivers_what_is_left_also_within_a_runtime_and_a_panic"),
        &[("OTEL_EXPORTER_OTLP_ENDPOINT", &receiver.url())],
        || {
            for flavour in ["current", "multi", "panic"] {
                let runtime = match flavour {
                    "multi" => tokio::runtime::Builder::new_multi_thread().build(),
                    _ => tokio::runtime::Builder::new_current_thread().build(),
                };
                let task = std::panic::AssertUnwindSafe(|| {
                    runtime.unwrap().block_on(async {
                        let _telemetry = telemetry_export::init!().unwrap();
                        span!("work").in_scope(|| ());
                        assert_ne!(flavour, "panic");
                    });
                });
                let outcome = std::panic::catch_unwind(task);
                assert_eq!(outcome.is_err(), flavour == "panic");
            }
        },
    );
    let run = run.finish();
    assert!(run.success, "{run:?}");
    assert_eq!(receiver.span_count(), 3);
}

#[cfg(unix)]
#[test]
fn sigterm_completes_the_signal_and_nothing_is_lost() {
    ends_in_order("TERM", "sigterm_completes_the_signal_and_nothing_is_lost");
}

/// What a terminal sends for Ctrl-C.
#[cfg(unix)]
#[test]
fn sigint_completes_the_signal_and_nothing_is_lost() {
    ends_in_order("INT", "sigint_completes_the_signal_and_nothing_is_lost");
}

/// Sends `signal` to a process that makes spans until it comes.
#[cfg(unix)]
fn ends_in_order(signal: &str, test: &str) {
    let receiver = Receiver::start([]);
    let url = receiver.url();
    let run = own_process(
        &format!("{HERE}::{test}"),
        &[("OTEL_EXPORTER_OTLP_ENDPOINT", &url), ("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "10")],
        || {
            let runtime =
                tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let telemetry = telemetry_export::init!().unwrap();
                let ended = telemetry.shutdown_signal();
                tokio::pin!(ended);
                let mut tick = tokio::time::interval(Duration::from_millis(10));
                let mut count = 0;
                loop {
                    tokio::select! {
                        () = &mut ended => break,
                        _ = tick.tick() => span!("tick").in_scope(|| count += 1),
                    }
                }
                let report = telemetry.shutdown(PATIENCE);
                assert!(report.complete && report.ledger.balances());
                assert_eq!(report.ledger.sinks[0].spans.exported, count);
                println!("SPANS={count}");
            });
        },
    );
    // The first request shows that the signal is waited for: it has been polled before each tick.
    receiver.wait_for(1);
    let signal = format!("-{signal}");
    let kill = std::process::Command::new("kill").args([&signal, &run.id().to_string()]).status();
    assert!(kill.unwrap().success());
    let run = run.finish();
    assert!(run.success, "{run:?}");
    let count = run.out.lines().find_map(|line| line.split("SPANS=").nth(1)).expect("a count");
    assert_eq!(count.parse::<u64>().unwrap(), receiver.span_count());
}
