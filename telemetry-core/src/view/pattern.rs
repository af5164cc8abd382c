use std::borrow::Cow;

/// Names of events, spans or attributes: one of them exactly, or all with a common beginning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Pattern {
    Exact(Cow<'static, str>),
    /// What stands before the asterisk.
    Prefix(String),
}

impl Pattern {
    /// Reads `forge.stage.stop`, `forge.*` or `*`; says what is wrong with anything else.
    pub(crate) fn parse(text: Cow<'static, str>) -> Result<Self, String> {
        match text.find('*') {
            None if text.is_empty() => Err("a name is empty".to_owned()),
            None => Ok(Self::Exact(text)),
            Some(at) if at + 1 == text.len() => {
                let mut prefix = text.into_owned();
                prefix.pop();
                Ok(Self::Prefix(prefix))
            }
            Some(_) => Err(format!("`{text}` has an asterisk that isn't at its end")),
        }
    }

    #[inline]
    pub(crate) fn matches(&self, name: &str) -> bool {
        match self {
            Self::Exact(exact) => exact == name,
            Self::Prefix(prefix) => name.starts_with(&**prefix),
        }
    }

    /// Whether it matches `name`, or what `name` may become when more words are added to it: a
    /// request's span is `GET` first and `GET /orders/{id}` once its route is known.
    pub(crate) fn may_match(&self, name: &str) -> bool {
        let text: &str = match self {
            Self::Exact(text) => text,
            Self::Prefix(text) => text,
        };
        self.matches(name) || text.strip_prefix(name).is_some_and(|rest| rest.starts_with(' '))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_is_a_name_or_the_beginning_of_names() {
        let pattern = |text: &'static str| Pattern::parse(text.into());
        let stage = pattern("forge.stage.*").unwrap();
        assert!(stage.matches("forge.stage.stop") && !stage.matches("forge.stage"));
        assert!(pattern("*").unwrap().matches("anything"));
        assert!(pattern("GET /orders").unwrap().matches("GET /orders"));
        assert!(!pattern("GET").unwrap().matches("GET /orders"));
        for wrong in ["", "forge.*.stop", "*.stop"] {
            assert!(pattern(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_name_that_may_grow_into_a_match_may_match() {
        let route = Pattern::parse("GET /orders/{id}".into()).unwrap();
        assert!(route.may_match("GET") && route.may_match("GET /orders/{id}"));
        assert!(!route.may_match("GE") && !route.may_match("POST"));
    }
}
