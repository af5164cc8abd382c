//! A scanner that picks a few values out of a JSON document as its bytes pass.
//!
//! It keeps no more than the value it is picking, and that only where a piece ends within it; all else is
//! handed on, or skipped, where it lies. So there is nothing to buffer, nothing to bound but the picked
//! values, and a cut anywhere, even inside a character, changes nothing.

use super::{
    level::{Level, Levels},
    node::Node,
    picking::Picking,
    skip::Skip,
    text::{End, end_of_text},
};

/// The keys that matter are shorter than this.
const LONGEST_KEY: usize = 40;

/// Reads JSON documents, in any pieces, and hands what its shape names to a `T`.
///
/// A document that is an array is read as several documents of the same shape.
#[derive(Debug)]
pub(crate) struct Scanner<T: 'static> {
    root: &'static Node<T>,
    levels: Levels<T>,
    within: Within,
    /// The value or the key that the last piece ended in, if any of it is wanted.
    picking: Picking<T>,
    documents: u64,
}

/// What the last piece ended in.
#[derive(Debug, Default)]
enum Within {
    /// Nothing that is of one piece.
    #[default]
    Structure,
    Key {
        escaped: bool,
    },
    /// A text of which nothing is wanted.
    Text {
        escaped: bool,
    },
    /// A text that is picked.
    PickedText {
        escaped: bool,
    },
    /// A number or a literal that is picked.
    PickedPlain,
    /// A container that is picked as a whole, or of which nothing is wanted.
    Container(Skip),
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

impl<T> Scanner<T> {
    /// Reads documents of this shape.
    pub(crate) fn new(root: &'static Node<T>) -> Self {
        Self {
            root,
            levels: Levels::new(),
            within: Within::Structure,
            picking: Picking::new(),
            documents: 0,
        }
    }

    /// Reads on.
    pub(crate) fn feed(&mut self, bytes: &[u8], target: &mut T) {
        let mut rest = bytes;
        if !matches!(self.within, Within::Structure) {
            rest = self.resume(rest, target);
        }
        while let Some((&byte, after)) = rest.split_first() {
            rest = match byte {
                b'"' => self.text(rest, after, target),
                b',' => {
                    self.levels.next();
                    after
                }
                b'{' | b'[' => self.open(byte, rest, after, target),
                b'}' | b']' => {
                    self.close(byte, target);
                    after
                }
                b':' => {
                    self.levels.end_key();
                    after
                }
                _ => self.plain(rest, target),
            };
        }
    }

    /// Forgets the document, ended or not, and keeps the buffer.
    pub(crate) fn reset(&mut self) {
        self.levels.clear();
        if !matches!(self.within, Within::Structure) {
            self.within = Within::Structure;
            self.picking.clear();
        }
    }

    /// Counts a document that need not be read.
    pub(super) fn pass_over(&mut self) {
        self.documents += 1;
    }

    /// Whether all that has begun has ended.
    pub(super) fn is_between_documents(&self) -> bool {
        self.levels.is_empty() && matches!(self.within, Within::Structure)
    }

    /// The shape of the documents.
    pub(super) fn root(&self) -> &'static Node<T> {
        self.root
    }

    /// How many objects ended that were a document, or an element of one that is an array.
    pub(crate) fn documents(&self) -> u64 {
        self.documents
    }

    /// Goes on where the last piece ended; gives what is left.
    #[cold]
    fn resume<'b>(&mut self, bytes: &'b [u8], target: &mut T) -> &'b [u8] {
        match std::mem::take(&mut self.within) {
            Within::Structure => bytes,
            Within::Key { escaped } => {
                let (part, rest) = split_text(bytes, escaped);
                self.picking.keep(part);
                match rest {
                    Ok(rest) => {
                        // One that is longer than any of ours is as good as one without a name.
                        self.levels.key(self.picking.kept_text().unwrap_or_default());
                        self.picking.clear();
                        rest
                    }
                    Err(escaped) => {
                        self.within = Within::Key { escaped };
                        &[]
                    }
                }
            }
            Within::Text { escaped } => match split_text(bytes, escaped).1 {
                Ok(rest) => rest,
                Err(escaped) => {
                    self.within = Within::Text { escaped };
                    &[]
                }
            },
            Within::PickedText { escaped } => {
                let (part, rest) = split_text(bytes, escaped);
                self.picking.keep(part);
                match rest {
                    Ok(rest) => {
                        self.picking.end(target);
                        rest
                    }
                    Err(escaped) => {
                        self.within = Within::PickedText { escaped };
                        &[]
                    }
                }
            }
            Within::PickedPlain => {
                let (part, rest) = bytes.split_at(end_of_plain(bytes));
                self.picking.keep(part);
                if rest.is_empty() {
                    self.within = Within::PickedPlain;
                } else {
                    self.picking.end(target);
                }
                rest
            }
            Within::Container(mut skip) => {
                let (part, rest) = bytes.split_at(skip.pass(bytes));
                self.picking.keep(part);
                if skip.is_under_way() {
                    self.within = Within::Container(skip);
                } else {
                    self.picking.end(target);
                    self.passed(part.last().copied(), target);
                }
                rest
            }
        }
    }

    /// A text begins with `bytes`, and goes on `after` its quote; gives what follows it.
    fn text<'b>(&mut self, bytes: &'b [u8], after: &'b [u8], target: &mut T) -> &'b [u8] {
        let is_key = self.levels.expect_key();
        match end_of_text(after, false) {
            End::At(end) => {
                let (inner, rest) = after.split_at(end);
                if is_key {
                    let wanted = self.levels.key(inner);
                    // Mostly the colon is here, too.
                    if let [_, b':', rest @ ..] = rest {
                        self.levels.end_key();
                        return member(wanted, rest, target);
                    }
                } else if let Some((node, hook)) = self.levels.wanted_scalar()
                    && end + 2 <= node.limit
                    && let Some(text) = bytes.get(..end + 2)
                {
                    hook(target, text);
                }
                rest.get(1..).unwrap_or_default()
            }
            End::Beyond { escaped } => {
                self.begin_text(is_key, escaped, bytes);
                &[]
            }
        }
    }

    #[cold]
    fn begin_text(&mut self, is_key: bool, escaped: bool, bytes: &[u8]) {
        self.within = if is_key {
            self.picking.begin_key(LONGEST_KEY + 2);
            Within::Key { escaped }
        } else if let Some((node, hook)) = self.levels.wanted_scalar() {
            self.picking.begin(hook, node.limit);
            Within::PickedText { escaped }
        } else {
            Within::Text { escaped }
        };
        self.picking.keep(bytes);
    }

    /// A number, a literal or space begins with `bytes`; gives what follows it.
    fn plain<'b>(&mut self, bytes: &'b [u8], target: &mut T) -> &'b [u8] {
        let (part, rest) = bytes.split_at(end_of_plain(bytes));
        if let Some((node, hook)) = self.levels.wanted_scalar() {
            let part = part.trim_ascii_start();
            if part.is_empty() {
                return rest;
            }
            if rest.is_empty() {
                self.picking.begin(hook, node.limit);
                self.picking.keep(part);
                self.within = Within::PickedPlain;
            } else if part.len() <= node.limit {
                hook(target, part);
            }
        }
        rest
    }

    /// A container begins with `bytes`, and goes on `after` their first; gives what follows, which is what
    /// it holds, unless it is dealt with as a whole.
    fn open<'b>(&mut self, byte: u8, bytes: &'b [u8], after: &'b [u8], target: &mut T) -> &'b [u8] {
        let is_object = byte == b'{';
        // Each element of an array at the root is a document.
        let (node, child) = match self.levels.wanted() {
            _ if self.levels.is_empty() && is_object => (Some(self.root), None),
            _ if self.levels.is_empty() => (None, Some(self.root)),
            Some(node) => (Some(node), node.element.filter(|_| !is_object)),
            None => (None, None),
        };
        if let Some(open) = node.and_then(|node| node.open) {
            open(target);
        }
        if let Some((length, rest)) = node.and_then(|node| {
            let length = node.in_place?(target, bytes.get(..node.limit).unwrap_or(bytes))?;
            Some((length, bytes.get(length..)?))
        }) {
            self.passed(bytes.get(length - 1).copied(), target);
            return rest;
        }
        let whole = node.and_then(|node| Some((node, node.whole?)));
        let is_looked_into = child.is_some() || (is_object && node.is_some_and(Node::has_members));
        if whole.is_none()
            && is_looked_into
            && self.levels.open(Level {
                is_object,
                expects_key: is_object,
                node,
                child,
                position: 0,
            })
        {
            return after;
        }
        let mut skip = Skip::begun();
        let passed = 1 + skip.pass(after);
        let (part, rest) = bytes.split_at_checked(passed).unwrap_or((bytes, &[]));
        if skip.is_under_way() {
            if let Some((node, hook)) = whole {
                self.picking.begin(hook, node.limit);
                self.picking.keep(part);
            }
            self.within = Within::Container(skip);
        } else {
            if let Some((node, hook)) = whole
                && part.len() <= node.limit
            {
                hook(target, part);
            }
            self.passed(part.last().copied(), target);
        }
        rest
    }

    /// A container has ended that was dealt with as a whole.
    fn passed(&mut self, last: Option<u8>, target: &mut T) {
        let node = if self.levels.is_empty() { Some(self.root) } else { self.levels.wanted() };
        self.ended(node, last == Some(b'}'), target);
    }

    /// A container has ended that was looked into.
    fn close(&mut self, byte: u8, target: &mut T) {
        if let Some(level) = self.levels.close() {
            self.ended(level.node, byte == b'}', target);
        }
    }

    fn ended(&mut self, node: Option<&'static Node<T>>, is_object: bool, target: &mut T) {
        if let Some(close) = node.and_then(|node| node.close) {
            close(target, self.levels.position());
        }
        self.documents += u64::from(is_object && self.levels.hold_documents());
    }
}

/// The value of a member begins with `bytes`. If it is a text that ends here, as most are, it is dealt with;
/// gives what is left.
#[inline]
fn member<'b, T>(wanted: Option<&'static Node<T>>, bytes: &'b [u8], target: &mut T) -> &'b [u8] {
    if let [b'"', after @ ..] = bytes
        && let End::At(end) = end_of_text(after, false)
        && let Some((text, rest)) = bytes.split_at_checked(end + 2)
    {
        if let Some(node) = wanted
            && let Some(hook) = node.scalar
            && text.len() <= node.limit
        {
            hook(target, text);
        }
        return rest;
    }
    bytes
}

/// Splits what belongs to a text, with its closing quote, from what follows; or says whether the text's
/// next byte is escaped.
fn split_text(bytes: &[u8], escaped: bool) -> (&[u8], Result<&[u8], bool>) {
    match end_of_text(bytes, escaped) {
        End::At(end) => {
            let (text, rest) = bytes.split_at_checked(end + 1).unwrap_or((bytes, &[]));
            (text, Ok(rest))
        }
        End::Beyond { escaped } => (bytes, Err(escaped)),
    }
}

fn end_of_plain(bytes: &[u8]) -> usize {
    let end = bytes.iter().position(|&byte| STRUCTURAL[usize::from(byte)]);
    end.unwrap_or(bytes.len())
}

#[cfg(test)]
#[path = "scanner_tests.rs"]
mod tests;
