/// One piece of a query's text, as the lexer hands it out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Token<'a> {
    pub(super) kind: Kind,
    pub(super) text: &'a str,
    /// White space or a comment stood before it.
    pub(super) spaced: bool,
}

/// What a [`Token`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A keyword or a bare name.
    Word,
    /// A name in quotes of its own: `` `x` ``, `[x]`, and `"x"` in PostgreSQL.
    Name,
    /// `"x"` in SQLite: a name or a string, only its place can tell.
    NameOrString,
    /// A quoted literal: text, binary, bits, dollar-quoted.
    String,
    /// A number in any base.
    Number,
    /// A placeholder for a bound value.
    Placeholder,
    /// `(`
    Open,
    /// `)`
    Close,
    /// `,`
    Comma,
    /// `.`
    Dot,
    /// `;`
    Semicolon,
    /// Any other mark.
    Operator,
}

impl<'a> Token<'a> {
    /// Whether this is the bare word `word`, in any case.
    pub(super) fn is(&self, word: &str) -> bool {
        self.kind == Kind::Word && self.text.eq_ignore_ascii_case(word)
    }

    /// Whether it can name something.
    pub(super) fn names(&self) -> bool {
        matches!(self.kind, Kind::Word | Kind::Name | Kind::NameOrString)
    }

    /// A name without its quotes. Escaped quotes inside stay doubled.
    pub(super) fn bare(&self) -> &'a str {
        match self.kind {
            Kind::Word => self.text,
            _ => self.text.get(1..self.text.len().saturating_sub(1)).unwrap_or_default(),
        }
    }
}
