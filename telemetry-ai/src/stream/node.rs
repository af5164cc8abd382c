//! The shape of a document: which of its values are picked, and by whom.

/// Takes a picked value, as its bytes stand in the document.
pub(crate) type Hook<T> = fn(&mut T, &[u8]);

/// Takes the container that the bytes begin with and says how long it is; takes nothing, and says `None`, if
/// it isn't there to its end.
pub(crate) type InPlace<T> = fn(&mut T, &[u8]) -> Option<usize>;

/// Picked containers longer than this are given up. The longest real one, a usage object with
/// several passes, has a few thousand bytes.
pub(super) const LONGEST_VALUE: usize = 64 * 1024;

/// A place in a document, and what is wanted of the value there and of the values below.
///
/// Shapes are static data: each provider writes down the few members that it reads, and a
/// [`Scanner`](super::Scanner) finds them in a stream of bytes. What no node names is skipped where
/// it lies, so that no text of a prompt or an answer is ever looked at.
#[derive(Debug)]
pub(crate) struct Node<T: 'static> {
    members: &'static [(&'static str, Self)],
    /// A bit for each length of a name, and one for each first byte: most keys are none of ours.
    lengths: u64,
    initials: u64,
    any: Option<&'static Self>,
    pub(super) element: Option<&'static Self>,
    pub(super) scalar: Option<Hook<T>>,
    pub(super) whole: Option<Hook<T>>,
    pub(super) in_place: Option<InPlace<T>>,
    pub(super) open: Option<fn(&mut T)>,
    pub(super) close: Option<fn(&mut T, u32)>,
    pub(super) limit: usize,
}

impl<T> Node<T> {
    const NOTHING: Self = Self {
        members: &[],
        lengths: 0,
        initials: 0,
        any: None,
        element: None,
        scalar: None,
        whole: None,
        in_place: None,
        open: None,
        close: None,
        limit: LONGEST_VALUE,
    };

    /// An object with these members; all others are skipped.
    pub(crate) const fn object(members: &'static [(&'static str, Self)]) -> Self {
        let (mut lengths, mut initials) = (0, 0);
        let mut rest = members;
        while let [(name, _), more @ ..] = rest {
            lengths |= bit_of(name.len());
            initials |= initial_of(name.as_bytes());
            rest = more;
        }
        Self { members, lengths, initials, ..Self::NOTHING }
    }

    /// An array of such elements.
    pub(crate) const fn list(element: &'static Self) -> Self {
        Self { element: Some(element), ..Self::NOTHING }
    }

    /// A string, number or literal that `hook` takes. Objects and arrays in its place are skipped.
    pub(crate) const fn scalar(hook: Hook<T>) -> Self {
        Self { scalar: Some(hook), ..Self::NOTHING }
    }

    /// An object or array that `hook` takes as a whole.
    pub(crate) const fn whole(hook: Hook<T>) -> Self {
        Self { whole: Some(hook), ..Self::NOTHING }
    }

    /// The same, and where the piece has all of it, `hook` takes it where it lies instead, so that it is gone
    /// through once. Both must make the same of it.
    pub(crate) const fn whole_or_in_place(whole: Hook<T>, in_place: InPlace<T>) -> Self {
        Self { in_place: Some(in_place), ..Self::whole(whole) }
    }

    /// Whatever is found under names that aren't known beforehand.
    pub(crate) const fn any(mut self, node: &'static Self) -> Self {
        self.any = Some(node);
        self
    }

    /// Also as an array of such elements.
    pub(crate) const fn or_list(mut self, element: &'static Self) -> Self {
        self.element = Some(element);
        self
    }

    /// Also as a string, number or literal.
    pub(crate) const fn or_scalar(mut self, hook: Hook<T>) -> Self {
        self.scalar = Some(hook);
        self
    }

    /// Called where the object or array begins.
    pub(crate) const fn on_open(mut self, hook: fn(&mut T)) -> Self {
        self.open = Some(hook);
        self
    }

    /// Called where the object or array ends, with its position among its siblings.
    pub(crate) const fn on_close(mut self, hook: fn(&mut T, u32)) -> Self {
        self.close = Some(hook);
        self
    }

    /// A picked value may be as long as this, in bytes.
    pub(crate) const fn at_most(mut self, limit: usize) -> Self {
        self.limit = limit;
        self
    }

    /// Whether anything of an object is wanted by itself.
    pub(super) const fn has_members(&self) -> bool {
        !self.members.is_empty() || self.any.is_some()
    }

    #[inline]
    pub(super) fn member(&'static self, key: &[u8]) -> Option<&'static Self> {
        if self.lengths & bit_of(key.len()) == 0 || self.initials & initial_of(key) == 0 {
            return self.any;
        }
        let known = self.members.iter().find(|(name, _)| name.as_bytes() == key);
        known.map(|(_, node)| node).or(self.any)
    }
}

const fn bit_of(number: usize) -> u64 {
    1 << (number % 64)
}

const fn initial_of(name: &[u8]) -> u64 {
    match name {
        [first, ..] => bit_of(*first as usize),
        [] => 1,
    }
}
