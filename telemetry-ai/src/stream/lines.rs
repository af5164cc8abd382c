//! Documents on lines of their own (NDJSON).

use memchr::memchr;

use super::{Reply, Scanner, node::Node};

/// Reads documents of which each has a line of its own, in any pieces.
///
/// A line feed ends a document, whole or not: JSON can't hold one inside a string. So a line that
/// was cut or isn't JSON costs that line alone. A byte order mark and empty lines mean nothing.
#[derive(Debug)]
pub(crate) struct Lines {
    scanner: Scanner<Reply>,
}

impl Lines {
    /// Reads documents of this shape.
    pub(crate) fn new(root: &'static Node<Reply>) -> Self {
        Self { scanner: Scanner::new(root) }
    }

    /// Reads on.
    pub(crate) fn feed(&mut self, mut bytes: &[u8], reply: &mut Reply) {
        while let Some(end) = memchr(b'\n', bytes) {
            self.read(&bytes[..end], reply);
            self.scanner.reset();
            bytes = &bytes[end + 1..];
        }
        self.read(bytes, reply);
    }

    fn read(&mut self, part: &[u8], reply: &mut Reply) {
        let before = self.scanner.documents();
        self.scanner.feed(part, reply);
        let ended = self.scanner.documents() - before;
        if ended > 0 {
            reply.chunks += ended;
            reply.end_event();
        }
    }
}
