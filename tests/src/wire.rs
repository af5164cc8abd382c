//! HTTP/1.1 by hand: a client that knows which bytes it has got, and whether they are all.
//!
//! One connection per request, never a retry: a request that got no answer was sent once all the same.

mod answer;

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};

use crate::PATIENCE;

pub use answer::Answer;

/// A request to be sent.
#[derive(Debug, Clone)]
pub struct Request {
    head: String,
    body: Vec<u8>,
}

impl Request {
    /// A request without a body.
    pub fn new(method: &str, target: &str) -> Self {
        Self { head: format!("{method} {target} HTTP/1.1\r\n"), body: Vec::new() }
    }

    /// `GET`
    pub fn get(target: &str) -> Self {
        Self::new("GET", target)
    }

    /// `POST` of this JSON.
    pub fn post(target: &str, json: &serde_json::Value) -> Self {
        let body = json.to_string().into_bytes();
        let mut request = Self::new("POST", target);
        request = request.header("content-type", "application/json");
        request = request.header("content-length", &body.len().to_string());
        request.body = body;
        request
    }

    /// With one more header.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.head.push_str(&format!("{name}: {value}\r\n"));
        self
    }

    /// Sends it and reads the answer to the end of the connection.
    ///
    /// # Errors
    ///
    /// When there is no connection, or it breaks; an answer that just ends too early is none.
    pub fn send(&self, address: SocketAddr) -> io::Result<Answer> {
        self.open(address)?.finish()
    }

    /// Sends it and reads nothing yet.
    ///
    /// # Errors
    ///
    /// When there is no connection, or it breaks.
    pub fn open(&self, address: SocketAddr) -> io::Result<Exchange> {
        let mut stream = TcpStream::connect_timeout(&address, PATIENCE)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        let head = format!("{}host: {address}\r\nconnection: close\r\n\r\n", self.head);
        stream.write_all(&[head.as_bytes(), &self.body].concat())?;
        Ok(Exchange { stream, received: Vec::new() })
    }
}

/// A request that was sent and whose answer comes in. Dropping it closes the connection.
#[derive(Debug)]
pub struct Exchange {
    stream: TcpStream,
    received: Vec<u8>,
}

impl Exchange {
    /// Reads until `text` has come.
    ///
    /// # Errors
    ///
    /// When the connection breaks or ends before that.
    pub fn read_until(&mut self, text: &str) -> io::Result<()> {
        while !contains(&self.received, text.as_bytes()) {
            if self.read_some()? == 0 {
                return Err(ErrorKind::UnexpectedEof.into());
            }
        }
        Ok(())
    }

    /// Reads to the end of the connection.
    ///
    /// # Errors
    ///
    /// When the connection breaks, or what came isn't HTTP.
    pub fn finish(mut self) -> io::Result<Answer> {
        while self.read_some()? > 0 {}
        Answer::read(&self.received).map_err(|reason| {
            let received = String::from_utf8_lossy(&self.received);
            io::Error::new(ErrorKind::InvalidData, format!("{reason}: {received}"))
        })
    }

    /// Closes the connection in both directions.
    pub fn hang_up(self) {
        // The other side may have closed it already.
        let _ = self.stream.shutdown(Shutdown::Both);
    }

    fn read_some(&mut self) -> io::Result<usize> {
        let mut piece = [0; 16 * 1024];
        loop {
            match self.stream.read(&mut piece) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
                Ok(length) => {
                    self.received.extend_from_slice(&piece[..length]);
                    return Ok(length);
                }
            }
        }
    }
}

/// Asks for a page and reads it whole.
///
/// # Panics
///
/// When it isn't there.
#[track_caller]
pub fn page(address: SocketAddr, target: &str) -> String {
    let answer = Request::get(target).send(address).unwrap_or_else(|error| {
        panic!("no answer to GET {target}: {error}");
    });
    assert_eq!((answer.status, answer.complete), (200, true), "{target}: {answer:?}");
    answer.text()
}

/// Whether `part` stands somewhere in `whole`.
pub fn contains(whole: &[u8], part: &[u8]) -> bool {
    whole.windows(part.len()).any(|window| window == part)
}
