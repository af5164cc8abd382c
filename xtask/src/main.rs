//! The workspace's commands, `cargo xtask help` lists them.
//!
//! This crate is compiled before any of them starts, so it is kept light; what is
//! heavy is built by the commands themselves.

#![forbid(unsafe_code)]

mod bench;
mod demo;
mod environment;
mod executables;
mod failure;
mod help;
mod lane;
mod options;
mod policy;
mod prices;
mod process;
mod step;
mod steps;
mod suites;
mod test;
mod workspace;

use std::env;
use std::process::ExitCode;

use failure::Failure;
use options::Command;
use workspace::Workspace;

fn main() -> ExitCode {
    let command = match options::parse(env::args_os().skip(1)) {
        Ok(command) => command,
        Err(misuse) => {
            eprintln!("cargo xtask: {misuse}");
            return ExitCode::from(2);
        }
    };
    match run(&command) {
        Ok(code) => code,
        Err(failure) => {
            eprintln!("cargo xtask: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: &Command) -> Result<ExitCode, Failure> {
    match command {
        Command::Help => {
            help::print();
            Ok(ExitCode::SUCCESS)
        }
        Command::Demo { arguments } => demo::run(&Workspace::locate(), arguments),
        Command::Step(name) => test::carry_out(&Workspace::locate(), name),
        Command::Test(choice) => test::run(&Workspace::locate(), choice),
        Command::Prices(versions) => prices::run(&Workspace::locate(), versions),
        Command::Bench { arguments } => bench::run(&Workspace::locate(), arguments),
    }
}
