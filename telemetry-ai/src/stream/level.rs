//! The containers that are open, as far as anything in them is wanted.

use super::node::{Hook, Node};

/// What matters lies no deeper than this.
const TRACKED: usize = 8;

/// A container that is open.
#[derive(Debug)]
pub(super) struct Level<T: 'static> {
    pub(super) is_object: bool,
    pub(super) expects_key: bool,
    pub(super) node: Option<&'static Node<T>>,
    /// What is wanted of the value that comes next.
    pub(super) child: Option<&'static Node<T>>,
    /// The position within an array.
    pub(super) position: u32,
}

/// Containers, one within the other.
#[derive(Debug)]
pub(super) struct Levels<T: 'static> {
    depth: usize,
    /// The one that the next byte is in; where none is open, one of which nothing is wanted.
    innermost: Level<T>,
    /// Those around it, and what was innermost when none was open.
    outer: [Level<T>; TRACKED],
}

impl<T> Level<T> {
    const NONE: Self =
        Self { is_object: false, expects_key: false, node: None, child: None, position: 0 };
}

impl<T> Clone for Level<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Level<T> {}

impl<T> Levels<T> {
    pub(super) const fn new() -> Self {
        Self { depth: 0, innermost: Level::NONE, outer: [Level::NONE; TRACKED] }
    }

    pub(super) fn clear(&mut self) {
        (self.depth, self.innermost) = (0, Level::NONE);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.depth == 0
    }

    /// Goes into a container, unless that is deeper than anything that matters.
    pub(super) fn open(&mut self, level: Level<T>) -> bool {
        let Some(place) = self.outer.get_mut(self.depth) else {
            return false;
        };
        *place = std::mem::replace(&mut self.innermost, level);
        self.depth += 1;
        true
    }

    /// Leaves the innermost container.
    pub(super) fn close(&mut self) -> Option<Level<T>> {
        self.depth = self.depth.checked_sub(1)?;
        let around = *self.outer.get(self.depth)?;
        Some(std::mem::replace(&mut self.innermost, around))
    }

    /// Whether a text that comes next is a key.
    pub(super) fn expect_key(&self) -> bool {
        self.innermost.expects_key
    }

    /// A key has come; says what is wanted of its value.
    pub(super) fn key(&mut self, key: &[u8]) -> Option<&'static Node<T>> {
        self.innermost.child = self.innermost.node.and_then(|node| node.member(key));
        self.innermost.child
    }

    /// A value follows.
    pub(super) fn end_key(&mut self) {
        self.innermost.expects_key = false;
    }

    /// Another member or element follows.
    pub(super) fn next(&mut self) {
        let level = &mut self.innermost;
        level.expects_key = level.is_object;
        if level.is_object {
            level.child = None;
        }
        level.position = level.position.saturating_add(1);
    }

    /// What is wanted of the value that comes next.
    pub(super) fn wanted(&self) -> Option<&'static Node<T>> {
        self.innermost.child
    }

    /// The same, of one that is no container.
    pub(super) fn wanted_scalar(&self) -> Option<(&'static Node<T>, Hook<T>)> {
        let node = self.wanted()?;
        Some((node, node.scalar?))
    }

    /// The position within the innermost container.
    pub(super) fn position(&self) -> u32 {
        if self.is_empty() { 0 } else { self.innermost.position }
    }

    /// Whether an object here is a document.
    pub(super) fn hold_documents(&self) -> bool {
        match self.depth {
            0 => true,
            1 => !self.innermost.is_object,
            _ => false,
        }
    }
}
