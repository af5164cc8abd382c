use std::fmt;

use super::dialect::Dialect;
use super::token::{Kind, Token};

/// Which queries are the same but for their values.
///
/// Two texts have the same fingerprint if they differ in nothing but their
/// literals, the number and order of their placeholders, the length of their
/// `IN` lists and `VALUES` rows, white space, comments, the case of unquoted
/// words, quotes around names that need none, the sign of a number, `!=` for
/// `<>`, and the words `AS`, `ASC`, `INNER` and `OUTER`, which say nothing.
///
/// It is the same on every machine and for every version of this crate that is
/// compatible with this one. It is shown as sixteen hexadecimal digits:
///
/// ```
/// use telemetry_db::{Dialect, Statement};
///
/// let one = Statement::of("SELECT a FROM t WHERE b IN (1, 2) -- now", Dialect::Postgres);
/// let two = Statement::of("select a from t where \"b\" in (3, 4, 5)", Dialect::Postgres);
/// let other = Statement::of("SELECT b FROM t WHERE b IN (1, 2)", Dialect::Postgres);
/// assert_eq!(one.fingerprint(), two.fingerprint());
/// assert_ne!(one.fingerprint(), other.fingerprint());
/// assert_eq!(one.fingerprint().map(|it| it.to_string().len()), Some(16));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Fingerprint(u64);

impl Fingerprint {
    /// The fingerprint of an operation that is known by its name alone.
    pub(super) fn of_name(name: &str) -> Self {
        Fingerprint(finish(add_folded(SEED, name.as_bytes())))
    }

    pub(crate) fn from_u64(number: u64) -> Self {
        Fingerprint(number)
    }

    /// The fingerprint as a number.
    ///
    /// ```
    /// use telemetry_db::{Dialect, Statement};
    ///
    /// let fingerprint = Statement::of("SELECT 1", Dialect::Sqlite).fingerprint();
    /// let number = fingerprint.map(|fingerprint| fingerprint.as_u64());
    /// assert_eq!(number.map(|number| format!("{number:016x}")), fingerprint.map(|it| it.to_string()));
    /// ```
    #[must_use]
    pub fn as_u64(self) -> u64 {
        self.0
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

/// Hashes the tokens of a query as they come. What a list or a row repeats is
/// taken back by returning to the state before it, so nothing is ever stored.
#[derive(Debug)]
pub(super) struct Fingerprinter {
    state: u64,
    before: Before,
    depth: usize,
    list: Option<List>,
    rows: Option<Rows>,
    /// Several values are asked for at once.
    pub(super) batches: bool,
    /// It has values beside its text.
    pub(super) placeholders: bool,
    /// Only a part of what matches is asked for.
    pub(super) limits: bool,
    /// Quoted names have a case of their own.
    strict_names: bool,
}

/// What the token before leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Before {
    /// Nothing, an operator, an opening mark or a keyword: a sign that follows
    /// belongs to its number.
    Nothing,
    /// IN.
    In,
    /// IS, or IS NOT: what follows is part of the test.
    Is,
    /// `!` of `!=`.
    Bang,
    /// Something to calculate with.
    Operand,
}

/// The `IN` list that is being read.
#[derive(Clone, Copy, Debug, Default)]
struct List {
    /// The state after the element before, if that was a single value.
    value_before: Option<u64>,
    values: u32,
    others: u32,
}

/// The rows after VALUES.
#[derive(Clone, Copy, Debug)]
struct Rows {
    depth: usize,
    last: Option<u64>,
    /// The state before the comma after the last row.
    before_comma: u64,
    /// The state outside the row that is being read.
    outside: u64,
}

impl Fingerprinter {
    pub(super) fn new(dialect: Dialect) -> Self {
        Fingerprinter {
            state: SEED,
            before: Before::Nothing,
            depth: 0,
            list: None,
            rows: None,
            batches: false,
            placeholders: false,
            limits: false,
            strict_names: dialect == Dialect::Postgres,
        }
    }

    /// Takes the next token, which is a `value` or not; `next` is the one
    /// after it.
    #[inline]
    pub(super) fn push(&mut self, token: Token<'_>, next: Option<Token<'_>>, value: bool) {
        let before = std::mem::replace(&mut self.before, Before::Operand);
        match token.kind {
            Kind::Word => self.word(token.text, before, value),
            Kind::Operator => self.operator(token.text, before, next),
            Kind::Open => self.open(before),
            Kind::Close => self.close(),
            Kind::Comma => self.comma(),
            Kind::Semicolon => {
                self.before = Before::Nothing;
                // The last one ends what would have ended anyway.
                if next.is_some() {
                    self.mark(b';');
                }
            }
            Kind::Dot => self.mark(b'.'),
            Kind::Placeholder => {
                self.placeholders = true;
                self.single(PLACEHOLDER);
            }
            _ if value => self.single(VALUE),
            Kind::Name | Kind::NameOrString => {
                let name = token.bare().as_bytes();
                self.part();
                self.state = if self.strict_names {
                    add(self.state, name)
                } else {
                    add_folded(self.state, name)
                };
            }
            Kind::String | Kind::Number => self.single(VALUE),
        }
    }

    pub(super) fn finish(&self) -> Fingerprint {
        Fingerprint(finish(self.state))
    }

    fn word(&mut self, word: &str, before: Before, value: bool) {
        let mut folded = [0_u8; 8];
        let Some(short) = folded.get_mut(..word.len()) else {
            self.part();
            if is_long_keyword(word) {
                self.before = Before::Nothing;
            }
            self.state = add_folded(self.state, word.as_bytes());
            return;
        };
        short.copy_from_slice(word.as_bytes());
        short.make_ascii_lowercase();
        match &*short {
            b"as" | b"asc" | b"inner" | b"outer" => {
                self.before = before;
                return;
            }
            b"null" | b"true" | b"false" if before != Before::Is => return self.single(VALUE),
            _ if value && before != Before::Is => return self.single(VALUE),
            b"in" => self.before = Before::In,
            b"is" => self.before = Before::Is,
            b"not" if before == Before::Is => self.before = Before::Is,
            b"any" | b"unnest" => self.batches = true,
            b"limit" | b"offset" | b"fetch" => {
                self.limits = true;
                self.before = Before::Nothing;
            }
            b"select" | b"where" | b"and" | b"or" | b"not" | b"then" | b"else" | b"between"
            | b"like" | b"by" | b"on" | b"set" | b"when" | b"case" | b"having" | b"from"
            | b"distinct" | b"all" => {
                self.before = Before::Nothing;
            }
            _ => {}
        }
        self.part();
        // A short word is one step of the hash.
        self.state = step(self.state, u64::from_le_bytes(folded)) ^ word.len() as u64;
        if &folded == b"values\0\0" {
            self.begin_rows();
        }
    }

    fn operator(&mut self, operator: &str, before: Before, next: Option<Token<'_>>) {
        self.before = Before::Nothing;
        let pair = next.filter(|next| !next.spaced).map(|next| next.text);
        match operator {
            "-" if before != Before::Operand
                && next.is_some_and(|next| next.kind == Kind::Number || next.text == "-") => {}
            "!" if pair == Some("=") => {
                self.before = Before::Bang;
                self.mark(b'<');
            }
            "=" if before == Before::Bang => self.mark(b'>'),
            _ => {
                if operator == "]" {
                    self.before = Before::Operand;
                }
                // Every one is a single byte; it takes several to make `<=`.
                operator.bytes().for_each(|byte| self.mark(byte));
            }
        }
    }

    fn open(&mut self, before: Before) {
        self.before = Before::Nothing;
        self.list = (before == Before::In).then(List::default);
        let depth = self.depth;
        self.depth += 1;
        if let Some(rows) = self.rows.as_mut().filter(|rows| rows.depth == depth) {
            rows.outside = self.state;
            self.state = SEED;
        }
        self.state = step(self.state, u64::from(b'('));
    }

    fn close(&mut self) {
        self.end_element();
        self.list = None;
        self.depth = self.depth.saturating_sub(1);
        self.state = step(self.state, u64::from(b')'));
        let depth = self.depth;
        if let Some(rows) = self.rows.as_mut().filter(|rows| rows.depth == depth) {
            let row = self.state;
            if rows.last == Some(row) {
                self.state = rows.before_comma;
                self.batches = true;
            } else {
                self.state = step(rows.outside, row);
                rows.last = Some(row);
            }
        }
    }

    fn comma(&mut self) {
        self.before = Before::Nothing;
        self.end_element();
        let (state, depth) = (self.state, self.depth);
        if let Some(rows) = self.rows.as_mut().filter(|rows| rows.depth == depth) {
            rows.before_comma = state;
        }
        self.state = step(state, u64::from(b','));
    }

    fn begin_rows(&mut self) {
        self.before = Before::Nothing;
        if self.rows.is_none() {
            self.part();
            self.rows = Some(Rows { depth: self.depth, last: None, before_comma: 0, outside: 0 });
        }
    }

    fn mark(&mut self, mark: u8) {
        self.part();
        self.state = step(self.state, u64::from(mark));
    }

    /// A value or a placeholder.
    fn single(&mut self, mark: u64) {
        self.leave_rows();
        if let Some(list) = &mut self.list {
            list.values += 1;
        }
        self.state = step(self.state, mark);
    }

    /// Anything else.
    fn part(&mut self) {
        self.leave_rows();
        if let Some(list) = &mut self.list {
            list.others += 1;
        }
    }

    /// Between the rows stand commas alone.
    fn leave_rows(&mut self) {
        if self.rows.is_some_and(|rows| rows.depth == self.depth) {
            self.rows = None;
        }
    }

    fn end_element(&mut self) {
        let Some(list) = &mut self.list else { return };
        let single = list.values == 1 && list.others == 0;
        match list.value_before {
            Some(state) if single => {
                self.state = state;
                self.batches = true;
            }
            _ => list.value_before = single.then_some(self.state),
        }
        list.values = 0;
        list.others = 0;
    }
}

/// The longer words after which a sign belongs to its number, and none of
/// which a column is called.
fn is_long_keyword(word: &str) -> bool {
    word.eq_ignore_ascii_case("RETURNING")
}

const SEED: u64 = 0x243F_6A88_85A3_08D3;
const SPREAD: u64 = 0x9E37_79B9_7F4A_7C15;
/// What stands for values and placeholders: no bytes of a token make them.
const VALUE: u64 = 0xFF01;
const PLACEHOLDER: u64 = 0xFF02;

fn step(state: u64, word: u64) -> u64 {
    let product = u128::from(state ^ word) * u128::from(SPREAD);
    // Both halves, so that no bit is lost.
    (product as u64) ^ ((product >> 64) as u64).rotate_left(32) ^ word.rotate_left(17)
}

fn finish(state: u64) -> u64 {
    step(step(state, SPREAD), SEED)
}

/// A hash of a whole text, as it is.
pub(super) fn of_text(text: &str) -> u64 {
    finish(add(SEED, text.as_bytes()))
}

fn add(state: u64, bytes: &[u8]) -> u64 {
    add_with(state, bytes, |chunk| chunk)
}

fn add_folded(state: u64, bytes: &[u8]) -> u64 {
    add_with(state, bytes, |mut chunk| {
        chunk.make_ascii_lowercase();
        chunk
    })
}

/// A name of eight bytes or less is the same step as a bare word.
fn add_with(mut state: u64, bytes: &[u8], fold: impl Fn([u8; 8]) -> [u8; 8]) -> u64 {
    for piece in bytes.chunks(8) {
        let mut chunk = [0_u8; 8];
        if let Some(place) = chunk.get_mut(..piece.len()) {
            place.copy_from_slice(piece);
        }
        state = step(state, u64::from_le_bytes(fold(chunk)));
    }
    state ^ bytes.len() as u64
}
