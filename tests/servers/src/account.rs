//! The account that servers run under.

use std::fs;
use std::os::unix::fs::{MetadataExt, chown};
use std::path::Path;
use std::process::Command;

/// Servers refuse to run as root, and should: then they get this account, which every system has.
const NOBODY: &str = "nobody";

/// A command that runs `program` under an account that isn't root's.
pub(super) fn command(program: &Path) -> Command {
    if !is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    let (user, group) = ids();
    command.args([format!("--reuid={user}"), format!("--regid={group}")]);
    command.arg("--clear-groups").arg("--").arg(program);
    command
}

/// Lets that account write to `folder`.
pub(super) fn give(folder: &Path) {
    if is_root() {
        let (user, group) = ids();
        chown(folder, Some(user), Some(group)).unwrap();
    }
}

fn is_root() -> bool {
    // The owner of our own entry is our effective user.
    fs::metadata("/proc/self").is_ok_and(|entry| entry.uid() == 0)
}

/// User and group by number.
fn ids() -> (u32, u32) {
    let accounts = fs::read_to_string("/etc/passwd").unwrap();
    let line = accounts.lines().find(|line| line.split(':').next() == Some(NOBODY));
    let fields: Vec<&str> = line.unwrap().split(':').collect();
    (fields[2].parse().unwrap(), fields[3].parse().unwrap())
}
