//! A response being read, whatever its framing.

use super::{EventStream, Events, Lines, Reply, Scanner, node::Node};

/// How the pieces of a body make up documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Framing {
    /// Server-sent events.
    Events,
    /// One document, or an array of them.
    Json,
    /// A document on each line.
    Lines,
    /// The binary event stream of AWS.
    EventStream,
    /// Not at all, for this reason.
    Unread(&'static str),
}

/// What the documents of a response look like.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shape {
    /// A document, or an event of a stream.
    pub(crate) root: &'static Node<Reply>,
    /// What an event of a stream wraps.
    pub(crate) wrapped: &'static Node<Reply>,
}

impl Shape {
    /// Documents that wrap nothing.
    pub(crate) const fn of(root: &'static Node<Reply>) -> Self {
        Self { root, wrapped: root }
    }
}

/// What a response has been read as so far.
#[derive(Debug)]
pub(crate) enum Reading {
    /// One document, or an array.
    Document(Scanner<Reply>),
    /// Server-sent events.
    Events(Events),
    /// Lines.
    Lines(Lines),
    /// Binary messages.
    EventStream(Box<EventStream>),
}

impl Reading {
    /// Begins to read; `None` for what can't be.
    pub(crate) fn new(framing: Framing, shape: Shape) -> Option<Self> {
        Some(match framing {
            Framing::Events => Self::Events(Events::new(shape.root)),
            Framing::Json => Self::Document(Scanner::new(shape.root)),
            Framing::Lines => Self::Lines(Lines::new(shape.root)),
            Framing::EventStream => {
                Self::EventStream(Box::new(EventStream::new(shape.root, shape.wrapped)))
            }
            Framing::Unread(_) => return None,
        })
    }

    /// Reads on.
    pub(crate) fn feed(&mut self, piece: &[u8], reply: &mut Reply) {
        match self {
            Self::Document(scanner) => {
                let before = scanner.documents();
                scanner.feed(piece, reply);
                if scanner.documents() > before {
                    reply.end_event();
                }
            }
            Self::Events(events) => events.feed(piece, reply),
            Self::Lines(lines) => lines.feed(piece, reply),
            Self::EventStream(stream) => stream.feed(piece, reply),
        }
    }

    /// The body has ended.
    pub(crate) fn finish(&mut self, reply: &mut Reply) {
        if let Self::Events(events) = self {
            events.finish(reply);
        }
    }

    /// Whether the body comes in parts that are of use by themselves.
    pub(crate) fn is_stream(&self) -> bool {
        !matches!(self, Self::Document(_))
    }

    /// Why the body could not be read to its end, if so.
    pub(crate) fn unavailable(&self) -> Option<&'static str> {
        match self {
            Self::EventStream(stream) if stream.is_broken() => Some("framing"),
            _ => None,
        }
    }
}
