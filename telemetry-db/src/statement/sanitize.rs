use super::token::{Kind, Token};

/// Writes a query's text without its values: every literal becomes `?`,
/// comments go, white space shrinks to single spaces, and an `IN` list of
/// nothing but values to `IN (?)`.
///
/// <https://opentelemetry.io/docs/specs/semconv/db/database-spans/#sanitization-of-dbquerytext>
#[derive(Debug, Default)]
pub(super) struct Sanitizer {
    text: String,
    after_in: bool,
    list: Option<List>,
}

/// The `IN` list that is being written.
#[derive(Debug, Default)]
struct List {
    /// The end of the element before, if that was a single value.
    value_before: Option<usize>,
    values: usize,
    others: usize,
}

/// What stands for a value.
const VALUE: &str = "?";

impl Sanitizer {
    /// For a text of about this many bytes.
    pub(super) fn for_text(bytes: usize) -> Self {
        Sanitizer { text: String::with_capacity(bytes), ..Sanitizer::default() }
    }

    /// Takes the next token, which is a `value` or not.
    pub(super) fn push(&mut self, token: Token<'_>, value: bool) {
        match token.kind {
            Kind::Open => self.list = self.after_in.then(List::default),
            Kind::Comma => self.end_element(),
            Kind::Close => {
                self.end_element();
                self.list = None;
            }
            _ => {
                if let Some(list) = &mut self.list {
                    if value || token.text == VALUE {
                        list.values += 1;
                    } else {
                        list.others += 1;
                    }
                }
            }
        }
        self.after_in = token.is("IN");
        if token.spaced && !self.text.is_empty() {
            self.text.push(' ');
        }
        self.text.push_str(if value { VALUE } else { token.text });
    }

    pub(super) fn len(&self) -> usize {
        self.text.len()
    }

    /// Says that the text goes on.
    pub(super) fn cut(&mut self) {
        self.text.push_str(" ...");
    }

    pub(super) fn into_text(self) -> Box<str> {
        self.text.into_boxed_str()
    }

    fn end_element(&mut self) {
        let Some(list) = &mut self.list else { return };
        let single = list.values == 1 && list.others == 0;
        match list.value_before {
            Some(end) if single => self.text.truncate(end),
            _ => list.value_before = single.then_some(self.text.len()),
        }
        list.values = 0;
        list.others = 0;
    }
}
