use super::check::Checked;
use super::pattern::Pattern;

/// The names of all records that somebody wants to see.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sources {
    pub(crate) events: Vec<Pattern>,
    pub(crate) spans: Vec<Pattern>,
    /// Whether any span may be wanted: it takes its attributes to tell.
    pub(crate) any_span: bool,
}

impl Sources {
    /// What views are over.
    pub(crate) fn of(views: &[Checked]) -> Self {
        let mut sources = Self::default();
        for view in views {
            sources.events.extend(view.events.iter().cloned());
            sources.spans.extend(view.spans.iter().cloned());
            sources.any_span |= !view.areas.is_empty();
        }
        sources
    }

    /// Whether a span that starts with this name may be wanted.
    #[inline]
    pub(crate) fn include_span(&self, name: &str) -> bool {
        self.any_span || (!self.spans.is_empty() && may_match(&self.spans, name))
    }

    /// Whether an event of this name is wanted.
    #[inline]
    pub(crate) fn include_event(&self, name: &str) -> bool {
        self.events.iter().any(|pattern| pattern.matches(name))
    }
}

fn may_match(patterns: &[Pattern], name: &str) -> bool {
    patterns.iter().any(|pattern| pattern.may_match(name))
}
