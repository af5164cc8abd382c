mod own;

use proptest::prelude::*;
use telemetry_core::propagation::{Propagator, Propagators};
use telemetry_core::{Limits, Ratio, Sampler, Tail};

use super::*;

fn read(variables: &[(&str, &str)]) -> (Config, Problems) {
    read_with(variables, &Settings::default())
}

fn read_with(variables: &[(&str, &str)], settings: &Settings) -> (Config, Problems) {
    let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Config::read(&Variables::of(variables), settings)
}

/// The problems as texts, errors marked.
fn problems(variables: &[(&str, &str)]) -> Vec<String> {
    let found = read(variables).1;
    let errors = found.errors.iter().map(|error| format!("error: {error}"));
    errors.chain(found.warnings.iter().map(ToString::to_string)).collect()
}

fn attribute<'a>(config: &'a Config, key: &str) -> Option<&'a str> {
    match config.resource.attribute(key) {
        Some(telemetry_core::Value::Str(text)) => Some(text),
        _ => None,
    }
}

#[test]
fn nothing_set_means_json_lines_without_a_terminal_and_a_console_with_one() {
    let (config, found) = read(&[]);
    assert!(found.errors.is_empty() && found.warnings.is_empty());
    let json = Exporters { json: true, ..Exporters::default() };
    assert_eq!((config.spans, config.logs), (json, json));
    assert_eq!(config.metrics, Exporters::default());
    assert_eq!(config.sampler, Sampler::default());
    let terminal = Settings { terminal: true, ..Settings::default() };
    let console = Exporters { console: true, ..Exporters::default() };
    assert_eq!(read_with(&[], &terminal).0.spans, console);
}

#[test]
fn an_endpoint_turns_otlp_on_for_the_signals_it_is_of() {
    let (config, _) = read(&[("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:4318")]);
    for exporters in [config.spans, config.logs, config.metrics] {
        let otlp = Exporters { otlp: true, ..Exporters::default() };
        assert_eq!(exporters, otlp);
    }
    let (config, _) = read(&[("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://collector/x")]);
    assert!(config.spans.otlp && !config.logs.otlp && !config.metrics.otlp);
    let target = config.otlp.target(OtlpSignal::Traces).unwrap();
    assert_eq!(target.endpoint.to_string(), "http://collector/x");
    // Asked for without an endpoint: the specification's default.
    let (config, _) = read(&[("OTEL_LOGS_EXPORTER", "otlp")]);
    let target = config.otlp.target(OtlpSignal::Logs).unwrap();
    assert_eq!(target.endpoint.to_string(), "http://localhost:4318/v1/logs");
}

#[test]
fn exporters_are_what_the_lists_say() {
    for (variable, value, expected, problems) in [
        ("OTEL_TRACES_EXPORTER", "none", "", 0),
        ("OTEL_TRACES_EXPORTER", "Console, JSON", "console json", 0),
        ("OTEL_TRACES_EXPORTER", "otlp,zipkin", "otlp", 1),
        // Nothing that is known: as if unset.
        ("OTEL_TRACES_EXPORTER", "zipkin", "json", 1),
        ("OTEL_TRACES_EXPORTER", "prometheus", "json", 1),
        ("OTEL_TRACES_EXPORTER", "file", "json", 1),
        ("OTEL_LOGS_EXPORTER", "json,json", "json", 0),
        ("OTEL_METRICS_EXPORTER", "prometheus", "", 0),
        ("OTEL_METRICS_EXPORTER", "prometheus,otlp", "otlp", 0),
        ("TELEMETRY_CONSOLE", "tree", "console", 0),
        ("TELEMETRY_CONSOLE", "none", "", 0),
        ("TELEMETRY_FILE", "/tmp/t.jsonl", "file", 0),
    ] {
        let (config, found) = read(&[(variable, value)]);
        let exporters = match variable {
            "OTEL_LOGS_EXPORTER" => config.logs,
            "OTEL_METRICS_EXPORTER" => config.metrics,
            _ => config.spans,
        };
        let on = [
            ("console", exporters.console),
            ("json", exporters.json),
            ("file", exporters.file),
            ("otlp", exporters.otlp),
        ];
        let names: Vec<_> = on.iter().filter(|(_, on)| *on).map(|(name, _)| *name).collect();
        assert_eq!(names.join(" "), expected, "{variable}={value}");
        assert_eq!(found.warnings.len(), problems, "{variable}={value}");
        assert!(found.errors.is_empty());
    }
}

#[test]
fn the_sampler_is_the_environments_then_the_codes() {
    let ratio = |ratio| Sampler::TraceIdRatio(Ratio::new(ratio).unwrap());
    let with_parent = |root| Sampler::ParentBased(Box::new(root));
    for (name, argument, sampler) in [
        ("always_on", "", Sampler::AlwaysOn),
        ("always_off", "0.5", Sampler::AlwaysOff),
        ("traceidratio", "0.1", ratio(0.1)),
        ("TraceIdRatio", "", Sampler::AlwaysOn),
        ("traceidratio", "2", Sampler::AlwaysOn),
        ("parentbased_traceidratio", "0.25", with_parent(ratio(0.25))),
        ("parentbased_always_off", "", with_parent(Sampler::AlwaysOff)),
        ("xray", "", Sampler::default()),
    ] {
        let variables = [("OTEL_TRACES_SAMPLER", name), ("OTEL_TRACES_SAMPLER_ARG", argument)];
        assert_eq!(read(&variables).0.sampler, sampler, "{name} {argument}");
    }
    let settings = Settings { sampler: Some(Sampler::AlwaysOff), ..Settings::default() };
    assert_eq!(read_with(&[], &settings).0.sampler, Sampler::AlwaysOff);
    let (config, _) = read_with(&[("OTEL_TRACES_SAMPLER", "always_on")], &settings);
    assert_eq!(config.sampler, Sampler::AlwaysOn);
    assert_eq!(sampler_name(&with_parent(ratio(0.1))), "parentbased_traceidratio 0.1");
}

#[test]
fn the_service_is_named_by_the_environment_then_the_code() {
    let settings = Settings {
        service_name: Some("package".to_owned()),
        service_version: Some("1.0.0".to_owned()),
        debug_build: true,
        ..Settings::default()
    };
    let (config, _) = read_with(&[], &settings);
    assert_eq!(attribute(&config, "service.name"), Some("package"));
    assert_eq!(attribute(&config, "service.version"), Some("1.0.0"));
    assert_eq!(attribute(&config, "deployment.environment.name"), Some("development"));
    let listed = "service.name=listed,team=a%20b,deployment.environment.name=staging";
    let variables = [("OTEL_RESOURCE_ATTRIBUTES", listed), ("TELEMETRY_ENVIRONMENT", "test")];
    let (config, _) = read_with(&variables, &settings);
    assert_eq!(attribute(&config, "service.name"), Some("listed"));
    assert_eq!(attribute(&config, "team"), Some("a b"));
    assert_eq!(attribute(&config, "deployment.environment.name"), Some("staging"));
    let variables = [("OTEL_RESOURCE_ATTRIBUTES", listed), ("OTEL_SERVICE_NAME", "named")];
    let (config, _) = read_with(&variables, &settings);
    assert_eq!(attribute(&config, "service.name"), Some("named"));
    let (config, _) = read(&[("TELEMETRY_ENVIRONMENT", "test")]);
    assert_eq!(attribute(&config, "service.name"), Some("unknown_service"));
    assert_eq!(attribute(&config, "deployment.environment.name"), Some("test"));
    // A release build that nothing is said about.
    assert_eq!(attribute(&read(&[]).0, "deployment.environment.name"), None);
}

#[test]
fn otlp_settings_of_a_signal_win_over_those_of_all() {
    let (config, found) = read(&[
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://all:4318"),
        ("OTEL_EXPORTER_OTLP_LOGS_ENDPOINT", "http://logs/in"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "x-team=all, authorization=Bearer%20abc"),
        ("OTEL_EXPORTER_OTLP_LOGS_HEADERS", "x-team=logs"),
        ("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip"),
        ("OTEL_EXPORTER_OTLP_LOGS_COMPRESSION", "none"),
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "2500"),
        ("OTEL_EXPORTER_OTLP_LOGS_TIMEOUT", "0"),
        ("OTEL_BSP_SCHEDULE_DELAY", "250"),
        ("OTEL_BLRP_MAX_EXPORT_BATCH_SIZE", "100"),
        ("OTEL_METRIC_EXPORT_INTERVAL", "1000"),
        ("OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE", "Delta"),
    ]);
    assert!(found.warnings.is_empty(), "{found:?}");
    let route = |signal| config.otlp.routes.iter().find(|route| route.signal == signal).unwrap();
    let (spans, logs) = (route(OtlpSignal::Traces), route(OtlpSignal::Logs));
    let (span_batching, log_batching) = (spans.batching, logs.batching);
    let (spans, logs) = (&spans.target, &logs.target);
    assert_eq!(spans.endpoint.to_string(), "http://all:4318/v1/traces");
    assert_eq!(logs.endpoint.to_string(), "http://logs/in");
    let header = |target: &Target, name: &str| {
        let found = target.headers.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.to_str().unwrap().to_owned())
    };
    assert_eq!(header(spans, "x-team").unwrap(), "all");
    assert_eq!(header(spans, "authorization").unwrap(), "Bearer abc");
    assert_eq!(header(logs, "x-team").unwrap(), "logs");
    assert_eq!(header(logs, "authorization"), None);
    assert_eq!((spans.gzip, logs.gzip), (true, false));
    assert_eq!(spans.timeout, Duration::from_millis(2500));
    assert!(logs.timeout > Duration::from_secs(24 * 3600));
    assert_eq!(span_batching.delay, Duration::from_millis(250));
    assert_eq!((span_batching.records, log_batching.records), (512, 100));
    assert_eq!(log_batching.delay, Duration::from_secs(1));
    assert_eq!(config.metrics_interval, Duration::from_secs(1));
    assert_eq!(config.otlp.temporality, Temporality::Delta);
}

#[test]
fn an_invalid_value_of_the_specifications_settings_is_warned_of_once_and_ignored() {
    for (variable, value, allowed) in [
        ("OTEL_SDK_DISABLED", "yes", "use true or false"),
        (
            "OTEL_TRACES_SAMPLER",
            "sometimes",
            "use always_on, always_off, traceidratio, parentbased_always_on, parentbased_always_off or parentbased_traceidratio",
        ),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc", "use http/protobuf"),
        ("OTEL_EXPORTER_OTLP_COMPRESSION", "zstd", "use none or gzip"),
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "10s", "use a whole number of milliseconds"),
        ("OTEL_BSP_SCHEDULE_DELAY", "-1", "use a whole number of milliseconds"),
        ("OTEL_BSP_MAX_QUEUE_SIZE", "0", "use a whole number above zero"),
        ("OTEL_RESOURCE_ATTRIBUTES", "a", "use key=value, percent-encoded, several with commas"),
        (
            "OTEL_METRICS_EXPORTER",
            "statsd",
            "use otlp, prometheus, console, json, file or none, or several with commas",
        ),
        (
            "OTEL_PROPAGATORS",
            "xray",
            "use tracecontext, baggage, b3, b3multi or jaeger, several with commas, or none alone",
        ),
        ("OTEL_SEMCONV_EXCEPTION_SIGNAL_OPT_IN", "spans", "use logs or logs/dup"),
        ("OTEL_SPAN_EVENT_COUNT_LIMIT", "-1", "use a whole number"),
        ("OTEL_ATTRIBUTE_COUNT_LIMIT", "many", "use a whole number"),
        ("OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT", "1e3", "use a whole number"),
        ("OTEL_CONFIG_FILE", "otel.yaml", "there is no configuration by file yet"),
        (
            "OTEL_EXPORTER_PROMETHEUS_PORT",
            "9464",
            "metrics are served on the program's own port, see Telemetry::metrics_route",
        ),
        ("OTEL_METRICS_EXEMPLAR_FILTER", "sometimes", "use trace_based, always_on or always_off"),
    ] {
        let expected = format!("{variable}={value} is not allowed: {allowed}");
        assert_eq!(problems(&[(variable, value)]), [expected]);
        let strict = problems(&[(variable, value), ("TELEMETRY_STRICT", "true")]);
        assert!(strict[0].starts_with("error: "), "{strict:?}");
    }
    let sizes = [("OTEL_BSP_MAX_QUEUE_SIZE", "10"), ("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "20")];
    assert_eq!(
        problems(&sizes),
        [
            "OTEL_BSP_MAX_EXPORT_BATCH_SIZE=20 is not allowed: use no more than OTEL_BSP_MAX_QUEUE_SIZE, 10"
        ]
    );
    assert!(problems(&[("OTEL_PROPAGATORS", "baggage, TraceContext")]).is_empty());
    assert!(problems(&[("OTEL_SDK_DISABLED", " ")]).is_empty());
}

#[test]
fn propagators_are_those_that_are_named_and_known() {
    let of = |variables: &[(&str, &str)]| {
        let (config, found) = read(variables);
        (config.propagators.to_string(), found.warnings.len())
    };
    let named = |value| of(&[("OTEL_PROPAGATORS", value)]);
    let whole = |text: &str| (text.to_owned(), 0);
    assert_eq!(of(&[]), whole("tracecontext,baggage"));
    assert_eq!(named(" "), whole("tracecontext,baggage"));
    assert_eq!(named("b3, TraceContext ,baggage,b3"), whole("b3,tracecontext,baggage"));
    assert_eq!(named("b3multi,jaeger"), whole("b3multi,jaeger"));
    assert_eq!(named("none"), whole("none"));
    assert_eq!(named("tracecontext,xray,ottrace"), ("tracecontext".to_owned(), 2));
    assert_eq!(named("none,b3"), ("b3".to_owned(), 1));
    assert_eq!(named("xray"), ("tracecontext,baggage".to_owned(), 1));
    let header = ("TELEMETRY_TRACE_ID_HEADER", "X-Trace-Id");
    assert_eq!(of(&[header]), whole("tracecontext,baggage,x-trace-id"));
    assert_eq!(of(&[header, ("OTEL_PROPAGATORS", "none")]), whole("x-trace-id"));

    let code = Propagators::new([Propagator::Jaeger]);
    let settings = Settings { propagators: Some(code), ..Settings::default() };
    let with_code =
        |variables: &[(&str, &str)]| read_with(variables, &settings).0.propagators.to_string();
    assert_eq!(with_code(&[]), "jaeger");
    assert_eq!(with_code(&[("OTEL_PROPAGATORS", "b3")]), "b3");
}

#[test]
fn what_is_rescued_is_what_the_program_says_unless_the_environment_says_whether() {
    let tail = Tail::default().first(7);
    let program = Settings { tail: Some(tail.clone()), ..Settings::default() };
    for (variables, settings, expected) in [
        (&[][..], &Settings::default(), None),
        (&[("TELEMETRY_RESCUE", "true")], &Settings::default(), Some(Tail::default())),
        (&[], &program, Some(tail.clone())),
        (&[("TELEMETRY_RESCUE", "true")], &program, Some(tail.clone())),
        (&[("TELEMETRY_RESCUE", "false")], &program, None),
    ] {
        assert_eq!(read_with(variables, settings).0.tail, expected, "{variables:?}");
    }
}

#[test]
fn a_planted_secret_is_in_no_message_about_a_setting() {
    const SECRET: &str = "pl4nted-s3cret";
    let secrets = [
        ("OTEL_EXPORTER_OTLP_HEADERS", "bad header=pl4nted-s3cret"),
        ("OTEL_EXPORTER_OTLP_TRACES_HEADERS", "=pl4nted-s3cret"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "htp://me:pl4nted-s3cret@host"),
        ("OTEL_EXPORTER_OTLP_LOGS_ENDPOINT", "host?key=pl4nted-s3cret"),
        ("TELEMETRY_API_KEY", SECRET),
        ("TELEMETRY_TOKEN", SECRET),
    ];
    let found = problems(&secrets);
    assert_eq!(found.len(), secrets.len());
    assert!(!format!("{found:?}").contains(SECRET), "{found:?}");
    let settings = Settings {
        otlp_endpoint: Some(format!("me:{SECRET}@host")),
        otlp_headers: vec![("x y".to_owned(), SECRET.to_owned())],
        ..Settings::default()
    };
    let (config, found) = read_with(&[], &settings);
    assert_eq!(found.errors.len(), 2);
    let good = Settings {
        otlp_endpoint: Some(format!("http://me:{SECRET}@host/?q={SECRET}")),
        otlp_headers: vec![("authorization".to_owned(), SECRET.to_owned())],
        ..Settings::default()
    };
    let shown = format!("{found:?}{config:?}{:?}", read_with(&[], &good).0);
    assert!(!shown.contains(SECRET), "{shown}");
}

proptest! {
    #[test]
    fn any_environment_is_read_without_a_panic(values in prop::collection::vec("\\PC{0,30}", 34)) {
        let names = [
            "OTEL_SDK_DISABLED", "OTEL_RESOURCE_ATTRIBUTES", "OTEL_SERVICE_NAME", "OTEL_PROPAGATORS",
            "OTEL_TRACES_SAMPLER", "OTEL_TRACES_SAMPLER_ARG", "OTEL_TRACES_EXPORTER",
            "OTEL_METRICS_EXPORTER", "OTEL_LOGS_EXPORTER", "OTEL_EXPORTER_OTLP_ENDPOINT",
            "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_HEADERS",
            "OTEL_EXPORTER_OTLP_PROTOCOL", "OTEL_EXPORTER_OTLP_COMPRESSION",
            "OTEL_EXPORTER_OTLP_TIMEOUT", "OTEL_EXPORTER_OTLP_CERTIFICATE", "OTEL_BSP_SCHEDULE_DELAY",
            "OTEL_BSP_MAX_QUEUE_SIZE", "OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "OTEL_BSP_EXPORT_TIMEOUT",
            "OTEL_METRIC_EXPORT_INTERVAL", "OTEL_METRIC_EXPORT_TIMEOUT", "OTEL_LOG_LEVEL", "RUST_LOG", "TELEMETRY_LOG",
            "TELEMETRY_CONSOLE", "TELEMETRY_STRICT", "TELEMETRY_FILE", "TELEMETRY_PORT_x",
            "TELEMETRY_ENVIRONMENT", "TELEMETRY_DEBUG", "TELEMETRY_RESCUE",
            "TELEMETRY_CPU_BUDGET", "TELEMETRY_SELF_METRICS", "TELEMETRY_MIRROR",
        ];
        let variables: Vec<(&str, &str)> =
            names.iter().copied().zip(values.iter().map(String::as_str)).collect();
        let (_, found) = read(&variables);
        for problem in found.errors.iter().chain(&found.warnings) {
            prop_assert!(!problem.to_string().contains('\n'));
        }
    }
}

#[test]
fn a_limit_for_one_kind_wins_over_the_one_for_all_and_both_over_the_codes() {
    let code = Limits::default().span_attributes(1).log_value_length(2);
    let settings = Settings { limits: code, ..Settings::default() };
    assert_eq!(read_with(&[], &settings).0.limits, code);
    let variables = [
        ("OTEL_ATTRIBUTE_COUNT_LIMIT", "10"),
        ("OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT", "20"),
        ("OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT", "30"),
        ("OTEL_LINK_ATTRIBUTE_COUNT_LIMIT", "40"),
        ("OTEL_SPAN_LINK_COUNT_LIMIT", "50"),
        ("OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT", "100"),
        ("OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT", "200"),
        // Not a number: as if it weren't set.
        ("OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "-5"),
    ];
    let (config, found) = read_with(&variables, &settings);
    let expected = Limits::default()
        .span_attributes(10)
        .span_event_attributes(30)
        .log_attributes(20)
        .link_attributes(40)
        .span_links(50)
        .span_value_length(200)
        .log_value_length(100);
    assert_eq!((config.limits, found.warnings.len()), (expected, 1));
}
