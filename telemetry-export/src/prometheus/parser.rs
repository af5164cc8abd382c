//! A strict reader of both formats: it fails where a scraper might be lenient.

use std::collections::{BTreeMap, BTreeSet};

use super::accept::Format;

#[derive(Debug)]
pub(super) struct ParsedFamily {
    pub(super) name: String,
    pub(super) help: String,
    pub(super) kind: String,
    pub(super) unit: Option<String>,
    pub(super) samples: Vec<Sample>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Sample {
    pub(super) name: String,
    pub(super) labels: BTreeMap<String, String>,
    pub(super) value: f64,
    pub(super) exemplar: Option<ParsedExemplar>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct ParsedExemplar {
    pub(super) labels: BTreeMap<String, String>,
    pub(super) value: f64,
    pub(super) seconds: f64,
}

/// Reads a whole exposition and checks all that the formats demand of it.
pub(super) fn parse(text: &str, format: Format) -> Vec<ParsedFamily> {
    assert!(text.is_empty() || text.ends_with('\n'), "no line feed at the end");
    let mut lines: Vec<&str> = text.lines().collect();
    if format == Format::OpenMetrics {
        assert_eq!(lines.pop(), Some("# EOF"));
    }
    let mut families: Vec<ParsedFamily> = Vec::new();
    for line in lines {
        if let Some(help) = line.strip_prefix("# HELP ") {
            let (name, help) = help.split_once(' ').expect("a help text");
            families.push(ParsedFamily {
                name: name.to_owned(),
                help: help.to_owned(),
                kind: String::new(),
                unit: None,
                samples: Vec::new(),
            });
            continue;
        }
        let family = families.last_mut().expect("HELP comes first");
        if let Some(comment) = line.strip_prefix("# ") {
            let words: Vec<&str> = comment.split(' ').collect();
            assert!(family.samples.is_empty(), "a comment after samples: {line}");
            match words[..] {
                ["TYPE", name, kind] => {
                    assert_eq!(name, family.name);
                    assert!(family.kind.is_empty(), "TYPE twice");
                    kind.clone_into(&mut family.kind);
                }
                ["UNIT", name, unit] if format == Format::OpenMetrics => {
                    assert_eq!(name, family.name);
                    assert!(name.ends_with(&format!("_{unit}")), "{line}");
                    family.unit = Some(unit.to_owned());
                }
                _ => panic!("not a comment: {line}"),
            }
        } else {
            family.samples.push(sample(line));
        }
    }
    for family in &families {
        check(family, format);
    }
    let names: BTreeSet<&String> = families.iter().map(|family| &family.name).collect();
    assert_eq!(names.len(), families.len(), "a name twice in {names:?}");
    families
}

fn check(family: &ParsedFamily, format: Format) {
    let ParsedFamily { name, kind, samples, .. } = family;
    valid_name(name, true);
    let suffixes: &[&str] = match (kind.as_str(), format) {
        ("gauge", _) => &[""],
        ("counter", Format::Text) => &[""],
        ("counter", Format::OpenMetrics) => &["_total"],
        ("info", Format::OpenMetrics) => &["_info"],
        ("histogram", _) => &["_bucket", "_sum", "_count"],
        _ => panic!("{name} is of kind {kind}"),
    };
    let mut seen = BTreeSet::new();
    for sample in samples {
        let suffix = sample.name.strip_prefix(name.as_str()).expect("the family's name");
        assert!(suffixes.contains(&suffix), "{} in {name}", sample.name);
        assert!(seen.insert((&sample.name, &sample.labels)), "twice: {sample:?}");
        if kind == "counter" {
            assert!(sample.name.ends_with("_total") && !sample.name.ends_with("_total_total"));
            assert!(sample.value >= 0.0);
        }
    }
    if kind == "histogram" {
        check_histogram(name, samples);
    }
}

/// Buckets are in order, cumulative, and end with all there is.
fn check_histogram(name: &str, samples: &[Sample]) {
    let mut series = BTreeMap::<BTreeMap<String, String>, Vec<(f64, f64)>>::new();
    let mut counts = BTreeMap::new();
    for sample in samples {
        let mut labels = sample.labels.clone();
        let le = labels.remove("le");
        match (sample.name.strip_prefix(name), le) {
            (Some("_bucket"), Some(le)) => {
                series.entry(labels).or_default().push((number(&le), sample.value));
            }
            (Some("_count"), None) => {
                counts.insert(labels, sample.value);
            }
            (Some("_sum"), None) => {}
            other => panic!("{other:?} in {name}"),
        }
    }
    assert_eq!(series.len(), counts.len());
    for (labels, buckets) in series {
        assert!(buckets.is_sorted_by(|one, other| one.0 < other.0 && one.1 <= other.1));
        assert_eq!(buckets.last(), Some(&(f64::INFINITY, counts[&labels])));
    }
}

fn sample(line: &str) -> Sample {
    let name_end = line.find(['{', ' ']).expect("a value");
    let (name, rest) = line.split_at(name_end);
    valid_name(name, true);
    let (labels, rest) = labels(rest);
    let rest = rest.strip_prefix(' ').expect("one space");
    let (value, exemplar) = match rest.split_once(" # ") {
        Some((value, exemplar)) => (value, Some(self::exemplar(name, exemplar))),
        None => (rest, None),
    };
    Sample { name: name.to_owned(), labels, value: number(value), exemplar }
}

/// The labels at the beginning of `text`, which may be none, and what follows them.
fn labels(text: &str) -> (BTreeMap<String, String>, &str) {
    let mut labels = BTreeMap::new();
    let Some(mut rest) = text.strip_prefix('{') else {
        return (labels, text);
    };
    loop {
        if let Some(after) = rest.strip_prefix('}') {
            return (labels, after);
        }
        let (label, after) = rest.split_once("=\"").expect("a label");
        valid_name(label, false);
        let (value, after) = quoted(after);
        assert!(labels.insert(label.to_owned(), value).is_none(), "{label} twice: {text}");
        rest = after;
        if !rest.starts_with('}') {
            rest = rest.strip_prefix(',').expect("a comma");
            assert!(!rest.starts_with('}'), "a comma too many: {text}");
        }
    }
}

fn exemplar(name: &str, text: &str) -> ParsedExemplar {
    assert!(name.ends_with("_total") || name.ends_with("_bucket"), "an exemplar of {name}");
    assert!(text.starts_with('{'));
    let (labels, rest) = labels(text);
    let length: usize =
        labels.iter().map(|(name, value)| name.chars().count() + value.chars().count()).sum();
    assert!(length <= 128, "an exemplar's labels of {length} characters");
    let (value, seconds) =
        rest.strip_prefix(' ').and_then(|rest| rest.split_once(' ')).expect("a value and a time");
    ParsedExemplar { labels, value: number(value), seconds: number(seconds) }
}

/// Reads up to the closing quote.
fn quoted(text: &str) -> (String, &str) {
    let mut value = String::new();
    let mut characters = text.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => return (value, &text[at + 1..]),
            '\\' => value.push(match characters.next() {
                Some((_, 'n')) => '\n',
                Some((_, escaped @ ('"' | '\\'))) => escaped,
                other => panic!("escaped {other:?}"),
            }),
            other => value.push(other),
        }
    }
    panic!("no closing quote in {text}");
}

fn number(text: &str) -> f64 {
    match text {
        "+Inf" => f64::INFINITY,
        "-Inf" => f64::NEG_INFINITY,
        "NaN" => f64::NAN,
        other => {
            assert!(other.starts_with(['-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9']));
            other.parse().expect("a number")
        }
    }
}

fn valid_name(name: &str, colons: bool) {
    let valid = |character: char| {
        character.is_ascii_alphanumeric() || character == '_' || (colons && character == ':')
    };
    assert!(
        !name.is_empty()
            && name.chars().all(valid)
            && !name.starts_with(|c: char| c.is_ascii_digit()),
        "not a name: {name}"
    );
}
