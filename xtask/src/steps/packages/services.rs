//! [`NoServices`]: while it lives, packages that are installed start no service.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::Duration;

use crate::failure::Failure;

/// Debian's own switch: maintainer scripts ask this program, and 101 forbids the start.
const POLICY: &str = "/usr/sbin/policy-rc.d";

/// What tells our policy from one that was there before.
const MARK: &str = "# Written by cargo xtask test for the time of one installation.";

/// A policy that forbids services to start, in place until [`NoServices::end`] or the drop.
#[derive(Debug)]
pub(super) struct NoServices {
    policy: PathBuf,
    /// Whether there is something to put back.
    placed: bool,
}

impl NoServices {
    /// Puts the policy in place, unless the machine already has one that forbids.
    pub(super) fn begin() -> Result<Self, Failure> {
        Self::begin_at(Path::new(POLICY)).map_err(|error| failure(&error))
    }

    /// Puts back what was there before.
    pub(super) fn end(mut self) -> Result<(), Failure> {
        self.restore().map_err(|error| failure(&error))
    }

    fn begin_at(policy: &Path) -> io::Result<Self> {
        let mut this = Self { policy: policy.to_path_buf(), placed: false };
        // A run that was killed leaves its policy behind.
        if fs::read_to_string(policy).is_ok_and(|text| text.contains(MARK)) {
            this.placed = true;
            this.restore()?;
        }
        if forbids(policy) {
            return Ok(this);
        }
        if policy.exists() {
            fs::rename(policy, this.aside())?;
        }
        this.placed = true;
        fs::write(policy, format!("#!/bin/sh\n{MARK}\nexit 101\n"))?;
        make_executable(policy)?;
        Ok(this)
    }

    fn restore(&mut self) -> io::Result<()> {
        if !self.placed {
            return Ok(());
        }
        self.placed = false;
        if self.policy.exists() {
            fs::remove_file(&self.policy)?;
        }
        if self.aside().exists() {
            fs::rename(self.aside(), &self.policy)?;
        }
        Ok(())
    }

    /// Where an earlier policy waits.
    fn aside(&self) -> PathBuf {
        self.policy.with_extension("before-cargo-xtask")
    }
}

impl Drop for NoServices {
    fn drop(&mut self) {
        if let Err(error) = self.restore() {
            eprintln!("{}", failure(&error));
        }
    }
}

fn failure(error: &io::Error) -> Failure {
    Failure::new(format!("{POLICY} cannot be changed: {error}"))
}

/// Whether the policy answers that nothing may start.
fn forbids(policy: &Path) -> bool {
    for _ in 0..100 {
        match Command::new(policy).args(["prometheus", "start"]).status() {
            Ok(status) => return status.code() == Some(101),
            // A file that was just written counts as open for as long as a process that
            // another thread is starting holds our descriptors.
            Err(error) if error.kind() == io::ErrorKind::ExecutableFileBusy => {
                thread::sleep(Duration::from_millis(10));
            }
            Err(_) => return false,
        }
    }
    false
}

#[cfg(unix)]
fn make_executable(policy: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(policy, fs::Permissions::from_mode(0o755))
}

#[cfg(not(unix))]
fn make_executable(_: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::env;

    use super::*;

    fn directory(test: &str) -> PathBuf {
        let directory = env::temp_dir().join(format!("xtask-{test}-{}", std::process::id()));
        fs::create_dir_all(&directory).unwrap();
        directory
    }

    #[test]
    fn a_policy_that_was_there_comes_back() {
        let directory = directory("policy-comes-back");
        let policy = directory.join("policy-rc.d");
        fs::write(&policy, "#!/bin/sh\nexit 0\n").unwrap();
        make_executable(&policy).unwrap();
        let guard = NoServices::begin_at(&policy).unwrap();
        assert!(forbids(&policy));
        drop(guard);
        assert_eq!(fs::read_to_string(&policy).unwrap(), "#!/bin/sh\nexit 0\n");
        assert_eq!(fs::read_dir(&directory).unwrap().count(), 1);
        fs::remove_dir_all(directory).unwrap();
    }

    #[test]
    fn nothing_stays_where_nothing_was() {
        let directory = directory("policy-goes");
        let policy = directory.join("policy-rc.d");
        let guard = NoServices::begin_at(&policy).unwrap();
        assert!(forbids(&policy));
        drop(guard);
        assert_eq!(fs::read_dir(&directory).unwrap().count(), 0);
        fs::remove_dir_all(directory).unwrap();
    }

    #[test]
    fn what_a_killed_run_left_is_taken_away() {
        let directory = directory("policy-left");
        let policy = directory.join("policy-rc.d");
        let killed = NoServices::begin_at(&policy).unwrap();
        std::mem::forget(killed);
        drop(NoServices::begin_at(&policy).unwrap());
        assert_eq!(fs::read_dir(&directory).unwrap().count(), 0);
        fs::remove_dir_all(directory).unwrap();
    }

    #[test]
    fn a_policy_that_forbids_already_is_left_alone() {
        let directory = directory("policy-forbids");
        let policy = directory.join("policy-rc.d");
        fs::write(&policy, "#!/bin/sh\nexit 101\n").unwrap();
        make_executable(&policy).unwrap();
        let guard = NoServices::begin_at(&policy).unwrap();
        assert!(!guard.placed);
        drop(guard);
        assert_eq!(fs::read_to_string(&policy).unwrap(), "#!/bin/sh\nexit 101\n");
        fs::remove_dir_all(directory).unwrap();
    }
}
