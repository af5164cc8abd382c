//! Server-sent events (WHATWG HTML, section 9.2), as far as providers use them.

use memchr::memchr2;

use super::{Reply, Scanner, node::Node};

/// The mark that closes a stream of OpenAI's.
const DONE: &[u8] = b"[DONE]";
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// Reads a stream of events, in any pieces, and hands the data of each to a [`Scanner`] as it
/// comes.
///
/// Nothing is carried from one piece to the next but a few bytes of a field's name and whatever
/// value the scanner is picking, so there is no event too long to be read.
#[derive(Debug)]
pub(crate) struct Events {
    scanner: Scanner<Reply>,
    line: Line,
    /// The field's name while it is being read.
    name: Vec<u8>,
    /// The beginning of the event's data, enough to know the closing mark.
    head: Vec<u8>,
    has_data: bool,
    /// The last byte was a carriage return; a line feed after it belongs to it.
    returned: bool,
    /// The stream has begun, so that a byte order mark would be data.
    begun: bool,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Line {
    /// At its first byte.
    #[default]
    Start,
    Name,
    /// After the colon of a data field; one space is not a part of the value.
    Colon,
    Data,
    Other,
}

impl Events {
    /// Reads events whose data have this shape.
    pub(crate) fn new(root: &'static Node<Reply>) -> Self {
        Self {
            scanner: Scanner::new(root),
            line: Line::Start,
            name: Vec::new(),
            head: Vec::new(),
            has_data: false,
            returned: false,
            begun: false,
        }
    }

    /// Reads on.
    pub(crate) fn feed(&mut self, mut bytes: &[u8], reply: &mut Reply) {
        while let Some(&byte) = bytes.first() {
            if std::mem::take(&mut self.returned) && byte == b'\n' {
                bytes = &bytes[1..];
                continue;
            }
            let end = memchr2(b'\n', b'\r', bytes);
            if let Some(end) = end
                && self.line == Line::Start
                && let Some(value) = bytes[..end].strip_prefix(b"data:")
            {
                // A whole line of data, as nearly all are.
                self.begun = true;
                self.begin_data(reply);
                self.data(value.strip_prefix(b" ").unwrap_or(value), reply);
                self.returned = bytes[end] == b'\r';
                bytes = &bytes[end + 1..];
                continue;
            }
            self.read(&bytes[..end.unwrap_or(bytes.len())], reply);
            let Some(end) = end else {
                return;
            };
            self.returned = bytes[end] == b'\r';
            self.end_line(reply);
            bytes = &bytes[end + 1..];
        }
    }

    /// The stream has ended. An event that no blank line closed counts, since some providers leave
    /// it out.
    pub(crate) fn finish(&mut self, reply: &mut Reply) {
        if self.line != Line::Start {
            self.end_line(reply);
        }
        self.dispatch(reply);
    }

    /// Reads a piece of a line.
    fn read(&mut self, mut piece: &[u8], reply: &mut Reply) {
        if piece.is_empty() {
            return;
        }
        if self.line == Line::Start {
            self.line = Line::Name;
            self.name.clear();
        }
        if self.line == Line::Name {
            let colon = piece.iter().position(|&byte| byte == b':');
            self.read_name(&piece[..colon.unwrap_or(piece.len())]);
            let Some(colon) = colon else {
                return;
            };
            self.line = if self.is_data() { Line::Colon } else { Line::Other };
            self.begun = true;
            piece = &piece[colon + 1..];
            if self.line == Line::Colon {
                self.begin_data(reply);
            }
        }
        if self.line == Line::Colon && !piece.is_empty() {
            piece = piece.strip_prefix(b" ").unwrap_or(piece);
            self.line = Line::Data;
        }
        if self.line == Line::Data {
            self.data(piece, reply);
        }
    }

    /// Keeps enough of a name to know ours.
    fn read_name(&mut self, part: &[u8]) {
        let room = (BYTE_ORDER_MARK.len() + b"data".len() + 1).saturating_sub(self.name.len());
        self.name.extend_from_slice(&part[..part.len().min(room)]);
    }

    fn is_data(&self) -> bool {
        let name = self.name.as_slice();
        name == b"data" || (!self.begun && name.strip_prefix(BYTE_ORDER_MARK) == Some(b"data"))
    }

    /// Lines of data are joined by line feeds.
    fn begin_data(&mut self, reply: &mut Reply) {
        if self.has_data {
            self.data(b"\n", reply);
        }
        self.has_data = true;
    }

    fn data(&mut self, part: &[u8], reply: &mut Reply) {
        // What begins with a brace is a document; there is no more to know.
        if self.head.is_empty() && part.first() == Some(&b'{') {
            self.head.push(b'{');
        } else if self.head.first() != Some(&b'{') {
            let room = (DONE.len() + 1).saturating_sub(self.head.len());
            self.head.extend_from_slice(&part[..part.len().min(room)]);
        }
        self.scanner.feed(part, reply);
    }

    fn end_line(&mut self, reply: &mut Reply) {
        match std::mem::take(&mut self.line) {
            Line::Start => self.dispatch(reply),
            // A line without a colon is a field without a value.
            Line::Name if self.is_data() => self.begin_data(reply),
            _ => {}
        }
        self.begun = true;
    }

    fn dispatch(&mut self, reply: &mut Reply) {
        if std::mem::take(&mut self.has_data) {
            let head = self.head.trim_ascii_end();
            if head == DONE {
                reply.done = true;
            } else if !head.is_empty() {
                reply.chunks += 1;
                reply.end_event();
            }
        }
        self.head.clear();
        self.scanner.reset();
    }
}

#[cfg(test)]
#[path = "sse_tests.rs"]
mod tests;
