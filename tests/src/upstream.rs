use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::{fmt, thread};

/// An AI provider that does exactly what it is told, and writes down what it is asked.
#[derive(Debug)]
pub struct Upstream {
    address: SocketAddr,
    asked: Arc<Mutex<Vec<String>>>,
}

/// How an [`Upstream`] answers.
#[derive(Clone)]
pub enum Behaviour {
    /// A whole completion that says this, plain or streamed as it is asked for.
    Says(&'static str),
    /// A stream that says this once and then nothing, for ever.
    StartsAndStalls(&'static str),
    /// Nothing at all, for ever.
    IsSilent,
}

impl Upstream {
    /// A provider at a free port. Its threads wait until the test's process ends.
    pub fn start(behaviour: Behaviour) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let asked = Arc::<Mutex<Vec<String>>>::default();
        let requests = Arc::clone(&asked);
        thread::spawn(move || {
            for connection in listener.incoming().flatten() {
                let (behaviour, requests) = (behaviour.clone(), Arc::clone(&requests));
                thread::spawn(move || answer(connection, &behaviour, &requests));
            }
        });
        Self { address, asked }
    }

    /// Where it listens.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The port of [`endpoint`](Self::endpoint).
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// The requests so far, heads and bodies.
    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Answers the requests of one connection until the client closes it.
fn answer(mut connection: TcpStream, behaviour: &Behaviour, asked: &Mutex<Vec<String>>) {
    while let Some(request) = read(&mut connection) {
        let streamed = request.contains("\"stream\":true");
        asked.lock().unwrap_or_else(PoisonError::into_inner).push(request);
        let head = |rest: &str| format!("HTTP/1.1 200 OK\r\ncontent-type: {rest}\r\n\r\n");
        let sent = match behaviour {
            Behaviour::Says(words) if streamed => {
                let events =
                    [chunk(words, None), chunk("", Some("stop")), usage(), "[DONE]".to_owned()];
                let events = events.map(|event| format!("data: {event}\n\n")).concat();
                let head = head("text/event-stream\r\ntransfer-encoding: chunked");
                let whole = format!("{head}{:x}\r\n{events}\r\n0\r\n\r\n", events.len());
                connection.write_all(whole.as_bytes())
            }
            Behaviour::Says(words) => {
                let body = completion(words);
                let head = head(&format!("application/json\r\ncontent-length: {}", body.len()));
                connection.write_all((head + &body).as_bytes())
            }
            Behaviour::StartsAndStalls(words) => {
                let event = format!("data: {}\n\n", chunk(words, None));
                let head = head("text/event-stream\r\ntransfer-encoding: chunked");
                let first = format!("{head}{:x}\r\n{event}\r\n", event.len());
                connection.write_all(first.as_bytes())
            }
            Behaviour::IsSilent => Ok(()),
        };
        if sent.is_err() {
            return;
        }
    }
}

/// One request, head and body. None at the end of the connection.
fn read(connection: &mut TcpStream) -> Option<String> {
    let mut received = Vec::new();
    let mut piece = [0; 16 * 1024];
    loop {
        let length = connection.read(&mut piece).ok().filter(|length| *length > 0)?;
        received.extend_from_slice(&piece[..length]);
        let text = String::from_utf8_lossy(&received);
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length = head.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            let is_length = name.eq_ignore_ascii_case("content-length");
            is_length.then(|| value.trim().parse::<usize>().ok()).flatten()
        });
        if body.len() >= length.unwrap_or(0) {
            return Some(text.into_owned());
        }
    }
}

fn completion(words: &str) -> String {
    serde_json::json!({
        "id": "chatcmpl-1", "object": "chat.completion", "created": 1_700_000_000, "model": "gpt-4o-2024-08-06",
        "choices": [{ "index": 0, "message": { "role": "assistant", "content": words }, "finish_reason": "stop" }],
        "usage": { "prompt_tokens": 20, "completion_tokens": 5, "total_tokens": 25 },
    })
    .to_string()
}

fn chunk(words: &str, finish_reason: Option<&str>) -> String {
    serde_json::json!({
        "id": "chatcmpl-2", "object": "chat.completion.chunk", "created": 1_700_000_000, "model": "gpt-4o-mini-2024-07-18",
        "choices": [{ "index": 0, "delta": { "role": "assistant", "content": words }, "finish_reason": finish_reason }],
    })
    .to_string()
}

fn usage() -> String {
    serde_json::json!({
        "id": "chatcmpl-2", "object": "chat.completion.chunk", "created": 1_700_000_000, "model": "gpt-4o-mini-2024-07-18",
        "choices": [], "usage": { "prompt_tokens": 20, "completion_tokens": 5, "total_tokens": 25 },
    })
    .to_string()
}

impl fmt::Debug for Behaviour {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Says(words) => write!(out, "says {words:?}"),
            Self::StartsAndStalls(words) => write!(out, "says {words:?} and stalls"),
            Self::IsSilent => out.write_str("is silent"),
        }
    }
}
