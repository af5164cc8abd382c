//! What the model's process does.

use std::io::{BufRead, BufReader, Read, Write, stdin, stdout};
use std::net::{TcpListener, TcpStream};
use std::thread;

use serde_json::json;

use crate::failure::Failure;
use crate::measure::keep_to_core;

/// Prints its address, answers whatever it is asked with the same completion of 4 KiB, and ends with its
/// input.
pub(crate) fn serve(core: Option<usize>) -> Result<(), Failure> {
    if let Some(core) = core {
        keep_to_core(core)?;
    }
    let listener = TcpListener::bind(("127.0.0.1", 0))?;
    let mut out = stdout().lock();
    writeln!(out, "{}", listener.local_addr()?)?;
    out.flush()?;
    let answer = answer();
    thread::Builder::new().spawn(move || {
        for stream in listener.incoming().flatten() {
            let answer = answer.clone();
            // A connection that breaks is missed by whoever counts the calls.
            thread::spawn(move || converse(stream, &answer));
        }
    })?;
    stdin().lock().lines().try_for_each(|line| line.map(drop))?;
    Ok(())
}

/// A whole response with the usage of a call.
fn answer() -> Vec<u8> {
    let body = json!({
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1_760_000_000,
        "model": "gpt-4o-2024-08-06",
        "choices": [{
            "index": 0,
            "message": { "role": "assistant", "content": "word ".repeat(740) },
            "finish_reason": "stop",
        }],
        "usage": {
            "prompt_tokens": 1_000,
            "completion_tokens": 740,
            "total_tokens": 1_740,
            "prompt_tokens_details": { "cached_tokens": 200 },
        },
    });
    let body = body.to_string();
    let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ";
    format!("{head}{}\r\n\r\n{body}", body.len()).into_bytes()
}

/// Answers request after request.
fn converse(stream: TcpStream, answer: &[u8]) -> Result<(), std::io::Error> {
    stream.set_nodelay(true)?;
    let mut writer = stream.try_clone()?;
    let mut reader = BufReader::new(stream);
    let (mut line, mut body) = (String::new(), Vec::new());
    loop {
        let mut length = 0;
        loop {
            line.clear();
            if reader.read_line(&mut line)? == 0 {
                return Ok(());
            }
            match line.trim_end().split_once(':') {
                Some((name, value)) if name.eq_ignore_ascii_case("content-length") => {
                    length = value.trim().parse().unwrap_or_default();
                }
                None if line.trim_end().is_empty() => break,
                _ => {}
            }
        }
        body.resize(length, 0);
        reader.read_exact(&mut body)?;
        writer.write_all(answer)?;
    }
}
