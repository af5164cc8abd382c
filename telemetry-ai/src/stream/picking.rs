//! A value that is being picked, and that a piece ended in.

use super::node::Hook;

/// A buffer that a long value has grown is given back.
const LONGEST_KEPT: usize = 16 * 1024;

/// The bytes of a value or a key as they stand in the document, if any of them is wanted.
#[derive(Debug)]
pub(super) struct Picking<T: 'static> {
    bytes: Vec<u8>,
    /// How long the value may be; nothing is kept where that is zero.
    limit: usize,
    overlong: bool,
    hook: Option<Hook<T>>,
}

impl<T> Picking<T> {
    pub(super) const fn new() -> Self {
        Self { bytes: Vec::new(), limit: 0, overlong: false, hook: None }
    }

    /// A value begins that `hook` takes.
    pub(super) fn begin(&mut self, hook: Hook<T>, limit: usize) {
        self.hook = Some(hook);
        self.limit = limit;
    }

    /// A key begins.
    pub(super) fn begin_key(&mut self, limit: usize) {
        self.limit = limit;
    }

    pub(super) fn keep(&mut self, part: &[u8]) {
        if self.limit == 0 {
            return;
        }
        self.overlong |= self.bytes.len() + part.len() > self.limit;
        if !self.overlong {
            self.bytes.extend_from_slice(part);
        }
    }

    /// What was kept, without the quotes around it; `None` if it was too long.
    pub(super) fn kept_text(&self) -> Option<&[u8]> {
        let inner = self.bytes.strip_prefix(b"\"")?.strip_suffix(b"\"")?;
        Some(inner).filter(|_| !self.overlong)
    }

    /// The value has ended.
    pub(super) fn end(&mut self, target: &mut T) {
        if let Some(hook) = self.hook
            && !self.overlong
        {
            hook(target, &self.bytes);
        }
        self.clear();
    }

    pub(super) fn clear(&mut self) {
        self.bytes.clear();
        self.bytes.shrink_to(LONGEST_KEPT);
        (self.limit, self.overlong, self.hook) = (0, false, None);
    }

    #[cfg(test)]
    pub(super) fn capacity(&self) -> usize {
        self.bytes.capacity()
    }
}
