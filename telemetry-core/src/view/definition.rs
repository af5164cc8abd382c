use std::borrow::Cow;
use std::time::Duration;

use super::Condition;
use crate::event::Severity;

/// A metric or log line that is declared over events or spans; see the [module](super).
///
/// Whether it makes sense is checked when the pipeline is built
/// ([`ViewError`](super::ViewError)).
///
/// ```
/// use std::time::Duration;
/// use telemetry_core::view::{View, counter};
/// use telemetry_core::{Pipeline, emit};
///
/// let placed: View = counter("orders").of_event("order.placed").by(["country"]);
/// let pipeline = Pipeline::builder().view(placed).build()?;
/// pipeline.scoped(|| emit!("order.placed", { lines: 3 }, "country" = "fr"));
/// assert!(pipeline.flush(Duration::from_secs(60)).is_complete());
/// assert_eq!(pipeline.metrics().sum("orders", &[("country", "fr")]), 1.0);
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Debug)]
#[must_use = "a view counts once a pipeline is built with it"]
pub struct View {
    pub(super) name: Cow<'static, str>,
    pub(super) kind: Kind,
    pub(super) sources: Vec<(Origin, Cow<'static, str>)>,
    pub(super) measure: Option<Cow<'static, str>>,
    pub(super) measured_in: Option<Cow<'static, str>>,
    pub(super) unit: Option<Cow<'static, str>>,
    pub(super) description: Cow<'static, str>,
    /// Attributes and the labels that they become, which have the same name without another.
    pub(super) labels: Vec<(Cow<'static, str>, Option<Cow<'static, str>>)>,
    pub(super) without: Vec<Cow<'static, str>>,
    pub(super) conditions: Vec<(Cow<'static, str>, Condition)>,
    pub(super) share: Vec<(Cow<'static, str>, Condition)>,
    pub(super) buckets: Option<Vec<f64>>,
    pub(super) quantiles: Option<Vec<f64>>,
    pub(super) window: Option<Duration>,
    pub(super) max_series: Option<usize>,
    pub(super) body: Option<Cow<'static, str>>,
}

/// What a view makes of its records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Counter,
    Sum,
    LastValue,
    Histogram,
    Summary,
    Ratio,
    Log(Severity),
}

/// What a view is declared over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    Event,
    Span,
}

/// Counts records.
///
/// ```
/// # use telemetry_core::Pipeline;
/// use telemetry_core::view::counter;
///
/// let view = counter("orders").of_event("order.placed").by(["country"]);
/// # drop(Pipeline::builder().view(view).build()?);
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn counter(name: impl Into<Cow<'static, str>>) -> View {
    View::new(name.into(), Kind::Counter)
}

/// Adds up a measure of zero or more: bytes, money.
///
/// ```
/// # use telemetry_core::Pipeline;
/// use telemetry_core::view::sum;
///
/// let view = sum("ai.spend").of_span("gen_ai.*").measure("gen_ai.usage.cost.amount").by(["tenant"]);
/// # drop(Pipeline::builder().view(view).build()?);
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn sum(name: impl Into<Cow<'static, str>>) -> View {
    View::new(name.into(), Kind::Sum)
}

/// A gauge of a measure: the last record's.
///
/// ```
/// # use telemetry_core::Pipeline;
/// use telemetry_core::view::last_value;
///
/// let view = last_value("queue.length").of_event("queue.checked").measure("length").by(["queue"]);
/// # drop(Pipeline::builder().view(view).build()?);
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn last_value(name: impl Into<Cow<'static, str>>) -> View {
    View::new(name.into(), Kind::LastValue)
}

/// The distribution of a measure over [`buckets`](View::buckets).
///
/// ```
/// # use telemetry_core::Pipeline;
/// use telemetry_core::view::histogram;
///
/// let view = histogram("stage.latency").of_event("stage.stop").measure("duration").unit("ms").buckets(&[10.0, 100.0]);
/// # drop(Pipeline::builder().view(view).build()?);
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn histogram(name: impl Into<Cow<'static, str>>) -> View {
    View::new(name.into(), Kind::Histogram)
}

/// [`quantiles`](View::quantiles) of a measure over the last minutes (`0.5`, `0.95`, `0.99`), within 5 % of
/// the true value, with the number and the sum of all values since the start: a Prometheus
/// [summary](https://prometheus.io/docs/concepts/metric_types/#summary). Quantiles can't be added up
/// over processes; where that matters, a [`histogram`] is what to declare.
///
/// ```
/// # use telemetry_core::Pipeline;
/// use telemetry_core::view::summary;
///
/// let view = summary("order.latency").of_span("order.place").measure("duration").quantiles(&[0.5, 0.95, 0.99]);
/// # drop(Pipeline::builder().view(view).build()?);
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn summary(name: impl Into<Cow<'static, str>>) -> View {
    View::new(name.into(), Kind::Summary)
}

/// The share of records for which [`share`](View::share) holds over the last minutes: a gauge in
/// percent.
///
/// ```
/// # use telemetry_core::Pipeline;
/// use telemetry_core::view::ratio;
///
/// let view = ratio("orders.failed").of_span("order.place").share("error.type", telemetry_core::view::present());
/// # drop(Pipeline::builder().view(view).build()?);
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn ratio(name: impl Into<Cow<'static, str>>) -> View {
    View::new(name.into(), Kind::Ratio)
}

/// Makes a log record of this name and level of each record, with the attributes that
/// [`by`](View::by) names, beneath the same span.
///
/// ```
/// # use telemetry_core::Pipeline;
/// use telemetry_core::Severity;
/// use telemetry_core::view::{at_least, log};
///
/// let view = log("order.slow", Severity::Warn)
///     .of_span("order.place")
///     .when("duration", at_least(2.0))
///     .by(["order.id"])
///     .body("an order took two seconds or more");
/// # drop(Pipeline::builder().view(view).build()?);
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn log(name: impl Into<Cow<'static, str>>, severity: Severity) -> View {
    View::new(name.into(), Kind::Log(severity))
}

impl View {
    fn new(name: Cow<'static, str>, kind: Kind) -> Self {
        Self {
            name,
            kind,
            sources: Vec::new(),
            measure: None,
            measured_in: None,
            unit: None,
            description: Cow::Borrowed(""),
            labels: Vec::new(),
            without: Vec::new(),
            conditions: Vec::new(),
            share: Vec::new(),
            buckets: None,
            quantiles: None,
            window: None,
            max_series: None,
            body: None,
        }
    }

    /// The name of the metric or log line.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Over events of this name, or of all names with a beginning: `forge.stage.stop`, `forge.*`.
    /// Several may be named.
    pub fn of_event(mut self, name: impl Into<Cow<'static, str>>) -> Self {
        self.sources.push((Origin::Event, name.into()));
        self
    }

    /// Over ended spans of this name, or of all names with a beginning: `forge.stage`, `order.*`.
    /// Several may be named. Spans of the areas `http.*`, `db.*`, `gen_ai.*`, `rpc.*` and
    /// `messaging.*` are told by the attributes that the conventions require of them, since their
    /// names say what they do (`chat gpt-5`, `GET /orders/{id}`).
    pub fn of_span(mut self, name: impl Into<Cow<'static, str>>) -> Self {
        self.sources.push((Origin::Span, name.into()));
        self
    }

    /// The attribute that is measured. A span has the measure `duration` besides its attributes.
    pub fn measure(mut self, attribute: impl Into<Cow<'static, str>>) -> Self {
        self.measure = Some(attribute.into());
        self
    }

    /// The unit in which the measure is recorded, where its name doesn't tell; see
    /// [units](super#units).
    pub fn measured_in(mut self, unit: impl Into<Cow<'static, str>>) -> Self {
        self.measured_in = Some(unit.into());
        self
    }

    /// The metric's unit, in [UCUM](https://ucum.org/ucum). The measure is converted to it; see
    /// [units](super#units).
    pub fn unit(mut self, unit: impl Into<Cow<'static, str>>) -> Self {
        self.unit = Some(unit.into());
        self
    }

    /// What the metric says.
    pub fn description(mut self, text: impl Into<Cow<'static, str>>) -> Self {
        self.description = text.into();
        self
    }

    /// The attributes that become labels (of a log line: attributes), by name or beginning
    /// (`order.*`). Nothing else does.
    pub fn by<N: Into<Cow<'static, str>>>(
        mut self,
        attributes: impl IntoIterator<Item = N>,
    ) -> Self {
        self.labels.extend(attributes.into_iter().map(|attribute| (attribute.into(), None)));
        self
    }

    /// An attribute that becomes a label of another name: `by_as("forge.stage.name", "stage")`.
    pub fn by_as(
        mut self,
        attribute: impl Into<Cow<'static, str>>,
        label: impl Into<Cow<'static, str>>,
    ) -> Self {
        self.labels.push((attribute.into(), Some(label.into())));
        self
    }

    /// Leaves out some of what [`View::by`] keeps with a beginning:
    /// `by(["order.*"]).without(["order.id"])`.
    pub fn without<N: Into<Cow<'static, str>>>(
        mut self,
        attributes: impl IntoIterator<Item = N>,
    ) -> Self {
        self.without.extend(attributes.into_iter().map(Into::into));
        self
    }

    /// Lets only records count of whose attribute the condition holds: a value
    /// (`when("outcome", "error")`), or one of [`at_least`](super::at_least),
    /// [`present`](super::present) and the others. All that are given must hold.
    pub fn when(
        mut self,
        attribute: impl Into<Cow<'static, str>>,
        condition: impl Into<Condition>,
    ) -> Self {
        self.conditions.push((attribute.into(), condition.into()));
        self
    }

    /// What a [`ratio`] is the share of, among the records that count.
    pub fn share(
        mut self,
        attribute: impl Into<Cow<'static, str>>,
        condition: impl Into<Condition>,
    ) -> Self {
        self.share.push((attribute.into(), condition.into()));
        self
    }

    /// The upper bounds of a histogram's buckets in its unit, growing; the last bucket has none.
    /// Without them they are the specification's default, from 0 to 10,000.
    pub fn buckets(mut self, bounds: &[f64]) -> Self {
        self.buckets = Some(bounds.to_vec());
        self
    }

    /// Which quantiles a summary shows, between 0 and 1; 0.5, 0.95 and 0.99 by default.
    pub fn quantiles(mut self, quantiles: &[f64]) -> Self {
        self.quantiles = Some(quantiles.to_vec());
        self
    }

    /// How far back a summary or a ratio looks: at least half of this time and at most all of it.
    /// Ten minutes by default.
    pub fn window(mut self, window: Duration) -> Self {
        self.window = Some(window);
        self
    }

    /// How many combinations of labels it may have: 2,000 by default, 500 for a summary. All beyond
    /// share a series with the label `otel.metric.overflow`.
    pub fn max_series(mut self, number: usize) -> Self {
        self.max_series = Some(number);
        self
    }

    /// The text of a log line; its name by default.
    pub fn body(mut self, text: impl Into<Cow<'static, str>>) -> Self {
        self.body = Some(text.into());
        self
    }
}

impl Kind {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Sum => "sum",
            Self::LastValue => "last value",
            Self::Histogram => "histogram",
            Self::Summary => "summary",
            Self::Ratio => "ratio",
            Self::Log(_) => "log line",
        }
    }

    /// Whether it needs a measure; one that doesn't, takes none.
    pub(super) fn is_measured(self) -> bool {
        matches!(self, Self::Sum | Self::LastValue | Self::Histogram | Self::Summary)
    }
}
