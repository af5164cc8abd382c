//! What the kernel says about a process (Linux).

use std::collections::BTreeSet;
use std::fs;

/// The names of its threads, as far as the kernel keeps them: 15 characters.
pub fn thread_names(process: u32) -> Vec<String> {
    let threads = fs::read_dir(format!("/proc/{process}/task")).unwrap();
    let names = threads.filter_map(|thread| {
        // A thread may end meanwhile.
        let name = fs::read_to_string(thread.ok()?.path().join("comm")).ok()?;
        Some(name.trim_end().to_owned())
    });
    names.collect()
}

/// The TCP ports that it listens at.
pub fn listening_ports(process: u32) -> BTreeSet<u16> {
    const LISTENING: &str = "0A";
    let own = socket_inodes(process);
    let mut ports = BTreeSet::new();
    for table in ["tcp", "tcp6"] {
        let Ok(table) = fs::read_to_string(format!("/proc/{process}/net/{table}")) else {
            // A kernel without IPv6.
            continue;
        };
        for row in table.lines().skip(1) {
            let columns: Vec<&str> = row.split_whitespace().collect();
            if columns[3] == LISTENING && own.contains(columns[9]) {
                let (_, port) = columns[1].rsplit_once(':').unwrap();
                ports.insert(u16::from_str_radix(port, 16).unwrap());
            }
        }
    }
    ports
}

fn socket_inodes(process: u32) -> BTreeSet<String> {
    let files = fs::read_dir(format!("/proc/{process}/fd")).unwrap();
    let inodes = files.filter_map(|file| {
        let target = fs::read_link(file.ok()?.path()).ok()?;
        let inode = target.to_str()?.strip_prefix("socket:[")?.strip_suffix(']')?;
        Some(inode.to_owned())
    });
    inodes.collect()
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::net::TcpListener;
    use std::{process, thread};

    use super::*;
    use crate::eventually;

    #[test]
    fn an_open_port_and_a_running_thread_are_seen() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        assert!(listening_ports(process::id()).contains(&port));
        drop(listener);
        assert!(!listening_ports(process::id()).contains(&port));

        let parked = thread::Builder::new().name("seen-by-tests".to_owned());
        let parked = parked.spawn(thread::park).unwrap();
        let seen = || thread_names(process::id()).contains(&"seen-by-tests".to_owned());
        let becomes = |wanted: bool| {
            eventually("a thread comes and goes", || {
                if seen() == wanted { Ok(()) } else { Err(format!("it isn't {wanted}")) }
            });
        };
        becomes(true);
        parked.thread().unpark();
        parked.join().unwrap();
        becomes(false);
    }
}
