//! What OTLP holds of records that nobody takes is bounded, at default settings.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::sync::Barrier;
use std::time::{Duration, Instant};
use std::{env, fs, thread};

use telemetry_core::{emit, span};

use crate::support::build;

const MEBIBYTE: u64 = 1024 * 1024;

/// Where the receiver is, to the process that a test starts, for how long it makes what it can, and with how
/// many threads besides that made a span once.
const RECEIVER: &str = "TELEMETRY_TEST_RECEIVER";
const SECONDS: &str = "TELEMETRY_TEST_SECONDS";

/// How long the load on a dead receiver lasts; `cargo xtask test` says 60.
const MEMORY_SECONDS: &str = "TELEMETRY_MEMORY_SECONDS";

/// Resident bytes of this process after all the load that there can be.
fn resident_after_load(receiver: &str, seconds: u64, idle: usize) -> u64 {
    let telemetry = build(&[("OTEL_EXPORTER_OTLP_ENDPOINT", receiver)]);
    let pipeline = telemetry.pipeline().unwrap();
    let (made, done) = (Barrier::new(idle + 1), Barrier::new(idle + 1));
    let request = || {
        span!("request", "http.route" = "/orders/{id}").in_scope(|| {
            span!("query", "db.system.name" = "sqlite").in_scope(|| emit!("rows", { rows: 7 }));
        });
    };
    let load = || {
        let begun = Instant::now();
        pipeline.scoped(|| {
            while begun.elapsed() < Duration::from_secs(seconds) {
                request();
            }
        });
    };
    let resident = thread::scope(|scope| {
        for _ in 0..idle {
            scope.spawn(|| {
                pipeline.scoped(request);
                made.wait();
                done.wait();
            });
        }
        made.wait();
        let load = [scope.spawn(load), scope.spawn(load)];
        load.into_iter().for_each(|worker| worker.join().unwrap());
        let status = fs::read_to_string("/proc/self/status").unwrap();
        done.wait();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        let kibibytes: u64 = line.trim().trim_end_matches(" kB").trim().parse().unwrap();
        kibibytes * 1024
    });
    let ledger = telemetry.ledger();
    println!("\nspans: {}", ledger.spans.ended);
    println!("exported: {}", ledger.sinks.iter().map(|sink| sink.spans.exported).sum::<u64>());
    println!("resident: {resident}");
    // What the receiver doesn't take isn't waited for.
    telemetry.shutdown(Duration::from_millis(1));
    resident
}

/// Takes requests on the loopback: answers each at once, or, dead, never. It keeps nothing.
fn receiver(dead: bool) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        let mut held = Vec::new();
        for stream in listener.incoming().map_while(Result::ok) {
            if dead {
                held.push(stream);
            } else {
                thread::spawn(move || serve(&stream));
            }
        }
    });
    format!("http://{address}")
}

/// Answers all requests of a connection; none once it is closed.
fn serve(stream: &TcpStream) -> Option<()> {
    let mut reader = BufReader::new(stream);
    let mut answers = stream;
    loop {
        let mut length = 0;
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line).ok()? == 0 {
                return None;
            }
            let line = line.trim().to_ascii_lowercase();
            if let Some(value) = line.strip_prefix("content-length:") {
                length = value.trim().parse().ok()?;
            } else if line.is_empty() {
                break;
            }
        }
        std::io::copy(&mut reader.by_ref().take(length), &mut std::io::sink()).ok()?;
        answers.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").ok()?;
    }
}

/// Plays the part that the environment gives, or starts a process for each part.
fn play(test: &str, idle: usize) {
    if let Ok(receiver) = env::var(RECEIVER) {
        resident_after_load(&receiver, env::var(SECONDS).unwrap().parse().unwrap(), idle);
        return;
    }
    let seconds: u64 = env::var(MEMORY_SECONDS).map_or(3, |text| text.parse().unwrap());
    let told = |dead: bool, seconds: u64| {
        let mut command = Command::new(env::current_exe().unwrap());
        let test = format!("memory_stays_bounded::{test}");
        command.args(["--exact", &test, "--nocapture", "--test-threads=1"]);
        command.env(RECEIVER, receiver(dead)).env(SECONDS, seconds.to_string());
        let output = command.stderr(Stdio::null()).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let number = |name: &str| {
            let line = text.lines().find_map(|line| line.strip_prefix(name));
            line.unwrap_or_else(|| panic!("{name} in {text}")).parse::<u64>().unwrap()
        };
        (number("resident: "), number("spans: "), number("exported: "))
    };
    let (live, _, taken) = told(false, seconds.min(5));
    let (dead, spans, none) = told(true, seconds);
    println!(
        "{test}: {seconds} s, {spans} spans for a dead receiver: {} KiB; for a live one: {} KiB",
        dead / 1024,
        live / 1024
    );
    assert!(taken > 0 && none == 0, "{taken} and {none} spans were delivered");
    assert!(dead.saturating_sub(live) < 10 * MEBIBYTE, "{live} with, {dead} without a receiver");
}

#[test]
fn a_dead_receiver_costs_less_than_ten_mebibytes() {
    play("a_dead_receiver_costs_less_than_ten_mebibytes", 0);
}

#[test]
fn nor_more_with_five_hundred_threads_that_once_made_a_span() {
    play("nor_more_with_five_hundred_threads_that_once_made_a_span", 512);
}
