//! [`Options`] of the service.

use std::env;
use std::path::PathBuf;

use crate::demo::command_line::{self, Problem};

pub(super) const USAGE: &str = "\
demo-service: a support desk with all telemetry on

  --port N         listen here (default 8080; 0 takes any free port)
  --database PATH  the SQLite file, made if it isn't there (default: a temporary one)
  --provider URL   the AI provider (default http://127.0.0.1:8081)
  --report         print what telemetry sees as JSON lines, for the demo to show
  --coloured       with colours in what is meant for people
  --attached       stop in good order when standard input is closed

Where telemetry goes is said by the environment: OTEL_EXPORTER_OTLP_ENDPOINT and its
kin. /metrics is for Prometheus, and /demo/counts shows what the service counts by
itself, outside telemetry. At SIGTERM or Ctrl-C it answers what is under way, for 5
seconds at the most, and delivers its telemetry.
";

/// What the service was asked for.
#[derive(Debug)]
pub(super) struct Options {
    pub(super) port: u16,
    pub(super) database: Option<PathBuf>,
    pub(super) provider: String,
    pub(super) report: bool,
    pub(super) coloured: bool,
    pub(super) attached: bool,
}

impl Options {
    /// Those of this process's command line.
    pub(super) fn of_process() -> Result<Self, Problem> {
        let mut options = Self {
            port: 8080,
            database: None,
            provider: "http://127.0.0.1:8081".to_owned(),
            report: false,
            coloured: false,
            attached: false,
        };
        command_line::read(env::args_os().skip(1), |option, value| {
            match option {
                "port" => options.port = value.port()?,
                "database" => options.database = Some(value.path()?),
                "provider" => options.provider = value.url(false)?,
                "report" => options.report = true,
                "coloured" => options.coloured = true,
                "attached" => options.attached = true,
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        Ok(options)
    }
}
