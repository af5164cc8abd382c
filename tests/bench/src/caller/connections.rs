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
pub(crate) fn serve(address: SocketAddr, core: Option<usize>) -> Result<(), Failure> {
    if let Some(core) = core {
        keep_to_core(core)?;
    }
    let (done, answered) = channel();
    let connections: Result<Vec<_>, Failure> =
        (0..CONNECTIONS).map(|_| connection(address, done.clone())).collect();
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
fn connection(address: SocketAddr, done: Sender<Done>) -> Result<Sender<u64>, Failure> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_nodelay(true)?;
    let (order, orders): (_, Receiver<u64>) = channel();
    thread::Builder::new().spawn(move || {
        for requests in orders {
            let called = (0..requests).map(|_| call(&mut stream)).collect();
            if done.send(called).is_err() {
                break;
            }
        }
    })?;
    Ok(order)
}

/// One request and its answer, which is known to be short and to end in this.
fn call(stream: &mut TcpStream) -> Result<Duration, std::io::Error> {
    const REQUEST: &[u8] =
        b"GET / HTTP/1.1\r\nhost: hello.example\r\nuser-agent: bench/1.0\r\naccept: */*\r\n\r\n";
    const END: &[u8] = b"Hello, World!";
    let begun = Instant::now();
    stream.write_all(REQUEST)?;
    let (mut answer, mut length) = ([0; 1024], 0);
    while !answer[..length].ends_with(END) {
        match stream.read(&mut answer[length..])? {
            0 => return Err(std::io::ErrorKind::UnexpectedEof.into()),
            read => length += read,
        }
    }
    Ok(begun.elapsed())
}
