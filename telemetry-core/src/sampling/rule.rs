use super::Sampler;
use super::decision::Candidate;
use crate::attribute::Value;
use crate::span::SpanKind;

/// Which sampler decides on spans of a name, a library, a role, or with an attribute; part of
/// [`Sampler::Rules`]. All that is asked for must hold.
///
/// A rule sees what is known when the span starts: the name and the attributes that the builder was
/// given, of an HTTP server span the method and the path but not yet the route.
///
/// ```
/// use telemetry_core::{Rule, Sampler, SpanKind};
///
/// let rule = Rule::new(Sampler::AlwaysOff)
///     .kind(SpanKind::Server)
///     .attribute("url.path", "/health*");
/// # let _ = rule;
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    sampler: Sampler,
    name: Option<Pattern>,
    scope: Option<Pattern>,
    kind: Option<SpanKind>,
    attributes: Vec<(Box<str>, Pattern)>,
}

impl Rule {
    /// A rule that matches everything.
    pub fn new(sampler: Sampler) -> Self {
        Self { sampler, name: None, scope: None, kind: None, attributes: Vec::new() }
    }

    /// Only spans of this name, or of names that begin so if the pattern ends in `*`.
    #[must_use]
    pub fn name(mut self, pattern: &str) -> Self {
        self.name = Some(Pattern::new(pattern));
        self
    }

    /// Only spans made by the library of this name, or of names that begin so if the pattern ends in
    /// `*`.
    #[must_use]
    pub fn scope(mut self, pattern: &str) -> Self {
        self.scope = Some(Pattern::new(pattern));
        self
    }

    /// Only spans of this role.
    #[must_use]
    pub fn kind(mut self, kind: SpanKind) -> Self {
        self.kind = Some(kind);
        self
    }

    /// Only spans that start with this attribute; its value as text, or how it begins if the pattern
    /// ends in `*`.
    #[must_use]
    pub fn attribute(mut self, key: &str, pattern: &str) -> Self {
        self.attributes.push((key.into(), Pattern::new(pattern)));
        self
    }

    pub(super) fn sampler(&self) -> &Sampler {
        &self.sampler
    }

    pub(super) fn matches(&self, candidate: &Candidate<'_>) -> bool {
        let attribute = |(key, pattern): &(Box<str>, Pattern)| {
            candidate.attributes.clone().find(key).is_some_and(|value| match value {
                Value::Str(text) => pattern.matches(text),
                other => pattern.matches(&other.to_string()),
            })
        };
        self.name.as_ref().is_none_or(|pattern| pattern.matches(candidate.name))
            && self.scope.as_ref().is_none_or(|pattern| pattern.matches(candidate.scope))
            && self.kind.is_none_or(|kind| kind == candidate.kind)
            && self.attributes.iter().all(attribute)
    }
}

/// A text, or how it begins.
#[derive(Clone, Debug, PartialEq)]
struct Pattern {
    text: Box<str>,
    is_prefix: bool,
}

impl Pattern {
    fn new(pattern: &str) -> Self {
        let prefix = pattern.strip_suffix('*');
        Self { text: prefix.unwrap_or(pattern).into(), is_prefix: prefix.is_some() }
    }

    fn matches(&self, text: &str) -> bool {
        if self.is_prefix { text.starts_with(&*self.text) } else { text == &*self.text }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_is_the_whole_text_or_its_beginning() {
        for (pattern, text, expected) in [
            ("GET /a", "GET /a", true),
            ("GET /a", "GET /ab", false),
            ("GET /a*", "GET /ab", true),
            ("GET /a*", "GET /", false),
            ("*", "", true),
            ("", "", true),
            ("", "a", false),
        ] {
            assert_eq!(Pattern::new(pattern).matches(text), expected, "{pattern} {text}");
        }
    }
}
