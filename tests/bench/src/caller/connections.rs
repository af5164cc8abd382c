//! What the caller's process does.

use std::io::{BufRead, Read, Write, stdin, stdout};
use std::net::{SocketAddr, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use crate::failure::Failure;
use crate::measure::keep_to_core;

/// How many are open.
const CONNECTIONS: u64 = 8;

/// Sends as many requests as each line of the input says, on all connections at the same time and on
/// each one after the other, and writes a line when they are answered: the nanoseconds that half of them
/// took at the most.
pub(crate) fn serve(address: SocketAddr, path: &str, core: Option<usize>) -> Result<(), Failure> {
    if let Some(core) = core {
        keep_to_core(core)?;
    }
    let (done, answered) = channel();
    let connections: Result<Vec<_>, Failure> =
        (0..CONNECTIONS).map(|_| connection(address, path, done.clone())).collect();
    let connections = connections?;
    let mut out = stdout().lock();
    for line in stdin().lock().lines() {
        let requests: u64 = line?.trim().parse()?;
        for (order, number) in connections.iter().zip(0..) {
            order.send(requests / CONNECTIONS + u64::from(number < requests % CONNECTIONS))?;
        }
        let mut took = Vec::new();
        for _ in &connections {
            took.extend(answered.recv()?.map_err(|error| format!("a call failed: {error}"))?);
        }
        took.sort_unstable();
        let median = took.get(took.len() / 2).copied().unwrap_or_default();
        writeln!(out, "{}", median.as_nanos())?;
        out.flush()?;
    }
    Ok(())
}

/// How long each took.
type Done = Result<Vec<Duration>, std::io::Error>;

/// Opens a connection and gives what takes the numbers of its requests.
fn connection(address: SocketAddr, path: &str, done: Sender<Done>) -> Result<Sender<u64>, Failure> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_nodelay(true)?;
    let request = format!(
        "GET {path} HTTP/1.1\r\nhost: hello.example\r\nuser-agent: bench/1.0\r\naccept: */*\r\n\r\n"
    );
    let (order, orders): (_, Receiver<u64>) = channel();
    thread::Builder::new().spawn(move || {
        for requests in orders {
            let called = (0..requests).map(|_| call(&mut stream, request.as_bytes())).collect();
            if done.send(called).is_err() {
                break;
            }
        }
    })?;
    Ok(order)
}

/// One request and its answer, which says how long it is.
fn call(stream: &mut TcpStream, request: &[u8]) -> Result<Duration, std::io::Error> {
    let begun = Instant::now();
    stream.write_all(request)?;
    let (mut answer, mut filled) = ([0; 16 * 1024], 0);
    while whole(&answer[..filled]).is_none_or(|length| filled < length) {
        match stream.read(&mut answer[filled..])? {
            0 => return Err(std::io::ErrorKind::UnexpectedEof.into()),
            read => filled += read,
        }
    }
    match answer.starts_with(b"HTTP/1.1 200 ") {
        true => Ok(begun.elapsed()),
        false => Err(std::io::Error::other("the service has failed")),
    }
}

/// The length of an answer, once its head is there.
fn whole(answer: &[u8]) -> Option<usize> {
    const LENGTH: &[u8] = b"content-length: ";
    let head = answer.windows(4).position(|window| window == b"\r\n\r\n")? + 4;
    let at = answer.windows(LENGTH.len()).position(|window| window == LENGTH)? + LENGTH.len();
    let digits = answer.iter().skip(at).take_while(|byte| byte.is_ascii_digit());
    let body = digits.fold(0, |sum, digit| sum * 10 + usize::from(digit - b'0'));
    Some(head + body)
}
