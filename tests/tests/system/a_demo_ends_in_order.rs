//! `demo` as people start it.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::process::Command;

use telemetry_tests::{OtlpReceiver, Process, exposition, free_port, program, wire};

fn demo(arguments: &[&str]) -> Process {
    Process::start(Command::new(program("demo")).args(arguments))
}

#[track_caller]
fn metrics_address(demo: &Process) -> SocketAddr {
    demo.line("where the metrics are", |line| {
        line.trim()
            .strip_prefix("metrics")?
            .trim()
            .strip_prefix("http://")?
            .strip_suffix("/metrics")?
            .parse()
            .ok()
    })
}

/// The lines below this heading, to the next empty one after its content.
fn part<'a>(output: &'a [String], heading: &str) -> Vec<&'a str> {
    let start = output.iter().position(|line| line.contains(heading));
    let start = start.unwrap_or_else(|| panic!("no {heading:?} in\n{}", output.join("\n")));
    let below = output[start + 1..].iter().skip_while(|line| line.is_empty());
    below.take_while(|line| !line.is_empty()).map(String::as_str).collect()
}

#[test]
fn a_demo_shows_a_whole_request_and_a_summary_and_ends_well() {
    let receiver = OtlpReceiver::start();
    let port = free_port().to_string();
    let mut demo =
        demo(&["--port", &port, "--duration", "8", "--rate", "30", "--otlp", &receiver.endpoint()]);
    let address = metrics_address(&demo);
    assert_eq!(address.port().to_string(), port);
    assert!(exposition::read(&wire::page(address, "/metrics")).is_ok());
    let status = demo.wait();
    assert!(status.success(), "{status}: {}", demo.told());
    let output = demo.output().all();

    let tree = part(&output, "One request, whole");
    let line = |part: &str| {
        let found: Vec<&&str> = tree.iter().filter(|line| line.contains(part)).collect();
        assert_eq!(found.len(), 1, "{part:?} in {tree:#?}");
        (*found[0]).to_owned()
    };
    assert!(line("POST /tickets/{id}/reply").contains("200"), "{tree:#?}");
    line("SELECT tickets");
    line("INSERT messages");
    assert!(line("chat gpt-4o-mini").contains('$'), "the call has no cost: {tree:#?}");

    let told = output.join("\n");
    for heading in ["Slow queries", "Tokens and cost by tenant", "Ledger"] {
        assert!(part(&output, heading).len() >= 2, "{heading}: {told}");
    }
    assert!(told.contains("POST /tickets/{id}/reply") && told.contains("acme"), "{told}");
    assert!(told.contains("Both sides are equal, and nothing was lost."), "{told}");
    assert_eq!(part(&output, "Checked against").len(), 2, "{told}");
    for (about, all) in [
        ("Requests: ", "the same for every route."),
        ("Answers: ", "the same for every route and status."),
    ] {
        let agrees = output.iter().any(|line| line.contains(about) && line.ends_with(all));
        assert!(agrees, "{about}: {told}");
    }
    assert!(receiver.received().spans_of_kind("SERVER").len() > 100, "{told}");
}

#[test]
fn a_demo_that_is_interrupted_shows_its_summary_and_ends_well() {
    let mut demo = demo(&["--port", &free_port().to_string(), "--rate", "30"]);
    demo.line("a whole request", |line| line.contains("chat gpt-4o-mini").then_some(()));
    demo.signal("INT");
    let status = demo.wait();
    assert!(status.success(), "{status}: {}", demo.told());
    let told = demo.output().all().join("\n");
    assert!(told.contains("Both sides are equal, and nothing was lost."), "{told}");
}

/// The only line that the demo says when it can't begin.
#[track_caller]
fn refusal(arguments: &[&str]) -> (Option<i32>, String) {
    let mut demo = demo(arguments);
    let status = demo.wait();
    assert_eq!(demo.output().all(), Vec::<String>::new(), "{}", demo.told());
    let errors = demo.errors().all();
    assert_eq!(errors.len(), 1, "{}", demo.told());
    (status.code(), errors[0].clone())
}

#[test]
fn a_port_in_use_gets_one_clear_line() {
    let holder = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = holder.local_addr().unwrap().port().to_string();
    let (code, line) = refusal(&["--port", &port, "--duration", "1"]);
    assert_eq!(code, Some(1));
    assert!(line.contains(&port) && line.contains("in use") && line.contains("--port"), "{line}");
}

#[test]
fn an_unknown_option_gets_one_clear_line() {
    let (code, line) = refusal(&["--speed", "9"]);
    assert_eq!(code, Some(2));
    assert!(line.contains("--speed") && line.contains("--help"), "{line}");
}

#[test]
fn an_otlp_address_where_nobody_listens_gets_one_clear_line_and_the_demo_goes_on() {
    let nobody = format!("http://127.0.0.1:{}", free_port());
    let port = free_port().to_string();
    let mut demo = demo(&["--port", &port, "--duration", "4", "--rate", "20", "--otlp", &nobody]);
    let status = demo.wait();
    assert!(status.success(), "{status}: {}", demo.told());
    let output = demo.output().all();
    let told = output.join("\n");
    let errors = demo.errors().all();
    let of_sink = |line: &&String| line.starts_with(&format!("telemetry: otlp {nobody}: "));
    let said: Vec<&String> = output.iter().chain(&errors).filter(of_sink).collect();
    // One line when it is noticed, and the count of what was lost at the end.
    let [noticed, lost] = said.as_slice() else { panic!("{said:#?}\n{}", demo.told()) };
    assert!(
        noticed.ends_with("what cannot be sent is dropped and counted until it is back"),
        "{noticed}"
    );
    assert!(lost.ends_with(" lost"), "{lost}");
    assert!(
        told.contains("Both sides are equal: ") && told.contains(", each of them counted."),
        "{told}"
    );
    assert!(part(&output, "Ledger").len() >= 2, "{told}");
}
