//! What is known of a query from its text alone: a summary to group by and a
//! form of the text that is safe to show.

mod cache;
mod dialect;
mod fingerprint;
mod frame;
mod intern;
mod keyword;
mod lexer;
mod outline;
mod sanitize;
mod summary;
mod token;

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use fingerprint::Fingerprinter;
use lexer::{Lexer, Unreadable};
use outline::Outline;
use sanitize::Sanitizer;

use telemetry_core::semconv::db;

use crate::operation::BoundList;

pub use dialect::Dialect;
pub use fingerprint::Fingerprint;

/// A query's text, analysed.
///
/// It is made once per text and thread, then found again in a cache; clones
/// share it.
///
/// ```
/// use telemetry_db::{Dialect, Statement};
///
/// let statement = Statement::of(
///     "SELECT o.id FROM orders o JOIN customers c ON c.id = o.customer WHERE c.mail = 'a@b.c'",
///     Dialect::Sqlite,
/// );
/// assert_eq!(statement.summary(), Some("SELECT orders customers"));
/// assert_eq!(
///     statement.sanitized(),
///     Some("SELECT o.id FROM orders o JOIN customers c ON c.id = o.customer WHERE c.mail = ?"),
/// );
/// ```
#[derive(Clone)]
pub struct Statement {
    analysis: Arc<Analysis>,
    parameters: bool,
}

struct Analysis {
    text: Box<str>,
    summary: Option<Cow<'static, str>>,
    /// The summary is the name of a command, no summary of a text.
    command: bool,
    sanitized: Option<Box<str>>,
    fingerprint: Option<Fingerprint>,
    traits: Traits,
    /// Of the whole text, as it is.
    text_hash: u64,
    bounds: BoundList,
}

/// What a query does, by what it says.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Traits {
    /// It inserts, updates, deletes or merges rows.
    pub(crate) changes: bool,
    /// It reads rows, or a single value by its key.
    pub(crate) reads: bool,
    /// It has values beside its text.
    pub(crate) placeholders: bool,
    /// It asks for several values at once: a list, an array, rows.
    pub(crate) batches: bool,
    /// It asks for a part of what matches: LIMIT, OFFSET, FETCH.
    pub(crate) limits: bool,
}

/// The most of a text that is read, and the most that is shown, in bytes.
const READ_LIMIT: usize = 64 * 1024;
const SHOW_LIMIT: usize = 8 * 1024;

impl Statement {
    /// Analyses `text`, or finds the analysis in this thread's cache.
    ///
    /// Texts beyond 64 KiB are read in part; their summary covers that part.
    #[must_use]
    pub fn of(text: &str, dialect: Dialect) -> Self {
        cache::find(text, dialect)
    }

    /// An operation that has a name and no text, such as `COMMIT`.
    #[must_use]
    pub fn named(name: &str) -> Self {
        Statement::without_text(name, false)
    }

    /// A command of a database that has no language for queries: `GET` of
    /// Redis, `find` of MongoDB. Its name is shown as `db.operation.name`; a
    /// summary it has not.
    ///
    /// Commands are few. Never make a name of keys or values.
    ///
    /// ```
    /// use telemetry_db::Statement;
    ///
    /// assert_eq!(Statement::command("GET").summary(), None);
    /// ```
    #[must_use]
    pub fn command(name: &str) -> Self {
        Statement::without_text(name, true)
    }

    fn without_text(name: &str, command: bool) -> Self {
        Statement::new(Analysis {
            command,
            text: Box::default(),
            summary: (!name.is_empty()).then(|| intern::intern(name)),
            sanitized: None,
            fingerprint: Some(Fingerprint::of_name(name)),
            text_hash: 0,
            traits: Traits { reads: command && name == "GET", ..Traits::default() },
            bounds: BoundList::default(),
        })
    }

    /// Says that the values of the query travel beside its text. The
    /// conventions then want the text as it is, with whatever literals it
    /// still has.
    #[must_use]
    pub fn with_parameters(mut self) -> Self {
        self.parameters = true;
        self
    }

    /// `db.query.summary`: the operations and their targets in order, as
    /// written, at most 255 bytes: `INSERT shipping_details SELECT orders`.
    ///
    /// `None` if no operation was recognised.
    #[must_use]
    pub fn summary(&self) -> Option<&str> {
        self.analysis.summary.as_deref().filter(|_| !self.analysis.command)
    }

    /// What operations are told apart by, and the attribute for it.
    pub(crate) fn label(&self) -> Option<(&'static str, &str)> {
        let key = if self.analysis.command { db::OPERATION_NAME } else { db::QUERY_SUMMARY };
        self.analysis.summary.as_deref().map(|name| (key, name))
    }

    /// What is known of its operations.
    #[inline]
    pub(crate) fn bounds(&self) -> &BoundList {
        &self.analysis.bounds
    }

    /// Whether the values of the query travel beside its text.
    #[inline]
    pub(crate) fn has_parameters(&self) -> bool {
        self.parameters
    }

    /// The summary as the name of a span.
    pub(crate) fn name(&self) -> Option<Cow<'static, str>> {
        self.analysis.summary.clone()
    }

    /// The text with `?` for every literal and without comments, at most
    /// 8 KiB.
    ///
    /// `None` if the text could not be read with certainty, or does not begin
    /// like any statement.
    #[must_use]
    pub fn sanitized(&self) -> Option<&str> {
        self.analysis.sanitized.as_deref()
    }

    /// Which other texts are the same query with other values.
    ///
    /// `None` if the text could not be read with certainty. Of a text beyond
    /// 64 KiB it covers the part that is read.
    #[must_use]
    pub fn fingerprint(&self) -> Option<Fingerprint> {
        self.analysis.fingerprint
    }

    /// The text as it was given, at most 8 KiB. May hold secrets.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        let text = &*self.analysis.text;
        let end = text.floor_char_boundary(SHOW_LIMIT);
        text.get(..end).filter(|text| !text.is_empty())
    }

    /// What of the text is fit to be shown: as it is if its values travel
    /// beside it, without its literals otherwise or if `always_sanitized`.
    pub(crate) fn shown(&self, always_sanitized: bool) -> Option<&str> {
        if self.parameters && !always_sanitized { self.text() } else { self.sanitized() }
    }

    /// Whether it inserts, updates, deletes or merges rows, by what it says.
    #[must_use]
    pub fn changes_rows(&self) -> bool {
        self.analysis.traits.changes
    }

    /// Whether it has a name alone, which is that of a command.
    pub(crate) fn is_command(&self) -> bool {
        self.analysis.command
    }

    /// Tells its text from others, but for luck; zero without a text.
    pub(crate) fn text_hash(&self) -> u64 {
        self.analysis.text_hash
    }

    pub(crate) fn traits(&self) -> Traits {
        self.analysis.traits
    }

    fn analyse(text: &str, dialect: Dialect) -> Self {
        let mut outline = Outline::new(dialect);
        let mut fingerprinter = Fingerprinter::new(dialect);
        let sanitized = match read(text, dialect, &mut outline, &mut fingerprinter) {
            Ok(sanitized) => Some(sanitized),
            Err(Unreadable) => {
                outline.give_up();
                None
            }
        };
        let kept = text.floor_char_boundary(SHOW_LIMIT);
        Statement::new(Analysis {
            text: text.get(..kept).unwrap_or_default().into(),
            summary: outline.summary.as_str().map(intern::intern),
            command: false,
            fingerprint: sanitized.is_some().then(|| fingerprinter.finish()),
            sanitized,
            text_hash: fingerprint::of_text(text),
            traits: Traits {
                changes: outline.changes,
                reads: outline.reads(),
                placeholders: fingerprinter.placeholders,
                batches: fingerprinter.batches,
                limits: fingerprinter.limits,
            },
            bounds: BoundList::default(),
        })
    }

    fn new(analysis: Analysis) -> Self {
        Statement { analysis: Arc::new(analysis), parameters: false }
    }
}

impl fmt::Debug for Statement {
    /// Without the text as it is, which may hold secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Statement")
            .field("summary", &self.summary())
            .field("sanitized", &self.sanitized())
            .finish_non_exhaustive()
    }
}

/// Everything in one pass over the text.
fn read<'a>(
    text: &'a str,
    dialect: Dialect,
    outline: &mut Outline<'a>,
    fingerprinter: &mut Fingerprinter,
) -> Result<Box<str>, Unreadable> {
    if text.as_bytes().contains(&0) {
        // Where the database stops reading, so does every certainty.
        return Err(Unreadable);
    }
    let mut sanitizer = Sanitizer::for_text(text.len().min(SHOW_LIMIT));
    let mut lexer = Lexer::new(text, dialect);
    let mut cut = false;
    let mut ahead = lexer.next()?;
    while let Some(token) = ahead {
        if lexer.position() > READ_LIMIT {
            cut = true;
            break;
        }
        ahead = lexer.next()?;
        let place = outline.step(token, ahead);
        let value = place.is_value(&token);
        fingerprinter.push(token, ahead, value);
        if cut || sanitizer.len() + token.text.len() > SHOW_LIMIT {
            // The summary and the fingerprint still want the rest.
            cut = true;
        } else {
            sanitizer.push(token, value);
        }
    }
    if outline.strange || sanitizer.len() == 0 {
        return Err(Unreadable);
    }
    if cut {
        sanitizer.cut();
    }
    Ok(sanitizer.into_text())
}
