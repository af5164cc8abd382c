use std::net::TcpListener;

use crate::program::Program;

/// The one line that `path` complains of with these arguments, and its exit code.
#[track_caller]
fn complaint(path: &str, arguments: &[&str]) -> (Option<i32>, String) {
    let ended = Program::start(path, arguments).end();
    assert_eq!(ended.output, Vec::<String>::new());
    assert_eq!(ended.errors.len(), 1, "{:?}", ended.errors);
    (ended.status.code(), ended.errors.into_iter().next().unwrap())
}

#[test]
fn a_port_in_use() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    for (name, path) in [
        ("demo", env!("CARGO_BIN_EXE_demo")),
        ("demo-service", env!("CARGO_BIN_EXE_demo-service")),
        ("demo-provider", env!("CARGO_BIN_EXE_demo-provider")),
    ] {
        let (code, line) = complaint(path, &["--port", &port]);
        let wanted = format!(
            "{name}: port {port} is in use by another program, choose another one with --port"
        );
        assert_eq!((code, line), (Some(1), wanted));
    }
}

#[test]
fn wrong_options() {
    for (path, arguments, reason) in [
        (env!("CARGO_BIN_EXE_demo"), &["--speed", "9"][..], "demo: invalid option '--speed'"),
        (
            env!("CARGO_BIN_EXE_demo"),
            &["--rate", "fast"],
            "demo: --rate takes a number of requests a second from 0.01 to 100000, not 'fast'",
        ),
        (
            env!("CARGO_BIN_EXE_demo"),
            &["--otlp", "localhost:4318"],
            "demo: --otlp takes an http:// or https:// address, not 'localhost:4318'",
        ),
        (env!("CARGO_BIN_EXE_demo"), &["--port"], "demo: missing argument for option '--port'"),
        (
            env!("CARGO_BIN_EXE_demo-service"),
            &["extra"],
            "demo-service: unexpected argument \"extra\"",
        ),
        (
            env!("CARGO_BIN_EXE_demo-client"),
            &["--duration", "-1"],
            "demo-client: --duration takes a number of seconds above 0, not '-1'",
        ),
        (
            env!("CARGO_BIN_EXE_demo-provider"),
            &["--busy", "2"],
            "demo-provider: --busy takes a share from 0 to 1, not '2'",
        ),
    ] {
        assert_eq!(
            complaint(path, arguments),
            (Some(2), format!("{reason} (--help lists the options)"))
        );
    }
}

#[test]
fn a_database_that_cannot_be_used() {
    let folder = std::env::temp_dir();
    let (code, line) = complaint(
        env!("CARGO_BIN_EXE_demo-service"),
        &["--port", "0", "--report", "--database", folder.to_str().unwrap()],
    );
    assert_eq!(code, Some(1));
    assert!(
        line.starts_with(&format!("demo-service: the database {} can't be used", folder.display())),
        "{line}"
    );
}

#[test]
fn help_is_no_mistake() {
    for path in [
        env!("CARGO_BIN_EXE_demo"),
        env!("CARGO_BIN_EXE_demo-service"),
        env!("CARGO_BIN_EXE_demo-provider"),
        env!("CARGO_BIN_EXE_demo-client"),
    ] {
        let ended = Program::start(path, &["--help"]).end();
        assert!(ended.status.success());
        assert!(
            ended.output.iter().any(|line| line.trim_start().starts_with("--")),
            "{:?}",
            ended.output
        );
    }
}
