use proptest::prelude::*;
use telemetry_core::{Context, Meter, Pipeline, Scope, Value, span};

use super::accept::Format;
use super::parser::{ParsedFamily, Sample, parse};
use super::*;

static SHOP: Scope = Scope::new("shop", "1.0.0");
static OTHER: Scope = Scope::new("other", "");

/// What an exporter of a pipeline with these metrics renders.
fn exporter(measure: impl FnOnce(&Meter, &Meter)) -> PrometheusExporter {
    let resource = Resource::default().with("service.name", "shop").with("n", 1);
    let pipeline = Pipeline::builder().resource(resource).build().unwrap();
    measure(&pipeline.meter(&SHOP), &pipeline.meter(&OTHER));
    let _ = pipeline.shutdown(Duration::from_secs(5));
    PrometheusExporter::new(Some(pipeline))
}

fn rendered(exporter: &PrometheusExporter, format: Format) -> Vec<ParsedFamily> {
    let accept = match format {
        Format::Text => "text/plain",
        Format::OpenMetrics => "application/openmetrics-text",
    };
    let rendered = exporter.render(Some(accept));
    assert_eq!(rendered.content_type, format.content_type());
    parse(&rendered.body, format)
}

fn both(exporter: &PrometheusExporter) -> [Vec<ParsedFamily>; 2] {
    [Format::Text, Format::OpenMetrics].map(|format| rendered(exporter, format))
}

fn family<'a>(families: &'a [ParsedFamily], name: &str) -> &'a ParsedFamily {
    let mut all = families.iter();
    let found = all.find(|family| family.name == name);
    found.unwrap_or_else(|| panic!("no {name} in {families:?}"))
}

#[test]
fn counters_gauges_and_histograms_read_back_in_both_formats() {
    let exporter = exporter(|meter, _| {
        let requests = meter.counter("http.requests").unit("{request}").build();
        requests.add(3, &[("http.route", "/a".into()), ("ok", true.into())]);
        meter.up_down_counter("active").build().add(-2, &[]);
        meter.gauge("load").unit("1").build().set(0.5, &[]);
        let duration = meter.histogram("http.server.request.duration").unit("s");
        let duration = duration.description("How long\nrequests take").buckets(&[0.1, 1.0]).build();
        for value in [0.05, 0.5, 0.5, 7.0] {
            duration.record(value, &[("http.route", "/a".into())]);
        }
    });
    let [text, open] = both(&exporter);
    let counter = family(&text, "http_requests_total");
    assert_eq!((counter.kind.as_str(), counter.samples[0].value), ("counter", 3.0));
    assert_eq!(counter.help, "http.requests");
    let labels: Vec<_> = counter.samples[0].labels.iter().collect();
    let labels: Vec<_> =
        labels.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    assert_eq!(
        labels,
        [
            ("http_route", "/a"),
            ("ok", "true"),
            ("otel_scope_name", "shop"),
            ("otel_scope_version", "1.0.0")
        ]
    );
    assert_eq!(family(&open, "http_requests").samples[0].name, "http_requests_total");
    for families in [&text, &open] {
        assert_eq!(family(families, "active").samples[0].value, -2.0);
        assert_eq!(family(families, "load_ratio").samples[0].value, 0.5);
        let histogram = family(families, "http_server_request_duration_seconds");
        assert_eq!(histogram.help, "How long\\nrequests take");
        let values: Vec<f64> = histogram.samples.iter().map(|sample| sample.value).collect();
        assert_eq!(values, [1.0, 3.0, 4.0, 8.05, 4.0]);
    }
    let unit = &family(&open, "http_server_request_duration_seconds").unit;
    assert_eq!(unit.as_deref(), Some("seconds"));
    let le = |families, at: usize| {
        let histogram: &ParsedFamily = family(families, "http_server_request_duration_seconds");
        histogram.samples[at].labels["le"].clone()
    };
    assert_eq!((le(&text, 1), le(&open, 1)), ("1".to_owned(), "1.0".to_owned()));
    // The resource, once.
    let target = &family(&text, "target_info").samples[0];
    assert_eq!((target.labels["service_name"].as_str(), target.value), ("shop", 1.0));
    assert_eq!(target.labels["n"], "1");
    assert_eq!(family(&open, "target").kind, "info");
}

#[test]
fn exponential_histograms_have_a_bucket_for_each_half_of_a_power_of_two() {
    let exporter = exporter(|meter, _| {
        let size = meter.histogram("size").exponential().build();
        for value in [-4.0, 0.0, 1.0, 1.1, 1.4, 3.0, 4.0] {
            size.record(value, &[]);
        }
    });
    for families in both(&exporter) {
        let samples = &family(&families, "size").samples;
        let bucket = |bound: f64| {
            let near = |sample: &&Sample| {
                let le = sample.labels.get("le").and_then(|le| le.parse::<f64>().ok());
                le.is_some_and(|le| le == bound || (le - bound).abs() < 1e-9)
            };
            samples.iter().find(near).unwrap_or_else(|| panic!("no {bound}")).value
        };
        assert_eq!((bucket(-8.0_f64.sqrt()), bucket(0.0), bucket(1.0)), (1.0, 2.0, 3.0));
        let root = 2.0_f64.sqrt();
        assert_eq!((bucket(root), bucket(2.0), bucket(2.0 * root)), (5.0, 5.0, 5.0));
        assert_eq!((bucket(4.0), bucket(f64::INFINITY)), (7.0, 7.0));
    }
}

#[test]
fn exemplars_are_in_open_metrics_alone() {
    let resource = Resource::default().with("service.name", "shop");
    let pipeline = Pipeline::builder().resource(resource).build().unwrap();
    let meter = pipeline.meter(&SHOP);
    let orders = meter.counter("orders").build();
    let duration = meter.histogram("duration").unit("s").buckets(&[0.1, 1.0]).build();
    let mut ids = None;
    pipeline.scoped(|| {
        span!("work").in_scope(|| {
            orders.add(2, &[]);
            duration.record(0.5, &[]);
            ids = Context::current()
                .span_context()
                .map(|span| (span.trace_id().to_string(), span.span_id().to_string()));
        });
    });
    let before = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    let _ = pipeline.shutdown(Duration::from_secs(5));
    let exporter = PrometheusExporter::new(Some(pipeline));
    let [text, open] = both(&exporter);
    assert!(text.iter().flat_map(|family| &family.samples).all(|it| it.exemplar.is_none()));
    let total = family(&open, "orders").samples[0].exemplar.clone().unwrap();
    let (trace, span) = ids.unwrap();
    assert_eq!((&total.labels["trace_id"], &total.labels["span_id"]), (&trace, &span));
    assert_eq!(total.value, 2.0);
    assert!((total.seconds - before.as_secs_f64()).abs() < 60.0, "{total:?}");
    let buckets = &family(&open, "duration_seconds").samples;
    let with: Vec<_> = buckets.iter().filter(|bucket| bucket.exemplar.is_some()).collect();
    assert_eq!(with.len(), 1, "{buckets:?}");
    assert_eq!((with[0].labels["le"].as_str(), with[0].value), ("1.0", 1.0));
}

#[test]
fn nothing_at_all_is_a_valid_answer() {
    let exporter = PrometheusExporter::new(None);
    assert_eq!(exporter.render(None).body, "");
    let open = exporter.render(Some("application/openmetrics-text"));
    assert_eq!(open.body, "# EOF\n");
}

#[test]
fn metrics_of_one_name_share_a_family_and_those_of_another_kind_are_left_out() {
    let exporter = exporter(|shop, other| {
        shop.counter("jobs").build().add(1, &[]);
        other.counter("jobs").description("Jobs").build().add(2, &[]);
        other.counter("jobs.total").build().add(4, &[("a", 1.into())]);
        other.gauge("jobs").build().set(8.0, &[]);
    });
    let [text, _] = both(&exporter);
    let jobs = family(&text, "jobs_total");
    let mut values: Vec<f64> = jobs.samples.iter().map(|sample| sample.value).collect();
    values.sort_by(f64::total_cmp);
    assert_eq!(values, [1.0, 2.0, 4.0]);
    assert!(!text.iter().any(|family| family.name == "jobs"));
    // Without the scope two of them would be one series; the first stays.
    let [bare, _] = both(&exporter.clone().without_scope_labels());
    assert_eq!(family(&bare, "jobs_total").samples.len(), 2);
    assert!(family(&bare, "jobs_total").samples[0].labels.is_empty());
}

#[test]
fn numbers_beyond_the_ordinary_are_written_as_the_format_has_them() {
    let exporter = exporter(|meter, _| {
        let gauge = meter.gauge("g").build();
        for (key, value) in [("a", f64::NAN), ("b", f64::INFINITY), ("c", -1.5e300)] {
            gauge.set(value, &[("k", key.into())]);
        }
    });
    for families in both(&exporter) {
        let samples = &family(&families, "g").samples;
        assert!(samples[0].value.is_nan());
        assert_eq!((samples[1].value, samples[2].value), (f64::INFINITY, -1.5e300));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn whatever_names_labels_and_values_there_are_the_answer_is_valid(
        names in prop::collection::vec(("\\PC{0,12}", "\\PC{0,6}", 0..5_u8), 1..6),
        labels in prop::collection::vec((".{0,8}", any::<String>()), 0..4),
        value in 0.0..1e9_f64,
    ) {
        let attributes: Vec<(&str, Value<'_>)> = labels
            .iter()
            .map(|(key, value)| (key.as_str(), Value::Str(value)))
            .collect();
        let exporter = exporter(|meter, _| {
            for (name, unit, kind) in &names {
                let (name, unit) = (name.clone(), unit.clone());
                match kind {
                    0 => meter.counter(name).unit(unit).build().add(value as u64, &attributes),
                    1 => meter.up_down_counter(name).unit(unit).build().add(value as i64, &attributes),
                    2 => meter.gauge(name).unit(unit).build().set(value, &attributes),
                    3 => meter.histogram(name).unit(unit).build().record(value, &attributes),
                    _ => {
                        let histogram = meter.histogram(name).unit(unit).exponential().build();
                        [value, -value, 0.0, 1.0 / value]
                            .into_iter()
                            .for_each(|value| histogram.record(value, &attributes));
                    }
                }
            }
        });
        both(&exporter);
    }
}
