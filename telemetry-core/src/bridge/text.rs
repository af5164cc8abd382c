use std::cell::{Cell, RefCell};
#[cfg(feature = "tracing")]
use std::fmt::Debug;
use std::fmt::{self, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// A text in the making, in one of the thread's buffers: what other people's `Debug` and `Display`
/// write. Bounded, whatever they do.
#[derive(Debug)]
pub(super) struct Text {
    text: String,
}

impl Text {
    /// The longest text of one field, in bytes; more is cut off.
    pub(super) const MAX: usize = 8 * 1024;

    pub(super) fn new() -> Self {
        let kept = KEPT.try_with(|kept| kept.borrow_mut().pop());
        Self { text: kept.ok().flatten().unwrap_or_default() }
    }

    /// What `value` writes of itself.
    #[cfg(feature = "tracing")]
    pub(super) fn of(value: &dyn Debug) -> Self {
        let mut text = Self::new();
        text.push(format_args!("{value:?}"));
        text
    }

    pub(super) fn as_str(&self) -> &str {
        &self.text
    }

    pub(super) fn push_str(&mut self, text: &str) {
        // The part that fits; that there was more is no concern of the caller.
        let _ = Bounded(&mut self.text).write_str(text);
    }

    /// Appends what `values` write of themselves. A panic of theirs ends here, and so does an endless
    /// chain of values that log while they are written: the third is left out.
    pub(super) fn push(&mut self, values: fmt::Arguments<'_>) {
        if let Some(text) = values.as_str() {
            return self.push_str(text);
        }
        let Some(_depth) = Depth::deeper() else {
            return self.push_str("[logged while it was being logged]");
        };
        let text = &mut self.text;
        let written = catch_unwind(AssertUnwindSafe(|| Bounded(text).write_fmt(values)));
        // An error means that the text is full, or that a value gave up: what it wrote stays.
        if written.is_err() {
            self.push_str("[panicked]");
        }
    }

    #[cfg(feature = "tracing")]
    pub(super) fn clear(&mut self) {
        self.text.clear();
    }
}

impl Drop for Text {
    fn drop(&mut self) {
        let mut text = std::mem::take(&mut self.text);
        // While the thread ends nothing is kept.
        let _ = KEPT.try_with(|kept| {
            let mut kept = kept.borrow_mut();
            if kept.len() < 4 && (1..=1024).contains(&text.capacity()) {
                text.clear();
                kept.push(text);
            }
        });
    }
}

/// The beginning of `text` that a field has room for.
pub(super) fn cut(text: &str) -> &str {
    if text.len() <= Text::MAX { text } else { &text[..text.floor_char_boundary(Text::MAX)] }
}

/// What `work` makes of other people's values; none if one of them panics, or has logged while it was
/// being written, and so on: what [`Text::push`] guards against.
#[cfg(feature = "tracing")]
pub(super) fn written<R>(work: impl FnOnce() -> R) -> Option<R> {
    let _depth = Depth::deeper()?;
    catch_unwind(AssertUnwindSafe(work)).ok()
}

struct Bounded<'a>(&'a mut String);

impl Write for Bounded<'_> {
    #[inline]
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let room = Text::MAX.saturating_sub(self.0.len());
        if text.len() <= room {
            self.0.push_str(text);
            return Ok(());
        }
        self.0.push_str(&text[..text.floor_char_boundary(room)]);
        Err(fmt::Error)
    }
}

/// How many values of this thread are being written, each while the one before is.
struct Depth;

impl Depth {
    const MAX: u8 = 2;

    fn deeper() -> Option<Self> {
        let deeper = DEPTH.get() + 1;
        (deeper <= Self::MAX).then(|| {
            DEPTH.set(deeper);
            Self
        })
    }
}

thread_local! {
    static DEPTH: Cell<u8> = const { Cell::new(0) };
    /// Empty texts, for what is written next.
    static KEPT: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

impl Drop for Depth {
    fn drop(&mut self) {
        DEPTH.set(DEPTH.get() - 1);
    }
}
