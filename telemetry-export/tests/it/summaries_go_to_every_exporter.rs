use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use serde_json::json;
use telemetry_core::emit;
use telemetry_core::view::summary;
use telemetry_export::{Console, Telemetry};

use crate::support::{PATIENCE, Receiver, Target};

#[test]
fn quantiles_number_and_sum_arrive_whole() {
    let (receiver, target) = (Receiver::start([]), Target::new("summaries"));
    let telemetry = Telemetry::builder()
        .console(Console::None)
        .variables([
            ("OTEL_EXPORTER_OTLP_ENDPOINT", &*receiver.url()),
            ("OTEL_METRICS_EXPORTER", "otlp,file"),
            ("TELEMETRY_FILE", target.path()),
        ])
        .view(
            summary("stage.size")
                .of_event("stage.stop")
                .measure("size")
                .quantiles(&[0.0, 1.0])
                .by(["stage"]),
        )
        .build()
        .unwrap();
    telemetry.pipeline().unwrap().scoped(|| {
        for size in [3, 1, 8] {
            emit!("stage.stop", { size: size }, "stage" = "parse");
        }
    });
    assert!(telemetry.flush(PATIENCE));

    let rendered = telemetry.prometheus().without_scope_labels().render(None).body;
    let lines: Vec<&str> = rendered
        .lines()
        .filter(|line| line.contains("stage_size") && !line.contains("HELP"))
        .collect();
    let expected = [
        "# TYPE stage_size summary",
        r#"stage_size{stage="parse",quantile="0"} 1"#,
        r#"stage_size{stage="parse",quantile="1"} 8"#,
        r#"stage_size_sum{stage="parse"} 12"#,
        r#"stage_size_count{stage="parse"} 3"#,
    ];
    assert_eq!(lines, expected);
    let open = telemetry.prometheus().render(Some("application/openmetrics-text")).body;
    assert!(open.contains(r#"quantile="1.0"} 8"#), "{open}");

    assert!(telemetry.shutdown(PATIENCE).complete);
    let pushed = receiver.metrics().pop().unwrap().resource_metrics.into_iter();
    let mut metrics = pushed.flat_map(|resource| resource.scope_metrics).flat_map(|it| it.metrics);
    let Some(Data::Summary(pushed)) = metrics.find(|it| it.name == "stage.size").unwrap().data
    else {
        panic!("not a summary");
    };
    let point = &pushed.data_points[0];
    let quantiles: Vec<_> =
        point.quantile_values.iter().map(|known| (known.quantile, known.value)).collect();
    assert_eq!((point.count, point.sum, &quantiles[..]), (3, 12.0, &[(0.0, 1.0), (1.0, 8.0)][..]));
    assert_eq!((point.attributes.len(), &*point.attributes[0].key), (1, "stage"));
    assert!(0 < point.start_time_unix_nano && point.start_time_unix_nano < point.time_unix_nano);

    let written = target.lines();
    let line = written.iter().find(|line| line["name"] == "stage.size").unwrap();
    assert_eq!((&line["type"], &line["stage"]), (&json!("summary"), &json!("parse")));
    assert_eq!((&line["count"], &line["sum"]), (&json!(3), &json!(12)));
    assert_eq!(line["quantiles"], json!([0, 1]));
    assert_eq!(line["quantile_values"], json!([1, 8]));
}
