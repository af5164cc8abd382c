//! Prometheus' text format, read strictly: what a scraper forgives is an error here.
//!
//! The format: <https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format>.

mod line;

use std::collections::{BTreeMap, BTreeSet};

use line::Line;

/// One metric with all its samples.
#[derive(Debug, Clone, PartialEq)]
pub struct Family {
    /// Its name, without `_bucket` and the like.
    pub name: String,
    /// `counter`, `gauge` or `histogram`.
    pub kind: String,
    /// What it says of itself.
    pub help: String,
    /// Its samples in their order.
    pub samples: Vec<Reading>,
}

/// One sample.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    /// The name, with `_bucket` and the like.
    pub name: String,
    /// The labels.
    pub labels: BTreeMap<String, String>,
    /// The value.
    pub value: f64,
}

/// Reads a page of metrics.
///
/// # Errors
///
/// What is wrong and where, for the first thing that is.
pub fn read(page: &str) -> Result<Vec<Family>, String> {
    if !page.is_empty() && !page.ends_with('\n') {
        return Err("the last line doesn't end".to_owned());
    }
    let mut families: Vec<Family> = Vec::new();
    for (number, text) in page.lines().enumerate() {
        let at = |reason: &str| format!("line {}: {reason}: {text}", number + 1);
        match Line::read(text).map_err(|reason| at(&reason))? {
            Line::Help { name, help } => {
                if families.iter().any(|family| family.name == name) {
                    return Err(at("the metric came before"));
                }
                families.push(Family { name, kind: String::new(), help, samples: Vec::new() });
            }
            Line::Type { name, kind } => match families.last_mut() {
                Some(family) if family.name == name && family.kind.is_empty() => family.kind = kind,
                _ => return Err(at("the type doesn't follow its help")),
            },
            Line::Sample(reading) => match families.last_mut() {
                Some(family) if family.takes(&reading.name) => family.samples.push(reading),
                _ => return Err(at("the sample doesn't follow its type")),
            },
        }
    }
    families.iter().try_for_each(Family::check)?;
    Ok(families)
}

/// The sum of the samples of this name that have these labels, among others.
pub fn sum(families: &[Family], name: &str, labels: &[(&str, &str)]) -> f64 {
    let samples = families.iter().flat_map(|family| &family.samples);
    let wanted = samples.filter(|sample| {
        let has = |(key, value): &(&str, &str)| {
            sample.labels.get(*key).is_some_and(|found| found == value)
        };
        sample.name == name && labels.iter().all(has)
    });
    wanted.map(|sample| sample.value).sum()
}

impl Family {
    fn takes(&self, name: &str) -> bool {
        let suffixes: &[&str] = match self.kind.as_str() {
            "histogram" => &["_bucket", "_sum", "_count"],
            "counter" | "gauge" => &[""],
            _ => &[],
        };
        name.strip_prefix(&self.name).is_some_and(|suffix| suffixes.contains(&suffix))
    }

    fn check(&self) -> Result<(), String> {
        let name = &self.name;
        if self.help.is_empty() {
            return Err(format!("{name} doesn't say what it is"));
        }
        let mut seen = BTreeSet::new();
        for sample in &self.samples {
            if !seen.insert((&sample.name, &sample.labels)) {
                return Err(format!("{name} has the series {:?} twice", sample.labels));
            }
        }
        if self.kind == "histogram" { self.check_buckets() } else { Ok(()) }
    }

    /// Each series must have rising bounds up to +Inf, counts that don't fall, and a count that is
    /// the last bucket's.
    fn check_buckets(&self) -> Result<(), String> {
        let mut series: BTreeMap<BTreeMap<String, String>, Vec<(f64, f64)>> = BTreeMap::new();
        for bucket in self.samples.iter().filter(|sample| sample.name.ends_with("_bucket")) {
            let mut labels = bucket.labels.clone();
            let bound = labels.remove("le").and_then(|bound| line::number(&bound));
            let bound = bound.ok_or_else(|| format!("a bucket of {} has no bound", self.name))?;
            series.entry(labels).or_default().push((bound, bucket.value));
        }
        for (labels, buckets) in &series {
            let rising =
                buckets.windows(2).all(|pair| pair[0].0 < pair[1].0 && pair[0].1 <= pair[1].1);
            let last = buckets.last().filter(|(bound, _)| *bound == f64::INFINITY);
            let total = |suffix: &str| {
                let name = format!("{}{suffix}", self.name);
                let same = |one: &&Reading| one.name == name && one.labels == *labels;
                self.samples.iter().find(same).map(|one| one.value)
            };
            if !rising
                || last.map(|(_, count)| *count) != total("_count")
                || total("_sum").is_none()
            {
                return Err(format!("the buckets of {} {labels:?} are {buckets:?}", self.name));
            }
        }
        let counts = self.samples.iter().filter(|sample| sample.name.ends_with("_count")).count();
        if counts == series.len() {
            Ok(())
        } else {
            Err(format!("{} has {counts} counts for {} series", self.name, series.len()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "\
# HELP wait_seconds How long.
# TYPE wait_seconds histogram
wait_seconds_bucket{a=\"x\",le=\"0.5\"} 1
wait_seconds_bucket{a=\"x\",le=\"+Inf\"} 3
wait_seconds_sum{a=\"x\"} 4.5
wait_seconds_count{a=\"x\"} 3
# HELP open Now \\\\ here.
# TYPE open gauge
open 2
open{a=\"x\\\"y\\\\z\\n\"} 1e3
";

    #[test]
    fn a_page_in_order_is_read() {
        let families = read(PAGE).unwrap();
        assert_eq!(families[1].samples[1].labels["a"], "x\"y\\z\n");
        assert_eq!(families[1].help, "Now \\ here.");
        assert_eq!(sum(&families, "open", &[]), 1002.0);
        assert_eq!(sum(&families, "wait_seconds_bucket", &[("le", "0.5"), ("a", "x")]), 1.0);
        assert_eq!(sum(&families, "wait_seconds_count", &[("a", "y")]), 0.0);
    }

    #[test]
    fn what_is_wrong_is_noticed() {
        for (instead_of, write, reason) in [
            ("wait_seconds_sum{a=\"x\"} 4.5\n", "", "the buckets of wait_seconds"),
            ("le=\"+Inf\"", "le=\"0.4\"", "the buckets of wait_seconds"),
            ("} 1\n", "} 4\n", "the buckets of wait_seconds"),
            ("_count{a=\"x\"} 3", "_count{a=\"x\"} 4", "the buckets of wait_seconds"),
            ("open 2\n", "open 2\nopen 2\n", "twice"),
            ("open 2\n", "opened 2\n", "doesn't follow its type"),
            ("open 2\n", "open two\n", "no number"),
            ("open 2\n", "open{a=\"b} 2\n", "a label that doesn't end"),
            ("open 2\n", "open{a=\"b\",a=\"c\"} 2\n", "a label that comes twice"),
            ("open 2\n", "open{0a=\"b\"} 2\n", "no name"),
            ("open 2\n", "open 2", "no number"),
            ("# TYPE open gauge\n", "", "doesn't follow its type"),
            ("# TYPE open gauge\n", "# TYPE open thing\n", "an unknown type"),
            (" Now \\\\ here.", " ", "doesn't say what it is"),
            ("# HELP open", "# HELP wait_seconds", "came before"),
        ] {
            let problem = read(&PAGE.replacen(instead_of, write, 1)).unwrap_err();
            assert!(problem.contains(reason), "{reason:?}: {problem}");
        }
        assert!(read(PAGE.trim_end()).unwrap_err().contains("doesn't end"));
    }
}
