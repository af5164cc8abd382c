use super::unit;

/// What kind of family a metric becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Counter,
    Gauge,
    Histogram,
    Summary,
}

/// The name of a family, without `_total`, and its unit when the name ends with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Name {
    pub(super) base: String,
    pub(super) unit: Option<String>,
}

impl Kind {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Histogram => "histogram",
            Self::Summary => "summary",
        }
    }
}

impl Name {
    /// The name for the metric `name` measured in `ucum`. The unit's word is appended unless the name
    /// ends with it, or with the unit as it is written: `stage_latency_ms` has said it.
    pub(super) fn of(name: &str, ucum: &str, kind: Kind) -> Self {
        let mut base = sanitised(name, true);
        if kind == Kind::Counter {
            // It comes back at the end, after the unit, and only once.
            let bare = base.strip_suffix("_total").filter(|rest| !rest.is_empty());
            base = bare.map_or_else(|| base.clone(), str::to_owned);
        }
        let word = unit::word(ucum, kind == Kind::Gauge);
        let Some(word) = word else {
            return Self { base, unit: None };
        };
        let raw = unit::alphanumeric(ucum);
        let ends_with = |unit: &str| {
            !unit.is_empty()
                && base
                    .strip_suffix(unit)
                    .is_some_and(|rest| rest.is_empty() || rest.ends_with('_'))
        };
        if !ends_with(&word) {
            if ends_with(&raw) {
                return Self { base, unit: None };
            }
            base = format!("{base}_{word}");
        }
        // The unit of a family is a suffix of its name, and not all of it.
        let unit = (base != word).then_some(word);
        Self { base, unit }
    }
}

/// `text` in the characters that names of metrics (`colons`) or labels may have, runs of others as
/// one underscore.
pub(super) fn sanitised(text: &str, colons: bool) -> String {
    let mut name = String::with_capacity(text.len());
    for character in text.chars() {
        let fits = character.is_ascii_alphanumeric() || (colons && character == ':');
        if fits {
            if name.is_empty() && character.is_ascii_digit() {
                name.push('_');
            }
            name.push(character);
        } else if !name.ends_with('_') {
            name.push('_');
        }
    }
    // One at the end would meet that of a suffix.
    name.truncate(name.trim_end_matches('_').len());
    if name.is_empty() {
        name.push('_');
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_follow_the_specification_and_double_nothing() {
        for (name, unit, kind, base, shown) in [
            (
                "http.server.request.duration",
                "s",
                Kind::Histogram,
                "http_server_request_duration_seconds",
                Some("seconds"),
            ),
            (
                "http.server.active_requests",
                "{request}",
                Kind::Gauge,
                "http_server_active_requests",
                None,
            ),
            (
                "http.server.response.body.size",
                "By",
                Kind::Histogram,
                "http_server_response_body_size_bytes",
                Some("bytes"),
            ),
            (
                "db.client.connection.count",
                "{connection}",
                Kind::Gauge,
                "db_client_connection_count",
                None,
            ),
            ("workflow.run.total", "{run}", Kind::Counter, "workflow_run", None),
            ("workflow.run.duration_ms", "ms", Kind::Histogram, "workflow_run_duration_ms", None),
            (
                "workflow.image.size_bytes",
                "By",
                Kind::Histogram,
                "workflow_image_size_bytes",
                Some("bytes"),
            ),
            (
                "forge.metrics.pipeline_completed",
                "",
                Kind::Counter,
                "forge_metrics_pipeline_completed",
                None,
            ),
            ("cpu.time.total", "s", Kind::Counter, "cpu_time_seconds", Some("seconds")),
            ("cpu.seconds.total", "s", Kind::Counter, "cpu_seconds", Some("seconds")),
            (
                "system.memory.utilization",
                "1",
                Kind::Gauge,
                "system_memory_utilization_ratio",
                Some("ratio"),
            ),
            ("total", "", Kind::Counter, "total", None),
            ("bytes", "By", Kind::Gauge, "bytes", None),
            (
                "seconds_before_my_birthday",
                "s",
                Kind::Gauge,
                "seconds_before_my_birthday_seconds",
                Some("seconds"),
            ),
            ("milliseconds", "s", Kind::Gauge, "milliseconds_seconds", Some("seconds")),
        ] {
            let expected = Name { base: base.to_owned(), unit: shown.map(str::to_owned) };
            assert_eq!(Name::of(name, unit, kind), expected, "{name}");
        }
    }

    #[test]
    fn foreign_characters_become_one_underscore() {
        for (text, name) in [
            ("a..b--c", "a_b_c"),
            ("__a__", "_a"),
            ("9lives", "_9lives"),
            ("größe.", "gr_e"),
            ("a:b", "a:b"),
            ("", "_"),
        ] {
            assert_eq!(sanitised(text, true), name);
        }
        assert_eq!(sanitised("a:b", false), "a_b");
    }

    proptest! {
        #[test]
        fn any_name_becomes_a_valid_one(text: String, unit: String) {
            let name = Name::of(&text, &unit, Kind::Counter).base;
            let mut characters = name.chars();
            let first = characters.next().unwrap();
            prop_assert!(first.is_ascii_alphabetic() || first == '_' || first == ':');
            prop_assert!(characters.all(|c| c.is_ascii_alphanumeric() || c == '_' || c == ':'));
        }
    }
}
