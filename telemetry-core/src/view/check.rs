//! From what was declared to what runs, or to a [`ViewError`].

use std::borrow::Cow;
use std::time::Duration;

use super::area::Area;
use super::definition::{Kind, Origin};
use super::pattern::Pattern;
use super::unit::{self, Conversion};
use super::{Condition, View, ViewError};

/// A view that makes sense.
#[derive(Debug)]
pub(crate) struct Checked {
    pub(super) name: Cow<'static, str>,
    pub(super) kind: Kind,
    pub(super) events: Vec<Pattern>,
    pub(super) spans: Vec<Pattern>,
    /// Areas whose spans are meant, whatever their names.
    pub(super) areas: Vec<Area>,
    pub(super) measure: Option<Cow<'static, str>>,
    pub(super) conversion: Conversion,
    pub(super) unit: Cow<'static, str>,
    pub(super) description: Cow<'static, str>,
    pub(super) labels: Labels,
    pub(super) conditions: Vec<(Cow<'static, str>, Condition)>,
    pub(super) share: Vec<(Cow<'static, str>, Condition)>,
    /// None for the specification's default.
    pub(super) buckets: Option<Vec<f64>>,
    pub(super) quantiles: Vec<f64>,
    pub(super) window: Duration,
    pub(super) max_series: usize,
    pub(super) body: Cow<'static, str>,
}

/// Which attributes become labels.
#[derive(Debug, Default)]
pub(super) struct Labels {
    /// Attributes and the names of their labels.
    pub(super) named: Vec<(Cow<'static, str>, Cow<'static, str>)>,
    pub(super) beginnings: Vec<Pattern>,
    pub(super) without: Vec<Pattern>,
}

impl Checked {
    const QUANTILES: [f64; 3] = [0.5, 0.95, 0.99];
    const MAX_SERIES: usize = 2000;
    const SUMMARIES: usize = 500;
    const WINDOW: Duration = Duration::from_secs(600);

    /// Checks all views of a pipeline, each alone and all together.
    pub(crate) fn all(views: Vec<View>) -> Result<Vec<Self>, ViewError> {
        let mut checked: Vec<Self> = Vec::with_capacity(views.len());
        for view in views {
            let name = view.name.clone();
            let view = Self::new(view).map_err(|problem| ViewError::new(&name, problem))?;
            // Log lines may share a name with each other and with metrics.
            let namesake = checked.iter().find(|other| {
                other.is_metric() && view.is_metric() && other.name.eq_ignore_ascii_case(&name)
            });
            if let Some(other) = namesake {
                let problem = view.conflict(other);
                problem.map_or(Ok(()), |problem| Err(ViewError::new(&name, problem)))?;
            }
            checked.push(view);
        }
        Ok(checked)
    }

    fn new(view: View) -> Result<Self, String> {
        check_name(&view.name)?;
        check_parts(&view)?;
        let (events, spans, areas) = sources(&view)?;
        let (conversion, unit) = conversion(&view)?;
        for (attribute, condition) in view.conditions.iter().chain(&view.share) {
            if attribute.is_empty() {
                return Err("a condition has an attribute without a name".to_owned());
            }
            if !condition.is_possible() {
                return Err(format!("nothing can fulfil its condition of `{attribute}`"));
            }
        }
        let window = view.window.unwrap_or(Self::WINDOW);
        if window < Duration::from_secs(1) {
            return Err("its window is shorter than a second".to_owned());
        }
        let usual = if view.kind == Kind::Summary { Self::SUMMARIES } else { Self::MAX_SERIES };
        let max_series = view.max_series.unwrap_or(usual);
        if max_series == 0 {
            return Err("it may have no series".to_owned());
        }
        Ok(Self {
            events,
            spans,
            areas,
            conversion,
            unit,
            labels: Labels::new(view.labels, view.without, view.kind)?,
            buckets: view.buckets.map(check_buckets).transpose()?,
            quantiles: check_quantiles(view.quantiles)?,
            body: view.body.unwrap_or_else(|| view.name.clone()),
            name: view.name,
            kind: view.kind,
            measure: view.measure,
            description: view.description,
            conditions: view.conditions,
            share: view.share,
            window,
            max_series,
        })
    }

    fn is_metric(&self) -> bool {
        !matches!(self.kind, Kind::Log(_))
    }

    /// What keeps two views of one name from adding to the same metric.
    fn conflict(&self, other: &Self) -> Option<String> {
        let is_gauge = matches!(self.kind, Kind::Summary | Kind::Ratio);
        if self.name != other.name {
            Some(format!("another is named `{}`, which differs only in case", other.name))
        } else if self.kind != other.kind {
            let (kind, other) = (self.kind.as_str(), other.kind.as_str());
            Some(format!("it is a {kind}, and another of the same name is a {other}"))
        } else if is_gauge {
            Some("two of this kind can't have one name: name several sources instead".to_owned())
        } else if self.unit != other.unit {
            Some(format!(
                "its unit is `{}`, another's of the same name `{}`",
                self.unit, other.unit
            ))
        } else if self.buckets != other.buckets {
            Some("another of the same name has other buckets".to_owned())
        } else {
            None
        }
    }
}

/// The specification's
/// [syntax](https://opentelemetry.io/docs/specs/otel/metrics/api/#instrument-name-syntax).
fn check_name(name: &str) -> Result<(), String> {
    let starts_well = name.starts_with(|first: char| first.is_ascii_alphabetic());
    let allowed = |one: char| one.is_ascii_alphanumeric() || "_.-/".contains(one);
    if starts_well && name.len() <= 255 && name.chars().all(allowed) {
        return Ok(());
    }
    Err("a name starts with a letter and has up to 255 letters, digits and `_`, `.`, `-`, `/`"
        .to_owned())
}

/// That the view has what its kind needs, and nothing that its kind doesn't know.
fn check_parts(view: &View) -> Result<(), String> {
    let kind = view.kind.as_str();
    if view.kind.is_measured() && view.measure.as_deref().is_none_or(str::is_empty) {
        return Err(format!(
            "a {kind} needs what it measures: .measure(\"duration\") or another attribute"
        ));
    }
    if view.kind == Kind::Counter && view.measure.is_some() {
        return Err("a counter counts records and measures nothing: sum(..) adds up".to_owned());
    }
    if view.kind == Kind::Ratio && view.share.is_empty() {
        return Err(
            "a ratio needs what it is the share of: .share(attribute, condition)".to_owned()
        );
    }
    let is = |kinds: &[Kind]| kinds.contains(&view.kind);
    let is_log = matches!(view.kind, Kind::Log(_));
    for (given, allowed, part, whose) in [
        (view.measure.is_some(), view.kind.is_measured(), "measure", "of what measures"),
        (view.measured_in.is_some(), view.kind.is_measured(), "measured_in", "of what measures"),
        (!view.share.is_empty(), is(&[Kind::Ratio]), "share", "of a ratio"),
        (view.buckets.is_some(), is(&[Kind::Histogram]), "buckets", "of a histogram"),
        (view.quantiles.is_some(), is(&[Kind::Summary]), "quantiles", "of a summary"),
        (
            view.window.is_some(),
            is(&[Kind::Summary, Kind::Ratio]),
            "window",
            "of a summary or ratio",
        ),
        (view.body.is_some(), is_log, "body", "of a log line"),
        (view.unit.is_some(), !is_log, "unit", "of a metric"),
        (view.max_series.is_some(), !is_log, "max_series", "of a metric"),
        (!view.description.is_empty(), !is_log, "description", "of a metric"),
    ] {
        if given && !allowed {
            return Err(format!("a {kind} has no {part}: that is {whose}"));
        }
    }
    Ok(())
}

type Sources = (Vec<Pattern>, Vec<Pattern>, Vec<Area>);

fn sources(view: &View) -> Result<Sources, String> {
    if view.sources.is_empty() {
        return Err("it has no source: .of_event(name) or .of_span(name)".to_owned());
    }
    let (mut events, mut spans, mut areas) = Sources::default();
    for (origin, name) in &view.sources {
        let pattern = Pattern::parse(name.clone()).map_err(|problem| {
            format!("{problem}; a source is a name, or its beginning and `*`")
        })?;
        match origin {
            Origin::Event => events.push(pattern),
            Origin::Span => {
                areas.extend(Area::named(name));
                spans.push(pattern);
            }
        }
    }
    Ok((events, spans, areas))
}

fn conversion(view: &View) -> Result<(Conversion, Cow<'static, str>), String> {
    let Some(measure) = &view.measure else {
        let unit = match view.kind {
            Kind::Ratio => ratio_unit(view.unit.clone())?,
            _ => (Conversion::NONE, view.unit.clone().unwrap_or_default()),
        };
        return Ok(unit);
    };
    let from = view.measured_in.clone().or_else(|| unit::of_measure(measure).map(Cow::Borrowed));
    let Some(to) = view.unit.clone() else {
        return Ok((Conversion::NONE, from.unwrap_or_default()));
    };
    match from {
        None => Ok((Conversion::NONE, to)),
        Some(from) if from == to => Ok((Conversion::NONE, to)),
        Some(from) => match Conversion::between(&from, &to) {
            Some(conversion) => Ok((conversion, to)),
            // A unit that says what is counted: there is nothing to convert it from.
            None if view.measured_in.is_none() && !unit::is_known(&to) => {
                Ok((Conversion::NONE, to))
            }
            None => Err(format!("`{measure}` is in `{from}`, which can't be converted to `{to}`")),
        },
    }
}

fn ratio_unit(unit: Option<Cow<'static, str>>) -> Result<(Conversion, Cow<'static, str>), String> {
    let unit = unit.unwrap_or(Cow::Borrowed("%"));
    match Conversion::between("1", &unit) {
        Some(conversion) => Ok((conversion, unit)),
        None => Err(format!("a ratio is in `%` or `1`, not in `{unit}`")),
    }
}

fn check_buckets(bounds: Vec<f64>) -> Result<Vec<f64>, String> {
    let grows = bounds.windows(2).all(|pair| matches!(pair, [one, next] if one < next));
    if bounds.is_empty() || !grows || !bounds.iter().all(|bound| bound.is_finite()) {
        return Err("buckets are at least one finite bound, each greater than the last".to_owned());
    }
    Ok(bounds)
}

fn check_quantiles(quantiles: Option<Vec<f64>>) -> Result<Vec<f64>, String> {
    let quantiles = quantiles.unwrap_or_else(|| Checked::QUANTILES.to_vec());
    let allowed = |quantile: &f64| (0.0..=1.0).contains(quantile);
    if quantiles.is_empty() || quantiles.len() > 16 || !quantiles.iter().all(allowed) {
        return Err("quantiles are one to 16 numbers between 0 and 1".to_owned());
    }
    Ok(quantiles)
}

impl Labels {
    fn new(
        labels: Vec<(Cow<'static, str>, Option<Cow<'static, str>>)>,
        without: Vec<Cow<'static, str>>,
        kind: Kind,
    ) -> Result<Self, String> {
        let mut made = Self::default();
        let what = if matches!(kind, Kind::Log(_)) { "an attribute" } else { "a label" };
        for (attribute, label) in labels {
            match (Pattern::parse(attribute)?, label) {
                (Pattern::Exact(attribute), label) => {
                    let label = label.unwrap_or_else(|| attribute.clone());
                    if label.is_empty() || made.named.iter().any(|(_, known)| *known == label) {
                        return Err(format!("`{label}` is {what} twice, or has no name"));
                    }
                    if kind == Kind::Summary && label == "quantile" {
                        return Err("`quantile` is a summary's own label".to_owned());
                    }
                    made.named.push((attribute, label));
                }
                (beginning, None) => made.beginnings.push(beginning),
                (_, Some(label)) => {
                    return Err(format!("`{label}` can't be the name of several attributes"));
                }
            }
        }
        for attribute in without {
            made.without.push(Pattern::parse(attribute)?);
        }
        if !made.without.is_empty() && made.beginnings.is_empty() {
            return Err(
                "without(..) leaves out some of what by([\"beginning.*\"]) keeps; nothing else \
                 becomes a label anyhow"
                    .to_owned(),
            );
        }
        Ok(made)
    }
}
