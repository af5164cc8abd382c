//! The built-in table, read where it lies: a model's line is found by an index of all lines and parsed
//! when it is first asked for.

mod index;
mod model;

use self::index::INDEX;
pub(super) use self::model::Model;

const TABLE: &str = include_str!("../table.txt");

/// A model in the table.
#[derive(Debug, Clone, Copy)]
pub(super) struct Listed {
    /// As the table has it.
    pub(super) name: &'static str,
    pub(super) model: &'static Model,
}

/// `litellm@1.109.1+genai-prices@0.2.3+2026-11-27`: from what, and the day that it was read.
pub(super) fn version() -> String {
    let head = || TABLE.lines().map_while(|line| line.strip_prefix("# "));
    let source = |name: &str| {
        let version = head().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        let version = version.and_then(|rest| rest.split(' ').next()).unwrap_or_default();
        format!("{name}@{version}")
    };
    let day = head().find_map(|line| line.strip_prefix("read ")).unwrap_or_default();
    format!("{}+{}+{day}", source("litellm"), source("genai-prices"))
}

/// The sha256 of the two lists that the table was made from, as hexadecimal digits.
#[cfg(test)]
pub(super) fn hashes() -> Vec<&'static str> {
    let head = TABLE.lines().map_while(|line| line.strip_prefix("# "));
    let sources = head.filter(|line| line.starts_with("litellm ") || line.starts_with("genai-"));
    sources.filter_map(|line| line.rsplit(' ').next()).collect()
}

impl Listed {
    /// A provider's model by its exact name.
    pub(super) fn find(provider: &str, model: &str) -> Option<Self> {
        INDEX.find(provider, model).map(|(name, model)| Self { name, model })
    }
}

#[cfg(test)]
mod tests {
    use rust_decimal::Decimal;

    use super::{
        super::{card::ServiceTier, moment::Day, rates::RateKind},
        index::parts,
        *,
    };

    fn lines() -> impl Iterator<Item = &'static str> {
        TABLE.lines().filter(|line| !line.starts_with('#'))
    }

    #[test]
    fn every_line_is_in_its_order_and_understood_to_the_last_sign() {
        let key = |line| parts(line).map(|(provider, model, _)| (provider, model));
        assert!(lines().all(|line| key(line).is_some()) && lines().map(key).is_sorted());
        let mut cards = 0;
        for line in lines() {
            let [_, _, text] = line.split('\t').collect::<Vec<_>>()[..] else { panic!("{line}") };
            if text.starts_with('=') {
                continue;
            }
            for card in text.split('|') {
                cards += 1;
                let terms = card.split(' ').filter_map(|part| part.strip_prefix(':'));
                for term in terms {
                    let known = ServiceTier::of_code(term).is_some()
                        || term.strip_prefix('>').is_some_and(|above| above.parse::<u64>().is_ok())
                        || term
                            .strip_prefix(['+', '-'])
                            .is_some_and(|day| Day::parse(day).is_some())
                        || term.starts_with('@');
                    assert!(known, "{term} in {line}");
                }
                for rate in card.split(' ').filter(|part| !part.starts_with(':')) {
                    let (code, value) = rate.trim_start_matches('*').split_once('=').unwrap();
                    let value: Decimal = value.parse().unwrap();
                    assert!(!value.is_sign_negative(), "{line}");
                    let kind = code.split('.').next().unwrap();
                    assert!(rate.starts_with('*') || RateKind::of_code(kind).is_some(), "{line}");
                }
            }
        }
        assert!(cards > 2_500, "{cards}");
    }

    #[test]
    fn every_model_is_found_and_none_besides() {
        let mut models = 0;
        for line in lines() {
            let mut parts = line.split('\t');
            let (provider, model) = (parts.next().unwrap(), parts.next().unwrap());
            let found = Listed::find(provider, model);
            assert_eq!(found.map(|found| found.name), Some(model), "{provider} {model}");
            assert!(Listed::find(provider, &format!("{model}~")).is_none(), "{provider} {model}~");
            models += 1;
        }
        assert!(models > 2_000, "{models}");
        for (provider, model) in [
            ("", ""),
            ("openai", ""),
            ("#", "x"),
            ("openai", "gpt-4o\ti=1"),
            ("openai\tgpt-4o", ""),
            ("\u{10ffff}", "z"),
        ] {
            assert!(Listed::find(provider, model).is_none(), "{provider} {model}");
        }
    }

    #[test]
    fn the_table_says_where_it_is_from() {
        assert!(version().starts_with("litellm@1."), "{}", version());
        assert!(version().contains("+genai-prices@0."), "{}", version());
        assert_eq!(hashes().len(), 2);
        for hash in hashes() {
            assert!(
                hash.len() == 64 && hash.bytes().all(|byte| byte.is_ascii_hexdigit()),
                "{hash}"
            );
        }
    }
}
