use std::sync::OnceLock;

use telemetry_core::{Event, Severity};

use crate::SCOPE;

/// Which generation of the conventions is emitted, as
/// [`OTEL_SEMCONV_STABILITY_OPT_IN`](https://opentelemetry.io/docs/specs/semconv/non-normative/http-migration/)
/// asks: the stable one, or for a migration the one before it as well.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stability {
    Stable,
    Both,
}

const VARIABLE: &str = "OTEL_SEMCONV_STABILITY_OPT_IN";

impl Stability {
    /// What the environment asks for; read once.
    #[inline]
    pub(super) fn asked() -> Self {
        asked().0
    }

    #[inline]
    pub(super) fn is_both(self) -> bool {
        self == Self::Both
    }

    /// Says, where something was asked for that isn't known, that it is ignored. Other areas' values
    /// (`database/dup`) are none of ours.
    pub(super) fn report_unknown() {
        for unknown in &asked().1 {
            let body = format!(
                "{VARIABLE}: `{}` is ignored; of HTTP there are http and http/dup",
                unknown.escape_debug()
            );
            Event::new(&SCOPE, "").severity(Severity::Warn).body(body).emit();
        }
    }
}

fn asked() -> &'static (Stability, Vec<String>) {
    static ASKED: OnceLock<(Stability, Vec<String>)> = OnceLock::new();
    ASKED.get_or_init(|| read(&std::env::var(VARIABLE).unwrap_or_default()))
}

/// Reads a list separated by commas. `http/dup` wins over `http`, as the conventions have it; the stable
/// names are what there is without either.
fn read(list: &str) -> (Stability, Vec<String>) {
    let (mut stability, mut unknown) = (Stability::Stable, Vec::new());
    for value in list.split(',').map(str::trim) {
        match value {
            "http/dup" => stability = Stability::Both,
            "http" => {}
            // A few are enough, and a short piece of each.
            _ if value.starts_with("http") && unknown.len() < 8 => {
                unknown.push(value.chars().take(64).collect());
            }
            _ => {}
        }
    }
    (stability, unknown)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn owned(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|text| (*text).to_owned()).collect()
    }

    #[test]
    fn the_list_is_read_as_the_conventions_have_it() {
        for (list, both, unknown) in [
            ("", false, &[][..]),
            ("http", false, &[]),
            ("http/dup", true, &[]),
            ("http/dup,http", true, &[]),
            (" http , http/dup ", true, &[]),
            ("database/dup,http/dup,gen_ai_latest_experimental", true, &[]),
            ("database", false, &[]),
            ("HTTP/DUP", false, &[]),
            ("http/old,,http", false, &["http/old"]),
        ] {
            let (stability, ignored) = read(list);
            assert_eq!((stability.is_both(), ignored), (both, owned(unknown)), "{list}");
        }
    }
}
