//! [`Options`] of the demo.

use std::env;
use std::time::Duration;

use crate::demo::command_line::{self, Problem};

pub(super) const USAGE: &str = "\
demo: a support desk under load, and what telemetry sees of it

  --port N            the service's own port; /metrics is there too (default 8080, or a free one)
  --duration SECONDS  stop after that long, decimals allowed (default: at Ctrl-C)
  --rate RPS          requests a second that the clients send, decimals allowed (default 20)
  --otlp URL          also send all signals to this OTLP/HTTP address, such as http://127.0.0.1:4318
";

/// What the demo was asked for.
#[derive(Debug)]
pub(super) struct Options {
    pub(super) port: Option<u16>,
    pub(super) duration: Option<Duration>,
    pub(super) rate: f64,
    pub(super) otlp: Option<String>,
}

impl Options {
    /// Those of this process's command line.
    pub(super) fn of_process() -> Result<Self, Problem> {
        let mut options = Self { port: None, duration: None, rate: 20.0, otlp: None };
        command_line::read(env::args_os().skip(1), |option, value| {
            match option {
                "port" => options.port = Some(value.port()?),
                "duration" => options.duration = Some(value.seconds()?),
                "rate" => options.rate = value.rate()?,
                "otlp" => options.otlp = Some(value.url(true)?),
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        Ok(options)
    }
}
