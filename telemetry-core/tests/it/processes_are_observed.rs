use std::time::Instant;

use telemetry_core::testing::Capture;
use telemetry_core::{Metric, MetricData, MetricSnapshot};

use crate::support::HANGS;

/// Name, unit and kind of what is there.
fn shapes(metrics: &MetricSnapshot) -> Vec<(&str, &str, &str)> {
    let kind = |metric: &Metric| match metric.data {
        MetricData::Sum { monotonic: true, .. } => "counter",
        MetricData::Sum { .. } => "updowncounter",
        MetricData::Gauge { .. } => "gauge",
        _ => "histogram",
    };
    metrics.metrics.iter().map(|metric| (&*metric.name, &*metric.unit, kind(metric))).collect()
}

#[cfg(target_os = "linux")]
#[test]
fn a_process_is_observed_under_the_names_of_the_conventions() {
    let capture = Capture::start();
    assert!(capture.metrics().metrics.is_empty(), "only when it is asked for");
    let begun = Instant::now();
    capture.pipeline().observe_process();
    // A second time changes nothing.
    capture.pipeline().observe_process();
    let metrics = capture.metrics();
    let expected = [
        ("process.cpu.time", "s", "counter"),
        ("process.memory.usage", "By", "updowncounter"),
        ("process.memory.virtual", "By", "updowncounter"),
        ("process.paging.faults", "{fault}", "counter"),
        ("process.thread.count", "{thread}", "updowncounter"),
        ("process.unix.file_descriptor.count", "{file_descriptor}", "updowncounter"),
        ("process.uptime", "s", "gauge"),
    ];
    assert_eq!(shapes(&metrics), expected);
    assert_eq!(metrics.metric("process.cpu.time").unwrap().data.points(), 2);
    let value = |name: &str| metrics.sum(name, &[]);
    let mebibyte = 1024.0 * 1024.0;
    assert!(value("process.memory.usage") > mebibyte, "{metrics:?}");
    assert!(value("process.memory.virtual") > value("process.memory.usage"));
    // This one, the collector, the sink and who observes.
    assert!(value("process.thread.count") >= 4.0);
    assert!(value("process.unix.file_descriptor.count") >= 3.0);
    assert!(value("process.uptime") >= 0.0 && value("process.uptime") < 24.0 * 3600.0);
    assert!(metrics.sum("process.paging.faults", &[("system.paging.fault.type", "minor")]) > 0.0);
    while capture.metrics().sum("process.cpu.time", &[("cpu.mode", "user")]) < 0.02 {
        assert!(begun.elapsed() < HANGS, "time stands still");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn open_files_are_counted_while_they_are_open() {
    let capture = Capture::start();
    capture.pipeline().observe_process();
    let open = || capture.metrics().sum("process.unix.file_descriptor.count", &[]);
    let begun = Instant::now();
    // Far more than other tests open and close meanwhile, most of the time.
    loop {
        let before = open();
        let files: Vec<_> = (0..200).map(|_| std::fs::File::open("/dev/null").unwrap()).collect();
        let during = open();
        drop(files);
        let after = open();
        if (during - before - 200.0).abs() < 20.0 && (during - after - 200.0).abs() < 20.0 {
            return;
        }
        assert!(begun.elapsed() < HANGS, "{before} {during} {after}");
    }
}
