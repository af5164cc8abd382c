use std::time::Instant;

use super::check::Checked;
use super::definition::Kind;
use super::quantiles::Quantiles;
use super::series::Recent;
use super::share::{Share, Shares};
use super::sketch::Sketch;
use crate::attribute::Value;
use crate::metric::{Counter, Gauge, Histogram, Meter};

/// Where a view puts what it has found in a record.
#[derive(Debug)]
pub(super) enum Aggregate {
    Counter(Counter),
    Sum(Counter<f64>),
    LastValue(Gauge),
    Histogram(Histogram),
    Summary(Recent<Sketch>),
    Ratio(Recent<Share>),
    /// A log line, which is made elsewhere.
    Log,
}

impl Aggregate {
    pub(super) fn new(view: &Checked, meter: &Meter) -> Self {
        let (name, unit) = (view.name.clone(), view.unit.clone());
        let description = view.description.clone();
        let gauge = |max_series: usize| {
            let gauge = meter.gauge(name.clone()).unit(unit.clone()).max_series(max_series);
            gauge.description(description.clone()).build()
        };
        match view.kind {
            Kind::Counter => {
                let counter = meter.counter(name).unit(unit).description(description);
                let counter = counter.max_series(view.max_series);
                Self::Counter(counter.build())
            }
            Kind::Sum => {
                let counter = meter.f64_counter(name).unit(unit).description(description);
                let counter = counter.max_series(view.max_series);
                Self::Sum(counter.build())
            }
            Kind::LastValue => Self::LastValue(gauge(view.max_series)),
            Kind::Histogram => {
                let histogram = meter.histogram(name).unit(unit).description(description);
                let histogram = histogram.max_series(view.max_series);
                Self::Histogram(match &view.buckets {
                    Some(bounds) => histogram.buckets(bounds).build(),
                    None => histogram.build(),
                })
            }
            Kind::Summary => {
                let summary = meter.summary(name).unit(unit).description(description).build();
                let shown = view.quantiles.clone();
                Self::Summary(Recent::new(Quantiles { summary, shown }, view))
            }
            Kind::Ratio => {
                // One series more: that which the rest shares.
                let gauge = gauge(view.max_series + 1);
                let whole = view.conversion.convert(1.0);
                Self::Ratio(Recent::new(Shares { gauge, whole }, view))
            }
            Kind::Log(_) => Self::Log,
        }
    }

    /// Enters a record: its measure, and whether a ratio's share holds of it.
    pub(super) fn enter(&mut self, measured: f64, holds: bool, labels: &[(&str, Value<'_>)]) {
        match self {
            Self::Counter(counter) => counter.add(1, labels),
            Self::Sum(counter) => counter.add(measured, labels),
            Self::LastValue(gauge) => gauge.set(measured, labels),
            Self::Histogram(histogram) => histogram.record(measured, labels),
            Self::Summary(recent) => recent.enter(labels, |sketch| sketch.enter(measured)),
            Self::Ratio(recent) => recent.enter(labels, |share| {
                share.all += 1;
                share.held += u64::from(holds);
            }),
            Self::Log => {}
        }
    }

    /// Shows what isn't shown as it is entered.
    pub(super) fn show(&mut self, now: Instant) {
        match self {
            Self::Summary(recent) => recent.show(now),
            Self::Ratio(recent) => recent.show(now),
            _ => {}
        }
    }
}
