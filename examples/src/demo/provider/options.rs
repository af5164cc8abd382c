//! [`Options`] of the provider.

use std::env;

use crate::demo::command_line::{self, Problem};

pub(super) const USAGE: &str = "\
demo-provider: an AI provider on the loopback that speaks OpenAI's chat completions

  --port N       listen here (default 8081; 0 takes any free port)
  --busy SHARE   how many requests are refused with 429, from 0 to 1 (default 0.04)
  --seed N       another seed gives other latencies and words (default 1)
  --attached     stop when standard input is closed
";

/// What the provider was asked for.
#[derive(Debug)]
pub(super) struct Options {
    pub(super) port: u16,
    pub(super) busy: f64,
    pub(super) seed: u64,
    pub(super) attached: bool,
}

impl Options {
    /// Those of this process's command line.
    pub(super) fn of_process() -> Result<Self, Problem> {
        let mut options = Self { port: 8081, busy: 0.04, seed: 1, attached: false };
        command_line::read(env::args_os().skip(1), |option, value| {
            match option {
                "port" => options.port = value.port()?,
                "busy" => options.busy = value.share()?,
                "seed" => options.seed = value.number()?,
                "attached" => options.attached = true,
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        Ok(options)
    }
}
