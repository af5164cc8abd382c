//! The harness itself: without it no test of this program means anything.

use std::net::TcpStream;

use telemetry_tests::servers::{MariaDb, Postgres, Redis};

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
