use super::dialect::Dialect;
use super::token::{Kind, Token};

/// Cuts the text of a query into [`Token`]s in one pass, without allocating.
///
/// It knows just enough of each dialect to tell code from data. Whatever it
/// does not know for sure, it calls [`Unreadable`]: the caller then withholds
/// the text.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lexer<'a> {
    text: &'a str,
    at: usize,
    dialect: Dialect,
}

/// The text cannot be told apart into code and data with certainty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Unreadable;

/// What a backslash does inside a quoted text.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Backslash {
    /// Nothing.
    Plain,
    /// It escapes the next character.
    Escapes,
    /// It depends on a setting of the server, so an odd number of them before
    /// a quote makes the text unreadable.
    Depends,
}

impl<'a> Lexer<'a> {
    pub(super) fn new(text: &'a str, dialect: Dialect) -> Self {
        Lexer { text, at: 0, dialect }
    }

    /// How many bytes were read so far.
    pub(super) fn position(&self) -> usize {
        self.at
    }

    /// The next token, or `None` at the end.
    pub(super) fn next(&mut self) -> Result<Option<Token<'a>>, Unreadable> {
        let spaced = self.skip_blank()?;
        let start = self.at;
        let Some(first) = self.byte(0) else {
            return Ok(None);
        };
        let kind = match first {
            b'(' => self.mark(Kind::Open),
            b')' => self.mark(Kind::Close),
            b',' => self.mark(Kind::Comma),
            b';' => self.mark(Kind::Semicolon),
            b'.' if !self.digit(1) => self.mark(Kind::Dot),
            b'0'..=b'9' | b'.' => self.number(),
            b'\'' => self.quoted(b'\'', self.backslash())?,
            b'"' => self.double_quoted()?,
            b'`' if self.dialect != Dialect::Postgres => {
                self.quoted(b'`', Backslash::Plain)?;
                Kind::Name
            }
            b'[' if self.dialect == Dialect::Sqlite => self.bracketed()?,
            b'?' if self.dialect != Dialect::Postgres => {
                self.at += 1;
                self.skip_while(|byte| byte.is_ascii_digit());
                Kind::Placeholder
            }
            b'$' => self.dollar()?,
            b':' | b'@' | b'#' if self.dialect == Dialect::Sqlite => self.named_placeholder()?,
            first if starts_word(first) => self.word()?,
            first if self.is_operator(first) => self.mark(Kind::Operator),
            _ => return Err(Unreadable),
        };
        let text = self.text.get(start..self.at).ok_or(Unreadable)?;
        Ok(Some(Token { kind, text, spaced }))
    }

    fn byte(&self, ahead: usize) -> Option<u8> {
        self.text.as_bytes().get(self.at + ahead).copied()
    }

    fn digit(&self, ahead: usize) -> bool {
        self.byte(ahead).is_some_and(|byte| byte.is_ascii_digit())
    }

    fn skip_while(&mut self, accept: impl Fn(u8) -> bool) {
        while self.byte(0).is_some_and(&accept) {
            self.at += 1;
        }
    }

    fn mark(&mut self, kind: Kind) -> Kind {
        self.at += 1;
        kind
    }

    /// Passes white space and comments; says whether there were any.
    fn skip_blank(&mut self) -> Result<bool, Unreadable> {
        let start = self.at;
        loop {
            match self.byte(0) {
                Some(b' ' | b'\t'..=b'\r') => self.at += 1,
                Some(b'-') if self.byte(1) == Some(b'-') && self.dashes_are_a_comment() => {
                    let returns = self.dialect == Dialect::Postgres;
                    self.skip_while(|byte| byte != b'\n' && !(returns && byte == b'\r'));
                }
                Some(b'#') if self.dialect == Dialect::MySql => {
                    self.skip_while(|byte| byte != b'\n');
                }
                Some(b'/') if self.byte(1) == Some(b'*') => self.block_comment()?,
                _ => return Ok(self.at > start),
            }
        }
    }

    /// MySQL takes `--5` for a double negation.
    fn dashes_are_a_comment(&self) -> bool {
        self.dialect != Dialect::MySql || self.byte(2).is_none_or(|byte| byte <= b' ')
    }

    fn block_comment(&mut self) -> Result<(), Unreadable> {
        self.at += 2;
        if self.dialect == Dialect::MySql
            && matches!((self.byte(0), self.byte(1)), (Some(b'!'), _) | (Some(b'M'), Some(b'!')))
        {
            // `/*! .. */` is code to some servers and may nest.
            return Err(Unreadable);
        }
        let mut depth = 1_usize;
        while depth > 0 {
            match (self.byte(0), self.byte(1)) {
                (Some(b'*'), Some(b'/')) => {
                    depth -= 1;
                    self.at += 2;
                }
                (Some(b'/'), Some(b'*')) if self.dialect == Dialect::Postgres => {
                    depth += 1;
                    self.at += 2;
                }
                (Some(_), _) => self.at += 1,
                // SQLite lets the end of the text end the comment.
                (None, _) if self.dialect == Dialect::Sqlite => depth = 0,
                (None, _) => return Err(Unreadable),
            }
        }
        Ok(())
    }

    /// A number and whatever letters cling to it: no dialect lets a name start
    /// there, and what clings may be part of a mistyped value.
    fn number(&mut self) -> Kind {
        let hexadecimal = matches!((self.byte(0), self.byte(1)), (Some(b'0'), Some(b'x' | b'X')));
        loop {
            let last = self.at;
            self.skip_while(|byte| continues_word(byte) || byte == b'.');
            let exponent = !hexadecimal
                && self.at > last
                && matches!(self.text.as_bytes().get(self.at - 1), Some(b'e' | b'E'))
                && matches!(self.byte(0), Some(b'+' | b'-'))
                && self.digit(1);
            if !exponent {
                return Kind::Number;
            }
            self.at += 1;
        }
    }

    fn backslash(&self) -> Backslash {
        match self.dialect {
            Dialect::Sqlite => Backslash::Plain,
            // `standard_conforming_strings`, `NO_BACKSLASH_ESCAPES`.
            Dialect::Postgres | Dialect::MySql => Backslash::Depends,
        }
    }

    /// From one quote to its partner; a doubled quote stands for itself.
    fn quoted(&mut self, quote: u8, backslash: Backslash) -> Result<Kind, Unreadable> {
        self.at += 1;
        loop {
            match self.byte(0) {
                None => return Err(Unreadable),
                Some(byte) if byte == quote => {
                    if self.byte(1) != Some(quote) {
                        self.at += 1;
                        return Ok(Kind::String);
                    }
                    self.at += 2;
                }
                Some(b'\\') if backslash != Backslash::Plain => {
                    let before = self.at;
                    self.skip_while(|byte| byte == b'\\');
                    let odd = (self.at - before) % 2 == 1;
                    if odd && backslash == Backslash::Escapes {
                        self.at += usize::from(self.byte(0).is_some());
                    } else if odd && matches!(self.byte(0), Some(b'\'' | b'"')) {
                        return Err(Unreadable);
                    }
                }
                Some(_) => self.at += 1,
            }
        }
    }

    fn double_quoted(&mut self) -> Result<Kind, Unreadable> {
        match self.dialect {
            Dialect::Sqlite => {
                self.quoted(b'"', Backslash::Plain)?;
                Ok(Kind::NameOrString)
            }
            Dialect::Postgres => {
                self.quoted(b'"', Backslash::Plain)?;
                Ok(Kind::Name)
            }
            Dialect::MySql => self.quoted(b'"', Backslash::Depends),
        }
    }

    fn bracketed(&mut self) -> Result<Kind, Unreadable> {
        self.skip_while(|byte| byte != b']');
        self.byte(0).ok_or(Unreadable)?;
        self.at += 1;
        Ok(Kind::Name)
    }

    /// SQLite's `$name`, PostgreSQL's `$1` and `$tag$text$tag$`.
    fn dollar(&mut self) -> Result<Kind, Unreadable> {
        match self.dialect {
            Dialect::Sqlite => self.named_placeholder(),
            Dialect::Postgres if self.digit(1) => {
                self.at += 1;
                self.skip_while(|byte| byte.is_ascii_digit());
                Ok(Kind::Placeholder)
            }
            Dialect::Postgres => self.dollar_quoted(),
            Dialect::MySql => self.word(),
        }
    }

    fn dollar_quoted(&mut self) -> Result<Kind, Unreadable> {
        let start = self.at;
        self.at += 1;
        self.skip_while(|byte| continues_word(byte) && byte != b'$');
        if self.byte(0) != Some(b'$') {
            return Err(Unreadable);
        }
        self.at += 1;
        let tag = self.text.get(start..self.at).ok_or(Unreadable)?;
        let rest = self.text.get(self.at..).ok_or(Unreadable)?;
        self.at += rest.find(tag).ok_or(Unreadable)? + tag.len();
        Ok(Kind::String)
    }

    /// SQLite's `:name`, `@name`, `$name`; `#` never ends up as one.
    fn named_placeholder(&mut self) -> Result<Kind, Unreadable> {
        if self.byte(0) == Some(b'#') || !self.byte(1).is_some_and(continues_word) {
            return Err(Unreadable);
        }
        self.at += 1;
        self.skip_while(continues_word);
        Ok(Kind::Placeholder)
    }

    fn word(&mut self) -> Result<Kind, Unreadable> {
        let start = self.at;
        self.at += 1;
        self.skip_while(continues_word);
        if self.byte(0) == Some(b'\'')
            && let Some([prefix]) = self.text.as_bytes().get(start..self.at)
        {
            return match (prefix, self.dialect) {
                (b'x' | b'X', _) => self.quoted(b'\'', self.backslash()),
                (b'e' | b'E', Dialect::Postgres) => self.quoted(b'\'', Backslash::Escapes),
                (b'b' | b'B' | b'n' | b'N', Dialect::Postgres | Dialect::MySql) => {
                    self.quoted(b'\'', self.backslash())
                }
                _ => Ok(Kind::Word),
            };
        }
        Ok(Kind::Word)
    }

    fn is_operator(&self, byte: u8) -> bool {
        match byte {
            b'+' | b'-' | b'*' | b'/' | b'%' | b'<' | b'>' | b'=' | b'!' | b'~' | b'&' | b'|' => {
                true
            }
            b'^' | b'@' | b':' => self.dialect != Dialect::Sqlite,
            b'#' | b'?' | b'[' | b']' => self.dialect == Dialect::Postgres,
            _ => false,
        }
    }
}

/// Bytes above ASCII belong to names in every dialect.
fn starts_word(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_' || byte >= 0x80
}

fn continues_word(byte: u8) -> bool {
    starts_word(byte) || byte.is_ascii_digit() || byte == b'$'
}
