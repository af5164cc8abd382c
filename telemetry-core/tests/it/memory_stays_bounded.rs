use std::process::Command;
use std::sync::{Arc, Barrier};
use std::time::{Duration, Instant};
use std::{env, fs, thread};

use telemetry_core::{Batch, Pipeline, Receipt, Signal, Sink, emit, span};

const MEBIBYTE: u64 = 1024 * 1024;

/// Says to the process that a test starts what it is to do there, and for how long.
const ROLE: &str = "TELEMETRY_TEST_MEMORY";
const SECONDS: &str = "TELEMETRY_TEST_SECONDS";

/// How long the load on a dead sink lasts; `cargo xtask test` says 60.
const MEMORY_SECONDS: &str = "TELEMETRY_MEMORY_SECONDS";

/// Delivers at once, or never comes back.
struct Receiver {
    dead: bool,
}

impl Sink for Receiver {
    fn name(&self) -> &'static str {
        "receiver"
    }
    fn accepts(&self, _: Signal) -> bool {
        true
    }
    fn export(&mut self, batch: &Arc<Batch>) -> Receipt {
        if self.dead {
            loop {
                thread::sleep(Duration::from_secs(3600));
            }
        }
        Receipt::exported(batch)
    }
}

/// Resident bytes of this process after so many seconds of all the load that there can be, with so many
/// threads besides that made one span once.
fn resident_after_load(dead: bool, seconds: u64, idle: usize) -> u64 {
    let pipeline = Pipeline::builder().sink(Box::new(Receiver { dead })).build().unwrap();
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
    thread::scope(|scope| {
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
    })
}

/// Plays the part that the environment gives, or starts a process for a part.
fn play(test: &str, idle: usize) {
    if let Ok(role) = env::var(ROLE) {
        let seconds = env::var(SECONDS).unwrap().parse().unwrap();
        println!("\nresident: {}", resident_after_load(role == "dead", seconds, idle));
        return;
    }
    let seconds: u64 = env::var(MEMORY_SECONDS).map_or(2, |text| text.parse().unwrap());
    let resident = |role: &str, seconds: u64| {
        let mut command = Command::new(env::current_exe().unwrap());
        let test = format!("memory_stays_bounded::{test}");
        command.args(["--exact", &test, "--nocapture", "--test-threads=1"]);
        command.env(ROLE, role).env(SECONDS, seconds.to_string());
        let output = command.output().unwrap();
        let told = String::from_utf8(output.stdout).unwrap();
        let line = told.lines().find_map(|line| line.strip_prefix("resident: "));
        line.unwrap().parse::<u64>().unwrap()
    };
    let (live, dead) = (resident("live", seconds.min(5)), resident("dead", seconds));
    println!(
        "{test}: {seconds} s with a dead sink: {} KiB; with a live one: {} KiB",
        dead / 1024,
        live / 1024
    );
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
