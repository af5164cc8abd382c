/// What is known of the place between one pair of parentheses.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Frame {
    /// The operation that runs here.
    pub(super) verb: Verb,
    /// What the next word or name is going to be.
    pub(super) awaiting: Awaiting,
    /// A comma is followed by another target.
    pub(super) lists_targets: bool,
    /// A comma is followed by a name: a list of columns or of assignments.
    pub(super) lists_names: bool,
    /// An element of the list begins.
    pub(super) element_starts: bool,
    /// The next parenthesis opens a list of columns.
    pub(super) columns_follow: bool,
    /// A comma is followed by another `name AS (..)` of a WITH.
    pub(super) lists_subqueries: bool,
}

/// The operations whose clauses are told apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Verb {
    #[default]
    None,
    Select,
    Insert,
    Update,
    Delete,
    Merge,
    /// CREATE, ALTER and DROP.
    Define,
    /// CREATE INDEX and CREATE TRIGGER, which name their table after ON.
    DefineOn,
    /// PRAGMA and SET, whose values may be bare words.
    Assign,
    /// Everything that has a target and nothing else of interest.
    Other,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Awaiting {
    #[default]
    Nothing,
    /// The first word of a statement.
    Statement,
    /// The first word between parentheses that may hold a query.
    Query,
    /// The kind of object after CREATE, ALTER or DROP.
    Object,
    /// The name of a table, view, function and so on.
    Target,
    /// The next part of a qualified target.
    TargetPart,
    /// The name of a WITH query.
    Subquery,
}

impl Frame {
    pub(super) fn statement() -> Self {
        Frame { awaiting: Awaiting::Statement, ..Frame::default() }
    }

    /// The frame that a parenthesis opens inside this one.
    pub(super) fn open(&mut self, after_as: bool) -> Frame {
        let mut inner = Frame { awaiting: Awaiting::Query, ..Frame::default() };
        match self.awaiting {
            // `FROM (a JOIN b)` or `FROM (SELECT ..)`.
            Awaiting::Target => {
                inner.awaiting = Awaiting::Target;
                inner.lists_targets = true;
            }
            Awaiting::Statement => inner.awaiting = Awaiting::Statement,
            _ if after_as => inner.awaiting = Awaiting::Statement,
            _ if self.columns_follow => {
                inner.lists_names = true;
                inner.element_starts = true;
                inner.awaiting = Awaiting::Nothing;
            }
            _ => {}
        }
        self.awaiting = Awaiting::Nothing;
        self.columns_follow = false;
        inner
    }
}
