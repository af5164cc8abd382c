//! The harness itself: without it no test of this program means anything.

use std::net::TcpStream;
use std::path::Path;
use std::process::Command;
use std::{env, thread};

use telemetry_tests::servers::{MariaDb, Postgres, Redis};
use telemetry_tests::{PATIENCE, Process, eventually};

#[test]
fn a_server_that_is_killed_comes_back_where_it_was_and_a_dropped_one_is_gone() {
    let mut postgres = Postgres::start();
    let mut mariadb = MariaDb::start();
    let mut redis = Redis::start();
    let addresses = [postgres.address(), mariadb.address(), redis.address()];
    assert!(addresses.iter().all(|address| TcpStream::connect(address).is_ok()));
    assert!(redis.socket().exists());

    postgres.kill();
    mariadb.kill();
    redis.kill();
    assert!(addresses.iter().all(|address| TcpStream::connect(address).is_err()));

    postgres.restart();
    mariadb.restart();
    redis.restart();
    assert_eq!([postgres.address(), mariadb.address(), redis.address()], addresses);
    assert!(addresses.iter().all(|address| TcpStream::connect(address).is_ok()));

    drop((postgres, mariadb, redis));
    assert!(addresses.iter().all(|address| TcpStream::connect(address).is_err()));
}

/// Of the process that is to tell its server.
const TELL: &str = "SYSTEM_TESTS_TELL_SERVER";

#[test]
fn a_server_and_its_folder_are_gone_when_their_process_was_killed() {
    if env::var_os(TELL).is_some() {
        let redis = Redis::start();
        println!("\nserver {} {}", redis.address(), redis.socket().display());
        thread::sleep(PATIENCE);
        return;
    }
    let mut other = Command::new(env::current_exe().unwrap());
    other.args(["their_process_was_killed", "--nocapture"]).env(TELL, "1");
    let other = Process::start(&mut other);
    let (address, socket) = other.line("its server", |line| {
        let (address, socket) = line.strip_prefix("server ")?.split_once(' ')?;
        Some((address.to_owned(), socket.to_owned()))
    });
    assert!(TcpStream::connect(&address).is_ok());
    let folder = Path::new(&socket).parent().unwrap();
    assert!(folder.exists());
    drop(other);
    eventually("the server and its folder are gone", || {
        let left = TcpStream::connect(&address).is_ok() || folder.exists();
        if left { Err(format!("{address} or {} is there", folder.display())) } else { Ok(()) }
    });
}
