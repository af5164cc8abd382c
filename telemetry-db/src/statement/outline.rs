use super::dialect::Dialect;
use super::frame::{Awaiting, Frame, Verb};
use super::keyword::{self, Opening, Upper};
use super::summary::Summary;
use super::token::{Kind, Token};

/// Follows the tokens of a query just closely enough to know which of them
/// are operations and targets, and where nothing but a name can stand.
#[derive(Debug)]
pub(super) struct Outline<'a> {
    pub(super) summary: Summary,
    /// The query changes rows, by what it says.
    pub(super) changes: bool,
    /// It holds something that is no statement, as far as is known here.
    pub(super) strange: bool,
    dialect: Dialect,
    frame: Frame,
    outer: Vec<Frame>,
    subqueries: Vec<&'a str>,
    previous: Option<Token<'a>>,
    /// The length of the summary at the first literal.
    certain: Option<usize>,
    /// Nothing else of this statement matters.
    muted: bool,
    explaining: bool,
    trigger: bool,
    /// A PRAGMA or SET is past its name.
    assigning: bool,
}

/// The names of WITH queries that are told from tables, at most.
const SUBQUERIES: usize = 64;

/// What the place of a token says about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// Nothing but a name can stand here.
    Name,
    /// A value stands here, even if it looks like a name.
    Value,
    /// No telling.
    Anything,
}

impl Place {
    /// Whether a token that stands here is a value.
    pub(super) fn is_value(self, token: &Token<'_>) -> bool {
        match token.kind {
            Kind::String | Kind::Number => true,
            Kind::NameOrString => self != Place::Name,
            Kind::Word => {
                self == Place::Value
                    || (self == Place::Anything && (token.is("TRUE") || token.is("FALSE")))
            }
            Kind::Name => self == Place::Value,
            _ => false,
        }
    }
}

impl<'a> Outline<'a> {
    pub(super) fn new(dialect: Dialect) -> Self {
        Outline {
            summary: Summary::default(),
            changes: false,
            strange: false,
            dialect,
            frame: Frame::statement(),
            outer: Vec::new(),
            subqueries: Vec::new(),
            previous: None,
            certain: None,
            muted: false,
            explaining: false,
            trigger: false,
            assigning: false,
        }
    }

    /// The query reads rows and changes none.
    pub(super) fn reads(&self) -> bool {
        let first = self.summary.as_str().and_then(|summary| summary.get(..6));
        !self.changes && first.is_some_and(|word| word.eq_ignore_ascii_case("SELECT"))
    }

    /// Takes the next token; `next` is the one after it.
    pub(super) fn step(&mut self, token: Token<'a>, next: Option<Token<'a>>) -> Place {
        let element_starts = std::mem::take(&mut self.frame.element_starts);
        let place = match token.kind {
            Kind::Word | Kind::Name | Kind::NameOrString | Kind::String => {
                let place = self.word_or_name(token, next);
                if element_starts && place == Place::Anything { Place::Name } else { place }
            }
            Kind::Open => self.open(),
            Kind::Close => self.close(),
            Kind::Comma => self.comma(),
            Kind::Semicolon => self.semicolon(),
            Kind::Dot => Place::Anything,
            Kind::Operator | Kind::Number | Kind::Placeholder => {
                self.frame.awaiting = Awaiting::Nothing;
                self.assigning |= self.frame.verb == Verb::Assign;
                Place::Anything
            }
        };
        if matches!(token.kind, Kind::String | Kind::NameOrString) && place != Place::Name {
            self.certain.get_or_insert(self.summary.len());
        }
        self.previous = Some(token);
        place
    }

    /// The rest could not be read: keeps of the summary what came before the
    /// first literal, since a quote taken wrongly makes data look like code.
    pub(super) fn give_up(&mut self) {
        self.summary.truncate(self.certain.unwrap_or(usize::MAX));
    }

    fn word_or_name(&mut self, token: Token<'a>, next: Option<Token<'a>>) -> Place {
        if self.assigning {
            return Place::Value;
        }
        if self.muted {
            return self.place_after_keyword();
        }
        let qualified = token.names()
            && (self.previous.is_some_and(|token| token.kind == Kind::Dot)
                || next.is_some_and(|token| token.kind == Kind::Dot));
        if qualified || token.kind != Kind::Word {
            return self.name(token, next, qualified);
        }
        let upper = Upper::new(token.text);
        match self.frame.awaiting {
            Awaiting::Statement => self.statement(token, next, &upper),
            Awaiting::Query | Awaiting::Target if upper.is("WITH") => self.with(),
            Awaiting::Object => self.object(token, &upper),
            Awaiting::Target if keyword::modifies_target(&upper) => Place::Anything,
            Awaiting::Target if !keyword::ends_target(&upper) => self.name(token, next, false),
            Awaiting::Subquery if upper.is("RECURSIVE") => Place::Anything,
            Awaiting::Subquery => self.name(token, next, false),
            _ => self.clause(token, next, &upper),
        }
    }

    /// A name, or a string that stands for one.
    fn name(&mut self, token: Token<'a>, next: Option<Token<'a>>, qualified: bool) -> Place {
        let string = token.kind == Kind::String;
        let goes_on = next.is_some_and(|token| token.kind == Kind::Dot);
        match self.frame.awaiting {
            Awaiting::TargetPart if !string => {
                self.summary.extend('.', token.text);
                self.named(goes_on);
                Place::Name
            }
            Awaiting::Target if !string || self.takes_for_name(token) => {
                if goes_on || !self.is_subquery(token) {
                    self.summary.push(token.text);
                }
                self.named(goes_on);
                Place::Name
            }
            Awaiting::Subquery if !string => {
                if self.subqueries.len() < SUBQUERIES {
                    self.subqueries.push(token.bare());
                }
                self.frame.awaiting = Awaiting::Nothing;
                Place::Name
            }
            _ => {
                self.frame.awaiting = Awaiting::Nothing;
                if qualified { Place::Name } else { self.place_after_keyword() }
            }
        }
    }

    /// SQLite takes a string for a name where only a name can stand; a blob
    /// (`x'00'`) it does not.
    fn takes_for_name(&self, string: Token<'_>) -> bool {
        self.dialect == Dialect::Sqlite && string.text.starts_with('\'')
    }

    fn named(&mut self, goes_on: bool) {
        if goes_on {
            self.frame.awaiting = Awaiting::TargetPart;
            return;
        }
        self.frame.awaiting = Awaiting::Nothing;
        match self.frame.verb {
            Verb::Insert | Verb::Define | Verb::DefineOn => self.frame.columns_follow = true,
            Verb::Other => self.muted = true,
            _ => {}
        }
    }

    fn is_subquery(&self, token: Token<'_>) -> bool {
        let bare = token.bare();
        self.subqueries.iter().any(|subquery| subquery.eq_ignore_ascii_case(bare))
    }

    /// After some words nothing but a name can follow.
    fn place_after_keyword(&self) -> Place {
        match self.previous {
            Some(token) if token.kind == Kind::Word && keyword::introduces_name(token.text) => {
                Place::Name
            }
            _ => Place::Anything,
        }
    }

    /// The first word of a statement.
    fn statement(&mut self, token: Token<'a>, next: Option<Token<'a>>, upper: &Upper) -> Place {
        let nested = !self.outer.is_empty();
        if self.explaining && keyword::modifies_explain(upper) {
            return Place::Anything;
        }
        if self.trigger && upper.is("END") {
            self.trigger = false;
            return Place::Anything;
        }
        // `WITH name (columns) AS (..)`
        if upper.is("AS") {
            self.frame.awaiting = Awaiting::Nothing;
            return Place::Anything;
        }
        if upper.is("WITH") {
            return self.with();
        }
        let call = next.is_some_and(|token| token.kind == Kind::Open);
        match keyword::opening(upper) {
            Some(Opening::Rows(Verb::Insert)) if call => self.unknown(nested),
            Some(Opening::Rows(verb)) => self.begin(token.text, verb),
            Some(_) if nested => self.unknown(nested),
            Some(Opening::Explain) => {
                self.explaining = true;
                self.summary.push(token.text);
            }
            Some(Opening::Define) => {
                self.begin(token.text, Verb::Define);
                self.frame.awaiting = Awaiting::Object;
                self.frame.lists_targets = upper.is("DROP");
            }
            Some(Opening::Targeted(verb)) => {
                self.begin(token.text, verb);
                self.frame.awaiting = Awaiting::Target;
            }
            Some(Opening::Alone(verb)) => {
                self.begin(token.text, verb);
                self.muted = verb == Verb::Other;
            }
            None => self.unknown(nested),
        }
        Place::Anything
    }

    fn unknown(&mut self, nested: bool) {
        self.frame.awaiting = Awaiting::Nothing;
        if !nested {
            self.muted = true;
            self.strange = true;
        }
    }

    fn with(&mut self) -> Place {
        self.frame.lists_subqueries = true;
        self.frame.awaiting = Awaiting::Subquery;
        Place::Anything
    }

    fn begin(&mut self, word: &'a str, verb: Verb) {
        self.summary.push(word);
        self.changes |= !self.explaining
            && matches!(verb, Verb::Insert | Verb::Update | Verb::Delete | Verb::Merge);
        self.frame = Frame {
            verb,
            lists_targets: verb == Verb::Update,
            awaiting: match verb {
                Verb::Insert | Verb::Update | Verb::Merge => Awaiting::Target,
                _ => Awaiting::Nothing,
            },
            ..Frame::default()
        };
    }

    /// The words between CREATE and the name.
    fn object(&mut self, token: Token<'a>, upper: &Upper) -> Place {
        if let Some(object) = keyword::object(upper) {
            self.summary.extend(' ', token.text);
            self.frame.awaiting = Awaiting::Target;
            match object {
                keyword::Object::Plain => {}
                keyword::Object::OnTable => self.frame.verb = Verb::DefineOn,
                keyword::Object::Trigger => {
                    self.frame.verb = Verb::DefineOn;
                    self.trigger = true;
                }
                keyword::Object::Account => self.muted = true,
            }
        }
        Place::Anything
    }

    fn clause(&mut self, token: Token<'a>, next: Option<Token<'a>>, upper: &Upper) -> Place {
        let place = self.place_after_keyword();
        let parenthesis = next.is_some_and(|token| token.kind == Kind::Open);
        let frame = &mut self.frame;
        frame.awaiting = Awaiting::Nothing;
        match upper.as_str() {
            "SELECT" => self.begin(token.text, Verb::Select),
            // `IS DISTINCT FROM` compares, `EXTRACT(YEAR FROM x)` has no verb.
            "FROM" if !self.previous.is_some_and(|token| token.is("DISTINCT")) => {
                if matches!(frame.verb, Verb::Select | Verb::Update | Verb::Delete) {
                    frame.awaiting = Awaiting::Target;
                    frame.lists_targets = true;
                    frame.lists_names = false;
                }
            }
            "JOIN" | "STRAIGHT_JOIN" if frame.lists_targets => frame.awaiting = Awaiting::Target,
            "USING" if matches!(frame.verb, Verb::Delete | Verb::Merge) && !parenthesis => {
                frame.awaiting = Awaiting::Target;
            }
            "ON" if frame.verb == Verb::DefineOn => frame.awaiting = Awaiting::Target,
            "AS" if matches!(frame.verb, Verb::Define) => frame.awaiting = Awaiting::Statement,
            "BEGIN" if self.trigger => frame.awaiting = Awaiting::Statement,
            "SET" if matches!(frame.verb, Verb::Insert | Verb::Update | Verb::Merge) => {
                frame.lists_targets = false;
                frame.lists_names = true;
                frame.element_starts = true;
            }
            "TO" if frame.verb == Verb::Assign => self.assigning = true,
            _ if keyword::ends_targets(upper) => {
                frame.lists_targets = false;
                frame.lists_names = false;
                frame.columns_follow = false;
            }
            _ => {}
        }
        place
    }

    fn open(&mut self) -> Place {
        self.assigning |= self.frame.verb == Verb::Assign;
        let after_as =
            self.previous.is_some_and(|token| token.is("AS") || token.is("MATERIALIZED"));
        let inner = self.frame.open(after_as);
        self.outer.push(std::mem::replace(&mut self.frame, inner));
        Place::Anything
    }

    fn close(&mut self) -> Place {
        if let Some(frame) = self.outer.pop() {
            self.frame = frame;
        }
        let options = self.explaining && self.frame.verb == Verb::None;
        if self.frame.lists_subqueries || options {
            self.frame.awaiting = Awaiting::Statement;
        }
        Place::Anything
    }

    fn comma(&mut self) -> Place {
        let frame = &mut self.frame;
        if frame.lists_subqueries {
            frame.awaiting = Awaiting::Subquery;
        } else if frame.lists_targets {
            frame.awaiting = Awaiting::Target;
        } else {
            frame.awaiting = Awaiting::Nothing;
        }
        frame.element_starts = frame.lists_names;
        Place::Anything
    }

    fn semicolon(&mut self) -> Place {
        self.frame = Frame::statement();
        self.outer.clear();
        self.subqueries.clear();
        self.muted = false;
        self.explaining = false;
        self.assigning = false;
        Place::Anything
    }
}
