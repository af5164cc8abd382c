use std::cell::RefCell;
use std::collections::HashMap;
use std::fmt::Debug;
use std::hash::BuildHasherDefault;

use tracing_core::Event as TracingEvent;
use tracing_core::field::{Field, Visit};

use super::id_hash::IdHasher;
use super::site::Site;
use crate::attribute::Value;
use crate::bridge::privacy;
use crate::bridge::text::Text;
use crate::metric::{Counter, Gauge, Histogram, Meter, UpDownCounter};
use crate::pipeline::Pipeline;

/// Whether a field of this name is a measurement, as those know it who come from
/// `tracing-opentelemetry`.
pub(super) fn is_metric(name: &'static str) -> bool {
    Kind::of(name).is_some()
}

/// Enters an event's measurements into their instruments, with its other fields as attributes.
pub(super) fn record(event: &TracingEvent<'_>, site: Site) {
    let Some(pipeline) = Pipeline::current() else {
        return;
    };
    let mut labels = Labels { labels: Vec::new(), site };
    event.record(&mut labels);
    let attributes: Vec<_> =
        labels.labels.iter().map(|(key, label)| (*key, label.value())).collect();
    event.record(&mut Measurements { pipeline: &pipeline, site, attributes: &attributes });
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Kind {
    MonotonicCounter,
    Counter,
    Histogram,
    Gauge,
}

impl Kind {
    /// The kind and the name of the instrument that a field stands for.
    fn of(field: &'static str) -> Option<(Self, &'static str)> {
        let kinds = [
            ("monotonic_counter.", Self::MonotonicCounter),
            ("counter.", Self::Counter),
            ("histogram.", Self::Histogram),
            ("gauge.", Self::Gauge),
        ];
        kinds.into_iter().find_map(|(prefix, kind)| {
            let name = field.strip_prefix(prefix).filter(|name| !name.is_empty())?;
            Some((kind, name))
        })
    }
}

/// The fields of an event that aren't measurements.
struct Labels {
    labels: Vec<(&'static str, Label)>,
    site: Site,
}

enum Label {
    I64(i64),
    F64(f64),
    Bool(bool),
    Text(Text),
}

impl Label {
    /// A longer text tells no series apart that anybody would look at.
    const LONGEST: usize = 256;

    fn value(&self) -> Value<'_> {
        match self {
            Self::I64(value) => Value::I64(*value),
            Self::F64(value) => Value::F64(*value),
            Self::Bool(value) => Value::Bool(*value),
            Self::Text(text) => {
                let text = text.as_str();
                Value::Str(&text[..text.floor_char_boundary(Self::LONGEST)])
            }
        }
    }
}

impl Labels {
    fn push(&mut self, field: &Field, label: impl FnOnce() -> Label) {
        let name = field.name();
        let target = self.site.scope.name();
        let is_private = self.site.is_private && privacy::withholds_field(target, name);
        if name != "message" && Kind::of(name).is_none() && !is_private {
            self.labels.push((name, label()));
        }
    }
}

impl Visit for Labels {
    fn record_bool(&mut self, field: &Field, value: bool) {
        self.push(field, || Label::Bool(value));
    }
    fn record_i64(&mut self, field: &Field, value: i64) {
        self.push(field, || Label::I64(value));
    }
    fn record_u64(&mut self, field: &Field, value: u64) {
        self.push(field, || i64::try_from(value).map_or(Label::F64(value as f64), Label::I64));
    }
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.push(field, || Label::F64(value));
    }
    fn record_str(&mut self, field: &Field, value: &str) {
        self.push(field, || {
            let mut text = Text::new();
            text.push_str(value);
            Label::Text(text)
        });
    }
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.push(field, || Label::Text(Text::of(value)));
    }
}

/// The measurements of an event.
struct Measurements<'a> {
    pipeline: &'a Pipeline,
    site: Site,
    attributes: &'a [(&'a str, Value<'a>)],
}

impl Measurements<'_> {
    /// A number that is whole and fits is one, of whatever type it came.
    fn whole(&self, field: &Field, number: i128) {
        let Some((kind, name)) = Kind::of(field.name()) else {
            return;
        };
        let Some(whole) = i64::try_from(number).ok() else {
            return self.measure(kind, name, number as f64);
        };
        instrument(self.pipeline, self.site, (kind, name, Type::Whole), |instrument| {
            instrument.whole(whole, self.attributes);
        });
    }

    fn amount(&self, field: &Field, number: f64) {
        if let Some((kind, name)) = Kind::of(field.name()) {
            self.measure(kind, name, number);
        }
    }

    fn measure(&self, kind: Kind, name: &'static str, number: f64) {
        instrument(self.pipeline, self.site, (kind, name, Type::Amount), |instrument| {
            instrument.amount(number, self.attributes);
        });
    }
}

impl Visit for Measurements<'_> {
    fn record_i64(&mut self, field: &Field, value: i64) {
        self.whole(field, value.into());
    }
    fn record_u64(&mut self, field: &Field, value: u64) {
        self.whole(field, value.into());
    }
    fn record_i128(&mut self, field: &Field, value: i128) {
        self.whole(field, value);
    }
    fn record_u128(&mut self, field: &Field, value: u128) {
        match i128::try_from(value) {
            Ok(value) => self.whole(field, value),
            Err(_) => self.amount(field, value as f64),
        }
    }
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.amount(field, value);
    }
    fn record_debug(&mut self, _: &Field, _: &dyn Debug) {}
}

/// Whether an instrument takes whole numbers only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Type {
    Whole,
    Amount,
}

enum Instrument {
    Count(Counter),
    Sum(Counter<f64>),
    UpDown(UpDownCounter),
    UpDownSum(UpDownCounter<f64>),
    Gauge(Gauge),
    Histogram(Histogram),
}

impl Instrument {
    fn new(meter: &Meter, (kind, name, of): (Kind, &'static str, Type)) -> Self {
        match (kind, of) {
            (Kind::MonotonicCounter, Type::Whole) => Self::Count(meter.counter(name).build()),
            (Kind::MonotonicCounter, Type::Amount) => Self::Sum(meter.f64_counter(name).build()),
            (Kind::Counter, Type::Whole) => Self::UpDown(meter.up_down_counter(name).build()),
            (Kind::Counter, Type::Amount) => {
                Self::UpDownSum(meter.f64_up_down_counter(name).build())
            }
            (Kind::Gauge, _) => Self::Gauge(meter.gauge(name).build()),
            (Kind::Histogram, _) => Self::Histogram(meter.histogram(name).build()),
        }
    }

    fn whole(&self, number: i64, attributes: &[(&str, Value<'_>)]) {
        match self {
            // One that is to go down is no count.
            Self::Count(counter) => {
                if let Ok(number) = u64::try_from(number) {
                    counter.add(number, attributes);
                }
            }
            Self::UpDown(counter) => counter.add(number, attributes),
            other => other.amount(number as f64, attributes),
        }
    }

    fn amount(&self, number: f64, attributes: &[(&str, Value<'_>)]) {
        match self {
            Self::Sum(counter) => counter.add(number, attributes),
            Self::UpDownSum(counter) => counter.add(number, attributes),
            Self::Gauge(gauge) => gauge.set(number, attributes),
            Self::Histogram(histogram) => histogram.record(number, attributes),
            Self::Count(_) | Self::UpDown(_) => {}
        }
    }
}

/// Runs `work` with the instrument, which each thread keeps once it has used it.
fn instrument(
    pipeline: &Pipeline,
    site: Site,
    wanted: (Kind, &'static str, Type),
    work: impl FnOnce(&Instrument),
) {
    type Known = HashMap<(u64, usize, usize, Kind, Type), Instrument, BuildHasherDefault<IdHasher>>;
    thread_local! {
        static KNOWN: RefCell<Known> = RefCell::default();
    }
    /// As many as a program names in its code; more come from pipelines that have ended.
    const KEPT: usize = 512;

    let make = || Instrument::new(&pipeline.meter(site.scope), wanted);
    let (kind, name, of) = wanted;
    // Names and scopes are constants of the program: an address tells them apart.
    let scope = std::ptr::from_ref(site.scope) as usize;
    let place = name.as_ptr() as usize ^ name.len().rotate_left(48);
    let key = (pipeline.id(), scope, place, kind, of);
    let mut work = Some(work);
    let _ = KNOWN.try_with(|known| {
        let (Ok(mut known), Some(work)) = (known.try_borrow_mut(), work.take()) else {
            return;
        };
        if known.len() >= KEPT && !known.contains_key(&key) {
            known.clear();
        }
        work(known.entry(key).or_insert_with(make));
    });
    if let Some(work) = work {
        work(&make());
    }
}
