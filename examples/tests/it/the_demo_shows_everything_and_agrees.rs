use std::time::Duration;

use crate::program::Program;

fn demo(arguments: &[&str]) -> Program {
    let mut all = vec!["--port", "0"];
    all.extend(arguments);
    Program::start(env!("CARGO_BIN_EXE_demo"), &all)
}

/// What a whole run must show.
#[track_caller]
fn assert_complete(output: &[String]) {
    let text = output.join("\n");
    let has = |part: &str| assert!(text.contains(part), "no `{part}` in:\n{text}");
    has("/metrics");
    // One request as a tree: the request, two queries and the model call, with times and cost.
    has("POST /tickets/{id}/reply  ");
    has("├─ SELECT tickets");
    has("├─ chat gpt-4o-mini");
    has("└─ INSERT messages");
    has(" tokens in  ");
    has("  $0.");
    // The live line, and the summary.
    has("requests/s   p95 ");
    for heading in [
        "Where the time of queries went",
        "Slow queries",
        "Queries that run once for each row",
        "Who kept a connection while others waited",
        "Tokens and cost by tenant",
        "Tokens, machines and cost by provider",
        "Ledger",
        "Checked against",
    ] {
        has(heading);
    }
    has("  GET /tickets: SELECT customers 10 times by then, after SELECT tickets with 20 rows");
    has("Both sides are equal, and nothing was lost.");
    has("the same for every route");
    has("the same for every route and status");
    assert!(!text.contains("NOT"), "{text}");
    assert!(!text.contains('\u{1b}'), "escape sequences without a terminal:\n{text}");
}

#[test]
fn after_its_duration() {
    let ended = demo(&["--duration", "5.5", "--rate", "25.5"]).end();
    assert!(ended.status.success(), "{ended:?}");
    assert_complete(&ended.output);
}

#[cfg(unix)]
#[test]
fn at_ctrl_c() {
    let demo = demo(&["--rate", "40"]);
    let mut output = Vec::new();
    // Some time after the whole request was shown.
    while !output.last().is_some_and(|line: &String| line.contains("INSERT messages")) {
        output.push(demo.line());
    }
    std::thread::sleep(Duration::from_secs(2));
    demo.signal("INT");
    let ended = demo.end();
    assert!(ended.status.success(), "{ended:?}");
    output.extend(ended.output);
    assert_complete(&output);
}

#[test]
fn also_with_an_otlp_address_where_nobody_listens_told_of_in_one_line() {
    // Below the ports that are given out.
    let url = "http://127.0.0.1:1";
    let ended = demo(&["--duration", "5", "--otlp", url]).end();
    assert!(ended.status.success(), "{ended:?}");
    let both: Vec<&String> = ended.output.iter().chain(&ended.errors).collect();
    let complaints: Vec<_> = both
        .iter()
        .filter(|line| line.contains(url) && line.contains("cannot be reached"))
        .collect();
    assert_eq!(complaints.len(), 1, "{both:#?}");
    let text = ended.output.join("\n");
    assert!(text.contains("Both sides are equal: "), "{text}");
    assert!(text.contains("the same for every route"), "{text}");
}

#[test]
fn also_when_traces_are_sampled_out() {
    let mut command = crate::program::command(env!("CARGO_BIN_EXE_demo"));
    command.args(["--port", "0", "--duration", "4", "--rate", "25"]);
    let ended = Program::of(command.env("OTEL_TRACES_SAMPLER", "always_off")).end();
    assert!(ended.status.success(), "{ended:?}");
    let text = ended.output.join("\n");
    assert!(text.contains("the same for every route."), "{text}");
    assert!(text.contains("the same for every route and status."), "{text}");
    assert!(text.contains("Both sides are equal, and nothing was lost."), "{text}");
    assert!(text.contains("  all "), "{text}");
    assert!(!text.contains("One request, whole"), "{text}");
}

#[test]
fn also_when_telemetry_is_disabled() {
    let mut command = crate::program::command(env!("CARGO_BIN_EXE_demo"));
    command.args(["--port", "0", "--duration", "3", "--rate", "25"]);
    let ended = Program::of(command.env("OTEL_SDK_DISABLED", "true")).end();
    assert!(ended.status.success(), "{ended:?}");
    let text = ended.output.join("\n");
    assert!(text.contains("Telemetry is disabled"), "{text}");
    let agreement = text.lines().find(|line| line.contains("sent by the clients")).unwrap();
    assert!(
        agreement.ends_with("counted by the service; the same for every route."),
        "{agreement}"
    );
}
