//! What `cargo xtask help` prints.

use std::io::{self, Write};

use crate::steps;

/// Prints the commands, their options and the steps of the test.
pub(crate) fn print() {
    // Whoever reads may stop early (`cargo xtask help | head`), which is no failure.
    let _ = io::stdout().lock().write_all(text().as_bytes());
}

fn text() -> String {
    let mut text = COMMANDS.to_owned();
    let width = steps::ALL.iter().map(|step| step.name.len()).max();
    for step in steps::ALL {
        let (name, width) = (step.name, width.unwrap_or(0));
        text.push_str(&format!("      {name:width$}  {}\n", step.proves));
    }
    text
}

const COMMANDS: &str = "\
cargo xtask demo [--port N] [--duration SECONDS] [--rate RPS] [--otlp URL]
    Build and run the example service, its local AI provider and its clients. It needs
    cargo and a C compiler, and prints where to look. Built in the dev profile, so that
    the first start is short; what telemetry costs is measured by `bench`.
      --port N            the service's own port; /metrics is there too
      --duration SECONDS  stop after that long; Ctrl-C stops it at any time
      --rate RPS          requests a second that the clients send
      --otlp URL          also send all signals to this OTLP/HTTP address

cargo xtask bench [--json FILE] [--rounds N] [AREA[/CASE]]
    Build and run the benchmarks: ours and their peers, side by side in one run.
      --json FILE         write the rows as JSON too
      --rounds N          run each side N times, not as often as a claim needs
      AREA                only this area, such as core or http
      CASE                only its cases whose names contain this

cargo xtask prices [--litellm VERSION] [--genai-prices VERSION]
    Read the built-in prices of models again from two published wheels, which are
    downloaded and never run, and print what changed.
      --litellm VERSION, --genai-prices VERSION
                          from other versions than before

cargo xtask help
    Print this.

cargo xtask test [--without NAME]... [--only NAME]...
    Run everything that must hold, each step with its seconds; the last line is
    `N passed, N failed, N skipped`, counted in steps.
      --without NAME      leave a step out; the last line counts it as skipped
      --only NAME         run this step and no other
    The steps, in their order:
";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_step_is_explained() {
        let text = text();
        for step in steps::ALL {
            assert!(text.contains(step.name) && text.contains(step.proves));
        }
    }
}
