//! Installation by apt, on Debian and what derives from it.

use std::fs;
use std::process::Command;

use super::services::NoServices;
use crate::failure::Failure;
use crate::process;

/// Whether this is Debian or its kin, and we are root.
pub(super) fn can_install() -> bool {
    let release = fs::read_to_string("/etc/os-release").unwrap_or_default();
    is_debian(&release) && is_root() && process::find_program("apt-get").is_some()
}

/// Installs the packages; no service is started or left enabled.
pub(super) fn install(packages: &[&str]) -> Result<(), Failure> {
    process::run(apt_get().arg("update"))?;
    let no_services = NoServices::begin()?;
    let mut install = apt_get();
    install.args(["install", "--yes", "--no-install-recommends"]).args(packages);
    let installed = process::run(&mut install);
    no_services.end()?;
    installed?;
    if process::find_program("systemctl").is_some() {
        // The packages enable their units for the next start of the machine. Without
        // systemd running there is nothing to disable, and that is no failure.
        for (_, unit) in UNITS.iter().filter(|(package, _)| packages.contains(package)) {
            let mut disable = Command::new("systemctl");
            process::succeeds(disable.args(["disable", "--quiet", unit]));
        }
    }
    Ok(())
}

/// What the packages would have the machine start.
const UNITS: &[(&str, &str)] = &[
    ("prometheus", "prometheus.service"),
    ("postgresql", "postgresql.service"),
    ("mariadb-server", "mariadb.service"),
    ("redis-server", "redis-server.service"),
];

fn apt_get() -> Command {
    let mut apt_get = Command::new("apt-get");
    apt_get
        .args(["--quiet", "--quiet"])
        .args(["-o", "Acquire::Retries=3", "-o", "DPkg::Lock::Timeout=120"])
        .env("DEBIAN_FRONTEND", "noninteractive");
    apt_get
}

/// Reads `ID` and `ID_LIKE` of an os-release file.
fn is_debian(release: &str) -> bool {
    release
        .lines()
        .filter_map(|line| line.split_once('='))
        .filter(|(key, _)| matches!(*key, "ID" | "ID_LIKE"))
        .flat_map(|(_, value)| value.trim_matches(['"', '\'']).split_whitespace())
        .any(|id| matches!(id, "debian" | "ubuntu"))
}

#[cfg(target_os = "linux")]
fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt;
    // The owner of our own entry is our effective user.
    fs::metadata("/proc/self").is_ok_and(|entry| entry.uid() == 0)
}

#[cfg(not(target_os = "linux"))]
fn is_root() -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debian_and_its_kin_are_known_by_their_release_file() {
        assert!(is_debian("NAME=\"Debian GNU/Linux\"\nID=debian\n"));
        assert!(is_debian("ID=linuxmint\nID_LIKE=\"ubuntu debian\"\n"));
        assert!(!is_debian("ID=\"rocky\"\nID_LIKE=\"rhel centos fedora\"\n"));
        assert!(!is_debian("HOME_URL=debian\n"));
    }
}
