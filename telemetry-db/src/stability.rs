use std::sync::OnceLock;

const VARIABLE: &str = "OTEL_SEMCONV_STABILITY_OPT_IN";

/// Whether the names that spans had before the stable conventions are emitted
/// as well, as `OTEL_SEMCONV_STABILITY_OPT_IN=database/dup` asks; read once.
/// `database` and an empty list ask for the stable ones alone, and the values
/// of other areas are none of ours.
pub(crate) fn old_names_asked() -> bool {
    static ASKED: OnceLock<bool> = OnceLock::new();
    *ASKED.get_or_init(|| asks(&std::env::var(VARIABLE).unwrap_or_default()))
}

fn asks(list: &str) -> bool {
    list.split(',').any(|value| value.trim() == "database/dup")
}

#[cfg(test)]
mod tests {
    use super::asks;

    #[test]
    fn the_list_is_read_as_the_conventions_have_it() {
        for (list, both) in [
            ("", false),
            ("database", false),
            ("database/dup", true),
            ("database,database/dup", true),
            (" http/dup , database/dup", true),
            ("http/dup,gen_ai_latest_experimental", false),
            ("DATABASE/DUP", false),
        ] {
            assert_eq!(asks(list), both, "{list}");
        }
    }
}
