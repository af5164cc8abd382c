//! [`Options`] of the clients.

use std::env;
use std::time::Duration;

use crate::demo::command_line::{self, Problem};

pub(super) const USAGE: &str = "\
demo-client: real HTTP traffic for the demo's service, of several tenants

  --target URL        the service (default http://127.0.0.1:8080)
  --rate RPS          requests a second, decimals allowed (default 20)
  --duration SECONDS  stop sending after that long, decimals allowed (default: until asked to stop)
  --seed N            another seed gives other traffic (default 1)
  --attached          stop sending when standard input is closed

It stops sending at Ctrl-C or SIGTERM too, waits for the answers that are under way, and
prints its counts as one line of JSON: for each route how many requests were started, how
many answers were read in full by their status, how many it hung up on, and how many
failed.
";

/// What the clients were asked for.
#[derive(Debug)]
pub(super) struct Options {
    pub(super) target: String,
    pub(super) rate: f64,
    pub(super) duration: Option<Duration>,
    pub(super) seed: u64,
    pub(super) attached: bool,
}

impl Options {
    /// Those of this process's command line.
    pub(super) fn of_process() -> Result<Self, Problem> {
        let mut options = Self {
            target: "http://127.0.0.1:8080".to_owned(),
            rate: 20.0,
            duration: None,
            seed: 1,
            attached: false,
        };
        command_line::read(env::args_os().skip(1), |option, value| {
            match option {
                "target" => options.target = value.url(false)?,
                "rate" => options.rate = value.rate()?,
                "duration" => options.duration = Some(value.seconds()?),
                "seed" => options.seed = value.number()?,
                "attached" => options.attached = true,
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        Ok(options)
    }
}
