/// What a layer or middleware was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Settings {
    pub(super) role: Role,
    pub(super) propagation: Propagation,
    /// Where the request doesn't say.
    pub(super) https: bool,
}

/// What is observed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// Each time that a request is sent.
    Attempt,
    /// What the application asked for, however often a request is sent for it.
    Call,
}

/// What the server is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Propagation {
    TraceAndBaggage,
    Trace,
    Nothing,
}

impl Settings {
    pub(super) const ATTEMPTS: Self =
        Self { role: Role::Attempt, propagation: Propagation::TraceAndBaggage, https: false };
    pub(super) const CALLS: Self = Self { role: Role::Call, ..Self::ATTEMPTS };
}

impl Default for Settings {
    fn default() -> Self {
        Self::ATTEMPTS
    }
}
