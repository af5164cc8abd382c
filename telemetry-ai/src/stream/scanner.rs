//! A scanner that picks a few values out of a JSON document as its bytes pass.
//!
//! It keeps no more than the value it is picking, whatever the size of the document: the text of an
//! answer is skipped where it lies. So there is nothing to buffer, nothing to bound but the picked
//! values, and a cut anywhere, even inside a character, changes nothing.

use memchr::{memchr, memchr2};

use super::node::{Hook, Node};

/// The keys that matter are shorter than this.
const LONGEST_KEY: usize = 40;
/// What matters lies no deeper than this.
const TRACKED: usize = 8;
/// Texts up to this length are handed on without a copy, if they come in one piece.
const SHORT_TEXT: usize = 64;
/// Most values are shorter than this; a buffer begins so long.
const USUAL_VALUE: usize = 512;
/// A buffer that a long value has grown is given back.
const LONGEST_KEPT: usize = 16 * 1024;

/// Reads JSON documents, in any pieces, and hands what its shape names to a `T`.
///
/// A document that is an array is read as several documents of the same shape.
#[derive(Debug)]
pub(crate) struct Scanner<T: 'static> {
    root: &'static Node<T>,
    depth: usize,
    levels: [Level<T>; TRACKED],
    text: Text,
    escaped: bool,
    key: Vec<u8>,
    /// The bytes of the value being picked, as they stand in the document.
    value: Vec<u8>,
    picking: Option<Picking<T>>,
    overlong: bool,
    documents: u64,
}

/// The bytes outside of a text that are no part of a number, a literal or space.
static STRUCTURAL: [bool; 256] = {
    let mut structural = [false; 256];
    let mut signs: &[u8] = b"\"{}[],:";
    while let [sign, rest @ ..] = signs {
        structural[*sign as usize] = true;
        signs = rest;
    }
    structural
};

/// A container that is open.
#[derive(Debug)]
struct Level<T: 'static> {
    is_object: bool,
    expects_key: bool,
    node: Option<&'static Node<T>>,
    /// What is wanted of the value that comes next.
    child: Option<&'static Node<T>>,
    /// The position within an array.
    position: u32,
}

impl<T> Clone for Level<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Level<T> {}

impl<T> Level<T> {
    const EMPTY: Self =
        Self { is_object: false, expects_key: false, node: None, child: None, position: 0 };
}

/// A value being picked, and the depth at which it began.
#[derive(Debug)]
struct Picking<T: 'static> {
    hook: Hook<T>,
    is_scalar: bool,
    from: usize,
    limit: usize,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Text {
    #[default]
    Outside,
    Key,
    Value,
}

impl<T> Scanner<T> {
    /// Reads documents of this shape.
    pub(crate) fn new(root: &'static Node<T>) -> Self {
        Self {
            root,
            depth: 0,
            levels: [Level::EMPTY; TRACKED],
            text: Text::Outside,
            escaped: false,
            key: Vec::with_capacity(LONGEST_KEY + 1),
            value: Vec::new(),
            picking: None,
            overlong: false,
            documents: 0,
        }
    }

    /// Reads on.
    pub(crate) fn feed(&mut self, mut bytes: &[u8], target: &mut T) {
        while let Some(&byte) = bytes.first() {
            let taken = match self.text {
                Text::Outside if byte == b'"' => {
                    self.short_text(bytes, target).unwrap_or_else(|| {
                        self.open_text();
                        1
                    })
                }
                Text::Outside if STRUCTURAL[usize::from(byte)] => {
                    self.structure(byte, target);
                    1
                }
                Text::Outside => self.plain(bytes, target),
                Text::Value if self.picking.is_none() => self.skip_text(bytes),
                Text::Key | Text::Value => self.text(bytes, target),
            };
            bytes = &bytes[taken..];
        }
    }

    /// Forgets the document, ended or not, and keeps the buffers.
    pub(crate) fn reset(&mut self) {
        self.depth = 0;
        self.text = Text::Outside;
        self.escaped = false;
        self.key.clear();
        self.value.clear();
        self.picking = None;
        self.overlong = false;
    }

    /// How many objects ended that were a document, or an element of one that is an array.
    pub(crate) fn documents(&self) -> u64 {
        self.documents
    }

    fn structure(&mut self, byte: u8, target: &mut T) {
        match byte {
            b'{' | b'[' => self.open(byte, target),
            b'}' | b']' => self.close(byte, target),
            b',' => {
                self.end_scalar(target);
                self.keep(&[byte]);
                if let Some(level) = self.level() {
                    level.expects_key = level.is_object;
                    if level.is_object {
                        level.child = None;
                    }
                    level.position = level.position.saturating_add(1);
                }
            }
            b':' => {
                self.keep(&[byte]);
                if let Some(level) = self.level() {
                    level.expects_key = false;
                }
            }
            _ => {}
        }
    }

    /// Consumes a part of a number or of a literal, with the space around it; says how much.
    fn plain(&mut self, bytes: &[u8], target: &mut T) -> usize {
        let end = bytes.iter().position(|&byte| STRUCTURAL[usize::from(byte)]);
        let end = end.unwrap_or(bytes.len());
        let mut part = &bytes[..end];
        if self.picking.is_none() {
            part = part.trim_ascii_start();
            if part.is_empty() {
                return end;
            }
            let Some((node, hook)) = self.wanted_scalar() else {
                return end;
            };
            if matches!(bytes.get(end), Some(b',' | b'}' | b']')) {
                if part.len() <= node.limit {
                    hook(target, part);
                }
                return end;
            }
            self.begin_scalar();
        }
        self.keep(part);
        end
    }

    /// Consumes a text that begins here if all of it is here and it is short, as keys and names are, and
    /// hands it on where it lies; says how much.
    fn short_text(&mut self, bytes: &[u8], target: &mut T) -> Option<usize> {
        if self.picking.is_some() {
            return None;
        }
        let inner = bytes.get(1..)?;
        let short = &inner[..inner.len().min(SHORT_TEXT)];
        let end = short.iter().position(|&byte| matches!(byte, b'"' | b'\\'))?;
        if inner[end] != b'"' {
            return None;
        }
        let length = end + 2;
        match self.level() {
            Some(level) if level.is_object && level.expects_key => {
                level.child = level.node.and_then(|node| node.member(&inner[..end]));
            }
            _ => {
                if let Some((node, hook)) = self.wanted_scalar()
                    && length <= node.limit
                {
                    hook(target, &bytes[..length]);
                }
            }
        }
        Some(length)
    }

    /// Consumes a part of a text of which nothing is wanted, up to and with its closing quote; says how
    /// much.
    fn skip_text(&mut self, bytes: &[u8]) -> usize {
        let mut from = 0;
        loop {
            let quote = memchr(b'"', &bytes[from..]).map(|at| from + at);
            let part = &bytes[from..quote.unwrap_or(bytes.len())];
            let slashes = part.iter().rev().take_while(|&&byte| byte == b'\\').count();
            // A backslash at the end of the piece before escapes the first of these.
            let carried = self.escaped && slashes == part.len();
            self.escaped = (slashes % 2 == 1) != carried;
            let Some(quote) = quote else {
                return bytes.len();
            };
            from = quote + 1;
            if !std::mem::take(&mut self.escaped) {
                self.text = Text::Outside;
                return from;
            }
        }
    }

    /// Consumes a part of a text, up to and with its closing quote; says how much.
    fn text(&mut self, bytes: &[u8], target: &mut T) -> usize {
        if self.escaped {
            self.escaped = false;
            self.in_text(&bytes[..1]);
            return 1;
        }
        let Some(at) = memchr2(b'"', b'\\', bytes) else {
            self.in_text(bytes);
            return bytes.len();
        };
        self.in_text(&bytes[..=at]);
        if bytes[at] == b'\\' {
            self.escaped = true;
        } else {
            self.close_text(target);
        }
        at + 1
    }

    fn in_text(&mut self, part: &[u8]) {
        if self.text == Text::Key && self.picking.is_none() {
            let room = (LONGEST_KEY + 1).saturating_sub(self.key.len());
            self.key.extend_from_slice(&part[..part.len().min(room)]);
        } else {
            self.keep(part);
        }
    }

    fn open_text(&mut self) {
        let is_key = self.level().is_some_and(|level| level.is_object && level.expects_key);
        self.text = if is_key { Text::Key } else { Text::Value };
        self.key.clear();
        if !is_key && self.picking.is_none() {
            self.begin_scalar();
        }
        self.keep(b"\"");
    }

    fn close_text(&mut self, target: &mut T) {
        let was_key = self.text == Text::Key;
        self.text = Text::Outside;
        if was_key && self.picking.is_none() {
            // The closing quote is the last byte kept, unless the key was longer than any of ours.
            let key = self.key.strip_suffix(b"\"").unwrap_or_default();
            if let Some(level) = self.depth.checked_sub(1).and_then(|at| self.levels.get_mut(at)) {
                level.child = level.node.and_then(|node| node.member(key));
            }
        } else if self.picking.as_ref().is_some_and(|picking| self.depth == picking.from) {
            self.end_scalar(target);
        }
    }

    /// The node of the value that begins here, if it is wanted.
    fn wanted(&self) -> Option<&'static Node<T>> {
        self.depth.checked_sub(1).and_then(|at| self.levels.get(at)?.child)
    }

    fn wanted_scalar(&self) -> Option<(&'static Node<T>, Hook<T>)> {
        self.wanted().and_then(|node| Some((node, node.scalar?)))
    }

    fn begin_scalar(&mut self) {
        if let Some((node, hook)) = self.wanted_scalar() {
            let (from, limit) = (self.depth, node.limit);
            self.picking = Some(Picking { hook, is_scalar: true, from, limit });
        }
    }

    fn open(&mut self, byte: u8, target: &mut T) {
        let is_object = byte == b'{';
        // Each element of an array at the root is a document.
        let node = if self.depth == 0 { is_object.then_some(self.root) } else { self.wanted() };
        let node = node.filter(|_| self.picking.is_none());
        if let Some((node, hook)) = node.and_then(|node| Some((node, node.whole?))) {
            let (from, limit) = (self.depth, node.limit);
            self.picking = Some(Picking { hook, is_scalar: false, from, limit });
        }
        self.keep(&[byte]);
        if let Some(open) = node.and_then(|node| node.open) {
            open(target);
        }
        // Inside of what is picked as a whole, nothing else is looked for.
        let inner = node.filter(|_| self.picking.is_none());
        let child = match inner {
            _ if is_object => None,
            None if self.depth == 0 => Some(self.root),
            inner => inner.and_then(|node| node.element),
        };
        if let Some(level) = self.levels.get_mut(self.depth) {
            *level = Level { is_object, expects_key: is_object, node, child, position: 0 };
            if self.picking.is_some() {
                level.child = None;
            }
        }
        self.depth += 1;
    }

    fn close(&mut self, byte: u8, target: &mut T) {
        self.end_scalar(target);
        self.keep(&[byte]);
        let Some(depth) = self.depth.checked_sub(1) else {
            return;
        };
        self.depth = depth;
        if let Some(picking) = self.picking.take_if(|picking| depth == picking.from) {
            self.picked(&picking, target);
        }
        if let Some(close) = self.levels.get(depth).and_then(|level| level.node?.close) {
            let parent = depth.checked_sub(1).and_then(|at| self.levels.get(at));
            close(target, parent.map_or(0, |parent| parent.position));
        }
        let in_array = depth == 1 && !self.levels[0].is_object;
        self.documents += u64::from(byte == b'}' && (depth == 0 || in_array));
    }

    /// Ends a number, a literal or a text that was being picked.
    fn end_scalar(&mut self, target: &mut T) {
        let depth = self.depth;
        let ended = self.picking.take_if(|picking| picking.is_scalar && depth == picking.from);
        if let Some(picking) = ended {
            self.picked(&picking, target);
        }
    }

    fn keep(&mut self, part: &[u8]) {
        let Some(picking) = self.picking.as_ref().filter(|_| !self.overlong) else {
            return;
        };
        self.overlong = self.value.len() + part.len() > picking.limit;
        if !self.overlong {
            if self.value.capacity() == 0 {
                self.value.reserve(USUAL_VALUE);
            }
            self.value.extend_from_slice(part);
        }
    }

    fn level(&mut self) -> Option<&mut Level<T>> {
        self.levels.get_mut(self.depth.checked_sub(1)?)
    }

    fn picked(&mut self, picking: &Picking<T>, target: &mut T) {
        if !self.overlong {
            (picking.hook)(target, &self.value);
        }
        self.value.clear();
        self.value.shrink_to(LONGEST_KEPT);
        self.overlong = false;
    }
}

#[cfg(test)]
#[path = "scanner_tests.rs"]
mod tests;
