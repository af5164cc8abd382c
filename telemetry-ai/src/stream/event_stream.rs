//! The binary event stream of AWS (`application/vnd.amazon.eventstream`).
//!
//! A message is a prelude (total length, length of the headers, CRC-32 of both), headers, a payload
//! and a CRC-32 of it all, every number big-endian. The headers name the event or the exception;
//! the payload is JSON.

use super::{Reply, Scanner, node::Node};

/// The prelude with its checksum.
const PRELUDE: usize = 12;
/// The checksum at the end.
const TRAILER: usize = 4;
/// The specification allows 128 KiB of headers; ours are a few dozen bytes.
const MOST_HEADERS: usize = 128 * 1024;
/// The specification allows 24 MiB for a message.
const LONGEST_MESSAGE: usize = 24 * 1024 * 1024;
/// Headers of interest have shorter names and values.
const LONGEST_KEPT: usize = 64;
/// The type of a header that is a string.
const STRING: u8 = 7;

/// Reads a stream of messages, in any pieces, and hands each payload to a [`Scanner`] as it comes.
///
/// Only a prelude and the headers are carried from one piece to the next, so no payload is too long.
/// Payloads that wrap another provider's event in base64 (`invoke-with-response-stream`) are
/// unwrapped within the bound of a picked value.
#[derive(Debug)]
pub(crate) struct EventStream {
    scanner: Scanner<Reply>,
    wrapped: Scanner<Reply>,
    carry: Vec<u8>,
    part: Part,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Prelude,
    Headers {
        length: usize,
        payload: usize,
    },
    Payload {
        left: usize,
    },
    Trailer {
        left: usize,
    },
    /// What follows can't be told apart.
    Broken,
}

impl EventStream {
    /// Reads payloads of the shape `root`; what they wrap has the shape `wrapped`.
    pub(crate) fn new(root: &'static Node<Reply>, wrapped: &'static Node<Reply>) -> Self {
        Self {
            scanner: Scanner::new(root),
            wrapped: Scanner::new(wrapped),
            carry: Vec::new(),
            part: Part::Prelude,
        }
    }

    /// Whether the framing was violated, so that the rest can't be read.
    pub(crate) fn is_broken(&self) -> bool {
        self.part == Part::Broken
    }

    /// Reads on.
    pub(crate) fn feed(&mut self, mut bytes: &[u8], reply: &mut Reply) {
        loop {
            match self.part {
                Part::Prelude => {
                    let Some(prelude) = self.carried(PRELUDE, &mut bytes) else { return };
                    self.part = read_prelude(&prelude);
                }
                Part::Headers { length, payload } => {
                    let Some(headers) = self.carried(length, &mut bytes) else { return };
                    read_headers(&headers, reply);
                    self.part = Part::Payload { left: payload };
                }
                Part::Payload { left } => {
                    let taken = left.min(bytes.len());
                    self.scanner.feed(&bytes[..taken], reply);
                    bytes = &bytes[taken..];
                    if taken < left {
                        self.part = Part::Payload { left: left - taken };
                        return;
                    }
                    self.end_payload(reply);
                    self.part = Part::Trailer { left: TRAILER };
                }
                Part::Trailer { left } => {
                    let taken = left.min(bytes.len());
                    bytes = &bytes[taken..];
                    if taken < left {
                        self.part = Part::Trailer { left: left - taken };
                        return;
                    }
                    reply.chunks += 1;
                    reply.end_event();
                    self.part = Part::Prelude;
                }
                Part::Broken => return,
            }
        }
    }

    fn end_payload(&mut self, reply: &mut Reply) {
        self.scanner.reset();
        let wrapped = std::mem::take(&mut reply.wrapped);
        if !wrapped.is_empty() {
            self.wrapped.feed(&wrapped, reply);
            self.wrapped.reset();
        }
    }

    /// The next `length` bytes, once they are all there.
    fn carried(&mut self, length: usize, bytes: &mut &[u8]) -> Option<Vec<u8>> {
        let taken = (length - self.carry.len()).min(bytes.len());
        self.carry.extend_from_slice(&bytes[..taken]);
        *bytes = &bytes[taken..];
        (self.carry.len() == length).then(|| std::mem::take(&mut self.carry))
    }
}

fn read_prelude(prelude: &[u8]) -> Part {
    let word = |at: usize| {
        let word = prelude.get(at..at + 4).and_then(|word| word.try_into().ok());
        word.map_or(0, u32::from_be_bytes)
    };
    let (total, headers) = (word(0) as usize, word(4) as usize);
    let around = PRELUDE + TRAILER;
    let sound = crc32(&prelude[..8]) == word(8)
        && (around..=LONGEST_MESSAGE).contains(&total)
        && headers <= MOST_HEADERS.min(total - around);
    if sound {
        Part::Headers { length: headers, payload: total - around - headers }
    } else {
        Part::Broken
    }
}

/// Takes over what the headers say of an exception.
fn read_headers(mut headers: &[u8], reply: &mut Reply) {
    while let Some(Header { name, kind, value }) = next_header(&mut headers) {
        if kind != STRING || value.len() > LONGEST_KEPT {
            continue;
        }
        let value = str::from_utf8(value).unwrap_or_default();
        match name {
            b":exception-type" => reply.failed(Some(&crate::error_code::snake_case(value))),
            b":error-code" => reply.failed(Some(&crate::error_code::snake_case(value))),
            b":message-type" if value == "exception" || value == "error" => reply.failed(None),
            _ => {}
        }
    }
}

struct Header<'a> {
    name: &'a [u8],
    kind: u8,
    value: &'a [u8],
}

/// Takes the first header off.
fn next_header<'a>(headers: &mut &'a [u8]) -> Option<Header<'a>> {
    let (&length, rest) = headers.split_first()?;
    let (name, rest) = rest.split_at_checked(length.into())?;
    let (&kind, rest) = rest.split_first()?;
    let (length, rest) = match kind {
        0 | 1 => (0, rest),
        2 => (1, rest),
        3 => (2, rest),
        4 => (4, rest),
        5 | 8 => (8, rest),
        9 => (16, rest),
        6 | STRING => {
            let (length, rest) = rest.split_at_checked(2)?;
            (u16::from_be_bytes(length.try_into().ok()?).into(), rest)
        }
        _ => return None,
    };
    let (value, rest) = rest.split_at_checked(length)?;
    *headers = rest;
    Some(Header { name, kind, value })
}

/// CRC-32 as Ethernet has it. Eight bytes a message need no table.
fn crc32(bytes: &[u8]) -> u32 {
    let mut sum = u32::MAX;
    for &byte in bytes {
        sum ^= u32::from(byte);
        for _ in 0..8 {
            let carry = (sum & 1).wrapping_neg();
            sum = (sum >> 1) ^ (0xedb8_8320 & carry);
        }
    }
    !sum
}

#[cfg(test)]
#[path = "event_stream_tests.rs"]
mod tests;
