use std::collections::HashMap;
use std::time::Duration;

use super::Tail;
use super::durations::Durations;
use crate::attribute::Value;
use crate::semconv;
use crate::span::{SpanRef, Status};

/// Why a fragment is kept, as `telemetry.kept_because` says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reason {
    Error,
    Slow,
    First,
    Marked,
}

impl Reason {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Slow => "slow",
            Self::First => "first",
            Self::Marked => "marked",
        }
    }
}

/// What speaks for keeping a fragment, span by span.
#[derive(Debug)]
pub(super) struct Evidence {
    tail: Tail,
    kinds: HashMap<Box<str>, Kind>,
}

/// What is known of the local roots of one name.
#[derive(Debug, Default)]
struct Kind {
    seen: u32,
    durations: Durations,
}

impl Evidence {
    /// Names of local roots are few; were they not, those beyond have no kind of their own and are
    /// judged by errors, marks and the fixed limit alone.
    const MAX_KINDS: usize = 512;

    pub(super) fn new(tail: Tail) -> Self {
        Self { tail, kinds: HashMap::new() }
    }

    /// What this span says; every local root must be shown once, since it is learnt from.
    pub(super) fn of(&mut self, span: &SpanRef<'_>, is_root: bool) -> Option<Reason> {
        let root = is_root.then(|| self.of_root(span)).flatten();
        if matches!(span.attribute(semconv::telemetry::KEEP), Some(Value::Bool(true))) {
            return Some(Reason::Marked);
        }
        if self.tail.errors && matches!(span.status(), Status::Error(_)) {
            return Some(Reason::Error);
        }
        root
    }

    fn of_root(&mut self, span: &SpanRef<'_>) -> Option<Reason> {
        let nanos = span.end_unix_nanos().saturating_sub(span.start_unix_nanos());
        let duration = Duration::from_nanos(nanos);
        let (first, slow) = self.judge(span.name(), duration);
        if slow || self.tail.slower_than.is_some_and(|limit| duration > limit) {
            return Some(Reason::Slow);
        }
        first.then_some(Reason::First)
    }

    /// Whether it is among the first of its kind, and whether it is slow for it.
    fn judge(&mut self, name: &str, duration: Duration) -> (bool, bool) {
        if !self.kinds.contains_key(name) && self.kinds.len() < Self::MAX_KINDS {
            self.kinds.insert(name.into(), Kind::default());
        }
        let Some(kind) = self.kinds.get_mut(name) else {
            return (false, false);
        };
        let first = kind.seen < self.tail.first;
        kind.seen = kind.seen.saturating_add(1);
        let slow = kind.durations.is_slow(duration);
        (first, slow && self.tail.slow)
    }
}
