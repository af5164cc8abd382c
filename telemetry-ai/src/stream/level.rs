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
    levels: [Level<T>; TRACKED],
}

impl<T> Clone for Level<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Level<T> {}

impl<T> Levels<T> {
    pub(super) const fn new() -> Self {
        let nothing =
            Level { is_object: false, expects_key: false, node: None, child: None, position: 0 };
        Self { depth: 0, levels: [nothing; TRACKED] }
    }

    pub(super) fn clear(&mut self) {
        self.depth = 0;
    }

    pub(super) fn is_empty(&self) -> bool {
        self.depth == 0
    }

    /// Goes into a container, unless that is deeper than anything that matters.
    pub(super) fn open(&mut self, level: Level<T>) -> bool {
        let Some(place) = self.levels.get_mut(self.depth) else {
            return false;
        };
        *place = level;
        self.depth += 1;
        true
    }

    /// Leaves the innermost container.
    pub(super) fn close(&mut self) -> Option<Level<T>> {
        self.depth = self.depth.checked_sub(1)?;
        self.levels.get(self.depth).copied()
    }

    /// Whether a text that comes next is a key.
    pub(super) fn expect_key(&self) -> bool {
        self.innermost().is_some_and(|level| level.expects_key)
    }

    /// A key has come.
    pub(super) fn key(&mut self, key: &[u8]) {
        if let Some(level) = self.innermost_mut() {
            level.child = level.node.and_then(|node| node.member(key));
        }
    }

    /// A value follows.
    pub(super) fn end_key(&mut self) {
        if let Some(level) = self.innermost_mut() {
            level.expects_key = false;
        }
    }

    /// Another member or element follows.
    pub(super) fn next(&mut self) {
        if let Some(level) = self.innermost_mut() {
            level.expects_key = level.is_object;
            if level.is_object {
                level.child = None;
            }
            level.position = level.position.saturating_add(1);
        }
    }

    /// What is wanted of the value that comes next.
    pub(super) fn wanted(&self) -> Option<&'static Node<T>> {
        self.innermost()?.child
    }

    /// The same, of one that is no container.
    pub(super) fn wanted_scalar(&self) -> Option<(&'static Node<T>, Hook<T>)> {
        let node = self.wanted()?;
        Some((node, node.scalar?))
    }

    /// The position within the innermost container.
    pub(super) fn position(&self) -> u32 {
        self.innermost().map_or(0, |level| level.position)
    }

    /// Whether an object here is a document.
    pub(super) fn hold_documents(&self) -> bool {
        match self.depth {
            0 => true,
            1 => self.innermost().is_some_and(|level| !level.is_object),
            _ => false,
        }
    }

    fn innermost(&self) -> Option<&Level<T>> {
        self.levels.get(self.depth.wrapping_sub(1))
    }

    fn innermost_mut(&mut self) -> Option<&mut Level<T>> {
        self.levels.get_mut(self.depth.wrapping_sub(1))
    }
}
