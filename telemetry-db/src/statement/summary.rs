/// The text of `db.query.summary`: operations and targets in their order, up
/// to 255 bytes, cut between two of them.
///
/// <https://opentelemetry.io/docs/specs/semconv/db/database-spans/#generating-a-summary-of-the-query>
#[derive(Debug, Default)]
pub(super) struct Summary {
    text: String,
    /// Where the last operation or target begins, its space included.
    last: usize,
    full: bool,
}

const LIMIT: usize = 255;

impl Summary {
    /// Adds an operation or a target.
    pub(super) fn push(&mut self, word: &str) {
        self.last = self.text.len();
        if self.full {
            return;
        }
        let space = usize::from(!self.text.is_empty());
        if self.text.len() + space + word.len() > LIMIT {
            self.full = true;
            return;
        }
        if space == 1 {
            self.text.push(' ');
        }
        self.text.push_str(word);
    }

    /// Adds to the last one: the next part of a qualified name, the second
    /// word of an operation.
    pub(super) fn extend(&mut self, separator: char, word: &str) {
        if self.full {
            return;
        }
        if self.text.len() + 1 + word.len() > LIMIT {
            self.text.truncate(self.last);
            self.full = true;
            return;
        }
        self.text.push(separator);
        self.text.push_str(word);
    }

    pub(super) fn len(&self) -> usize {
        self.text.len()
    }

    /// Forgets what came after `length`.
    pub(super) fn truncate(&mut self, length: usize) {
        self.text.truncate(length);
    }

    /// The summary, if there is anything to say.
    pub(super) fn as_str(&self) -> Option<&str> {
        Some(self.text.as_str()).filter(|text| !text.is_empty())
    }
}
