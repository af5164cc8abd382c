//! `demo`: starts the other three, shows what telemetry sees, and stops them in good order.

mod agreement;
mod child;
mod format;
mod options;
mod screen;
mod settling;
mod stage;
mod summary;
mod table;

use std::process::ExitCode;

use super::command_line::Problem;
use super::process::{self, Stop};
use options::Options;
use screen::Screen;
use stage::Stage;

/// Runs the demo.
pub fn main() -> ExitCode {
    let result = Options::of_process().and_then(|options| process::block_on(run(options)));
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => problem.report("demo", options::USAGE),
    }
}

async fn run(options: Options) -> Result<(), Problem> {
    let mut screen = Screen::new();
    let stop = Stop::listen(false)?;
    let mut stage = tokio::select! {
        stage = Stage::set(&options, &mut screen) => stage?,
        () = stop.asked() => return Ok(()),
    };
    let ending = async {
        stop.asked().await;
        Stop::listen(false)
    };
    tokio::pin!(ending);
    let play = stage.play(&options, &mut screen, &stop);
    tokio::pin!(play);
    // The first Ctrl-C ends the demo in good order, the second one at once.
    let again = tokio::select! {
        played = &mut play => return played,
        again = &mut ending => again?,
    };
    tokio::select! {
        played = &mut play => played,
        () = again.asked() => Err(Problem::failed("stopped before the end")),
    }
}
