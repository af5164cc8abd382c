use std::collections::HashMap;

use super::point::Growing;
use super::snapshot::{Metric, MetricData, MetricSnapshot, Temporality};
use super::{ExponentialHistogramPoint, HistogramPoint, NumberPoint};
use crate::attribute::AttributeSet;

/// Makes deltas of snapshots, for one receiver: what counters and histograms have grown by since it
/// last got them. Each reader keeps its own last values, so receivers of deltas, of sums since the
/// start, and of both with different intervals stand side by side.
///
/// What [`read`](Self::read) gave counts as received once [`acknowledge`](Self::acknowledge) says so;
/// until then the next reading includes it. Gauges and up-down counters are given as they stand, as
/// the specification's
/// [delta preference](https://opentelemetry.io/docs/specs/otel/metrics/sdk_exporters/otlp/) has it.
///
/// ```
/// use telemetry_core::{DeltaReader, Pipeline, Scope};
///
/// static SCOPE: Scope = Scope::new("shop", "1.0.0");
///
/// let pipeline = Pipeline::builder().build()?;
/// let orders = pipeline.meter(&SCOPE).counter("shop.orders").build();
/// let mut reader = DeltaReader::new();
///
/// orders.add(2, &[]);
/// assert_eq!(reader.read(&pipeline.metrics()).sum("shop.orders", &[]), 2.0);
/// reader.acknowledge();
/// orders.add(1, &[]);
/// assert_eq!(reader.read(&pipeline.metrics()).sum("shop.orders", &[]), 1.0);
/// // Not acknowledged, so it comes again, with what came after.
/// orders.add(1, &[]);
/// assert_eq!(reader.read(&pipeline.metrics()).sum("shop.orders", &[]), 2.0);
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug, Default)]
pub struct DeltaReader {
    numbers: Lane<NumberPoint>,
    histograms: Lane<HistogramPoint>,
    exponential: Lane<ExponentialHistogramPoint>,
    /// When the receiver's last values are from; zero before there are any.
    acknowledged_unix_nanos: u64,
    /// When the last reading was, if it hasn't been acknowledged.
    read_unix_nanos: Option<u64>,
}

/// The last values of one kind of point.
#[derive(Debug)]
struct Lane<P> {
    /// What the receiver has.
    acknowledged: HashMap<u64, Series<P>>,
    /// What it was given last.
    read: HashMap<u64, Series<P>>,
    /// Growth of series that are gone, or have begun anew, that the receiver doesn't have.
    carried: HashMap<u64, Series<P>>,
    /// The metrics of what is carried, without points.
    carried_metrics: HashMap<u64, Metric>,
    carried_points: usize,
    lost_points: u64,
}

type Series<P> = HashMap<AttributeSet, P>;

impl DeltaReader {
    /// A reader whose receiver has nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// What has changed since the receiver got the last acknowledged reading. Series that haven't are
    /// left out.
    pub fn read(&mut self, snapshot: &MetricSnapshot) -> MetricSnapshot {
        let since = self.acknowledged_unix_nanos;
        self.read_unix_nanos = Some(snapshot.time_unix_nanos);
        let mut seen = [Vec::new(), Vec::new(), Vec::new()];
        let [numbers, histograms, exponential] = &mut seen;
        let mut metrics = Vec::new();
        for metric in &snapshot.metrics {
            let instrument = metric.instrument;
            let data = match &metric.data {
                MetricData::Sum { monotonic: true, points } => {
                    numbers.push(instrument);
                    let points = self.numbers.read(metric, points, since);
                    MetricData::Sum { monotonic: true, points }
                }
                MetricData::Histogram { bounds, points } => {
                    histograms.push(instrument);
                    let points = self.histograms.read(metric, points, since);
                    MetricData::Histogram { bounds: bounds.clone(), points }
                }
                MetricData::ExponentialHistogram { points } => {
                    exponential.push(instrument);
                    let points = self.exponential.read(metric, points, since);
                    MetricData::ExponentialHistogram { points }
                }
                other => other.clone(),
            };
            metrics.push(metric.with_data(data));
        }
        let [numbers, histograms, exponential] = seen;
        // Instruments all of whose series have expired.
        metrics.extend(
            self.numbers
                .gone(&numbers, since, |points, _| MetricData::Sum { monotonic: true, points }),
        );
        metrics.extend(self.histograms.gone(&histograms, since, |points, first| {
            MetricData::Histogram { bounds: first.bounds.clone(), points }
        }));
        metrics
            .extend(self.exponential.gone(&exponential, since, |points, _| {
                MetricData::ExponentialHistogram { points }
            }));
        metrics.retain_mut(|metric| {
            metric.data.sort();
            metric.data.points() > 0
        });
        metrics.sort_by(|one, other| one.name.cmp(&other.name));
        MetricSnapshot {
            start_unix_nanos: if since > 0 { since } else { snapshot.start_unix_nanos },
            time_unix_nanos: snapshot.time_unix_nanos,
            temporality: Temporality::Delta,
            missed_observations: snapshot.missed_observations,
            metrics,
        }
    }

    /// Notes that the receiver has what the last [`read`](Self::read) gave.
    pub fn acknowledge(&mut self) {
        // Whether there was a reading mustn't be told by the clock, which somebody may have set back.
        if let Some(read) = self.read_unix_nanos.take() {
            self.acknowledged_unix_nanos = read;
            self.numbers.acknowledge();
            self.histograms.acknowledge();
            self.exponential.acknowledge();
        }
    }

    /// Points that were given up: of series that expired while the receiver took nothing, beyond
    /// those for which there was room.
    pub fn lost_points(&self) -> u64 {
        self.numbers.lost_points + self.histograms.lost_points + self.exponential.lost_points
    }
}

impl<P> Default for Lane<P> {
    fn default() -> Self {
        Self {
            acknowledged: HashMap::new(),
            read: HashMap::new(),
            carried: HashMap::new(),
            carried_metrics: HashMap::new(),
            carried_points: 0,
            lost_points: 0,
        }
    }
}

impl<P: Growing> Lane<P> {
    /// Series that are gone and still carried, at the most.
    const MAX_CARRIED: usize = 4096;

    /// The growth of a metric's points.
    fn read(&mut self, metric: &Metric, points: &[P], since: u64) -> Vec<P> {
        let instrument = metric.instrument;
        let former = self.read.remove(&instrument).unwrap_or_default();
        let now: Series<P> =
            points.iter().map(|point| (point.attributes().clone(), point.clone())).collect();
        self.carry(metric, former, &now);
        let acknowledged = self.acknowledged.get(&instrument);
        let mut grown: Vec<P> = Vec::new();
        let mut carried = self.carried.get(&instrument).cloned().unwrap_or_default();
        for (attributes, point) in &now {
            let earlier = acknowledged
                .and_then(|series| series.get(attributes))
                .filter(|earlier| earlier.start() == point.start());
            let mut growth = earlier.map_or_else(|| point.clone(), |earlier| point.since(earlier));
            let started = if earlier.is_some() { 0 } else { point.start() };
            growth.set_start(since.max(started));
            if let Some(carried) = carried.remove(attributes) {
                growth.add(&carried);
                growth.set_start(carried.start().max(since));
            }
            // Those from before were given with an earlier delta.
            growth.exemplars().retain(|exemplar| exemplar.time_unix_nanos >= since);
            grown.push(growth);
        }
        grown.extend(carried.into_values().map(|point| starting(point, since)));
        grown.retain(|point| !point.is_nothing());
        self.read.insert(instrument, now);
        grown
    }

    /// The growth of metrics that have no points any more.
    fn gone(
        &mut self,
        seen: &[u64],
        since: u64,
        data: impl Fn(Vec<P>, &P) -> MetricData,
    ) -> Vec<Metric> {
        let unseen: Vec<u64> =
            self.read.keys().filter(|instrument| !seen.contains(instrument)).copied().collect();
        for instrument in unseen {
            let former = self.read.remove(&instrument).unwrap_or_default();
            if let Some(metric) = self.carried_metrics.get(&instrument).cloned() {
                self.carry(&metric, former, &Series::new());
            }
        }
        let carried = self.carried.iter().filter(|(instrument, _)| !seen.contains(instrument));
        let metrics = carried.filter_map(|(instrument, series)| {
            let points: Vec<P> =
                series.values().map(|point| starting(point.clone(), since)).collect();
            let first = points.first()?.clone();
            Some(self.carried_metrics.get(instrument)?.with_data(data(points, &first)))
        });
        metrics.collect()
    }

    /// Keeps the growth of series that were read as `former` and aren't in `now` any more, or have
    /// begun anew there.
    fn carry(&mut self, metric: &Metric, former: Series<P>, now: &Series<P>) {
        let instrument = metric.instrument;
        for (attributes, point) in former {
            if now.get(&attributes).is_some_and(|now| now.start() == point.start()) {
                continue;
            }
            let acknowledged = self
                .acknowledged
                .get_mut(&instrument)
                .and_then(|series| series.remove(&attributes));
            let growth = match acknowledged {
                Some(earlier) if earlier.start() == point.start() => point.since(&earlier),
                _ => point,
            };
            if growth.is_nothing() {
                continue;
            }
            let series = self.carried.entry(instrument).or_default();
            match series.get_mut(&attributes) {
                Some(carried) => carried.add(&growth),
                None if self.carried_points < Self::MAX_CARRIED => {
                    self.carried_points += 1;
                    series.insert(attributes, growth);
                }
                None => self.lost_points += 1,
            }
        }
        // Known before it is needed: of a metric without points there is no more than this.
        self.carried_metrics
            .entry(instrument)
            .or_insert_with(|| metric.with_data(MetricData::Gauge { points: Vec::new() }));
    }

    fn acknowledge(&mut self) {
        // What was read is known to the receiver: nothing of it would have to be carried.
        self.acknowledged = std::mem::take(&mut self.read);
        self.carried.clear();
        self.carried_points = 0;
    }
}

fn starting<P: Growing>(mut point: P, since: u64) -> P {
    if since > 0 {
        point.set_start(since);
    }
    point
}
