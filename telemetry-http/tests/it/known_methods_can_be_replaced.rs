use std::process::Command;

use telemetry_core::testing::Capture;
use telemetry_http::Layer;

const VARIABLE: &str = "OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS";

/// The list is read once in a process, so this is tested in one of its own: this test, run again with
/// the variable set.
#[test]
fn by_the_environment_as_the_conventions_require() {
    if std::env::var_os(VARIABLE).is_some() {
        return with_the_variable_set();
    }
    let module = module_path!().trim_start_matches("it::");
    let name = format!("{module}::by_the_environment_as_the_conventions_require");
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", &name])
        .env(VARIABLE, "GET, PROPFIND")
        .output()
        .unwrap();
    let printed = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && printed.contains("1 passed"), "{printed}");
}

fn with_the_variable_set() {
    let capture = Capture::start();
    for method in ["GET", "PROPFIND", "POST"] {
        let request = http::Request::builder().method(method).body(()).unwrap();
        capture.run(|| Layer::new().observe(&request)).end();
    }
    let mut names: Vec<_> = capture.spans().into_iter().map(|span| span.name).collect();
    names.sort();
    assert_eq!(names, ["GET", "HTTP", "PROPFIND"]);
}
