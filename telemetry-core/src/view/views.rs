use std::sync::Arc;
use std::time::Instant;

use super::aggregate::Aggregate;
use super::check::Checked;
use super::definition::{Kind, Origin};
use super::lines::{LineCounts, Lines};
use super::names::Names;
use super::plan::{Plan, Reading, Slot, Slots};
use super::record::Record;
use crate::attribute::{Value, read_any_value};
use crate::context::{Context, Entered};
use crate::metric::{Meter, Registry};
use crate::pipeline::{Frames, Pool, Segment, Signal};
use crate::scope::Scope;

/// The views of a pipeline at work, in the collector.
#[derive(Debug)]
pub(crate) struct Views {
    views: Vec<(Checked, Reading)>,
    aggregates: Vec<Aggregate>,
    slots: Slots,
    /// By signal.
    plans: [Names<Plan>; Signal::COUNT],
    is_over: [bool; Signal::COUNT],
    lines: Lines,
}

/// Bytes of a text that becomes a label; the rest is cut.
const MAX_LABEL: usize = 256;

impl Views {
    pub(crate) fn new(views: Vec<Checked>, registry: &Arc<Registry>, pool: &Arc<Pool>) -> Self {
        // Views are the program's own, not those of a library.
        static PROGRAM: Scope = Scope::new("", "");
        let meter = Meter::new(Arc::clone(registry), &PROGRAM);
        let aggregates = views.iter().map(|view| Aggregate::new(view, &meter)).collect();
        let mut slots = Slots::default();
        let views: Vec<_> = views
            .into_iter()
            .map(|view| {
                let reading = Reading::new(&view, &mut slots);
                (view, reading)
            })
            .collect();
        let is_over = |origin| views.iter().any(|(view, _)| !view.patterns(origin).is_empty());
        Self {
            aggregates,
            slots,
            plans: [Names::new(), Names::new()],
            is_over: [is_over(Origin::Span), is_over(Origin::Event)],
            lines: Lines::new(Arc::clone(pool)),
            views,
        }
    }

    /// Looks at all records of a segment.
    pub(crate) fn observe(&mut self, segment: &Segment) {
        let is_concerned =
            |signal: Signal| self.is_over[signal as usize] && segment.records[signal as usize] > 0;
        if !Signal::ALL.into_iter().any(is_concerned) {
            return;
        }
        let Self { views, aggregates, slots, plans, is_over, lines } = self;
        let mut observer = Observer {
            views,
            slots,
            values: vec![Value::Empty; slots.0.len()],
            labels: Vec::new(),
            aggregates,
            lines,
            context: Context::none(),
        };
        for frame in Frames::new(&segment.bytes) {
            if !is_over[frame.fate.signal as usize] {
                continue;
            }
            let record = Record::new(frame);
            let name = record.name();
            // A plain log record has no name, and no view is over it.
            if name.is_empty() {
                continue;
            }
            let origin = match frame.fate.signal {
                Signal::Spans => Origin::Span,
                Signal::Logs => Origin::Event,
            };
            let plans = &mut plans[frame.fate.signal as usize];
            let plan = plans.get(name, || Plan::new(views, slots, origin, name));
            if !plan.views.is_empty() {
                observer.observe(&record, plan);
            }
        }
    }

    /// Shows what was gathered in a sweep, and gives the log lines that were made.
    #[expect(clippy::vec_box, reason = "segments are handed over as boxes, from and to the pool")]
    pub(crate) fn end_of_sweep(&mut self) -> (Vec<Box<Segment>>, LineCounts) {
        let now = Instant::now();
        self.aggregates.iter_mut().for_each(|aggregate| aggregate.show(now));
        self.lines.take()
    }
}

/// Looks at the records of a segment, one after the other.
struct Observer<'a, 'v> {
    views: &'a [(Checked, Reading)],
    slots: &'a Slots,
    /// Of the record's attributes those that are needed, by slot.
    values: Vec<Value<'a>>,
    labels: Vec<(&'a str, Value<'a>)>,
    aggregates: &'v mut [Aggregate],
    lines: &'v mut Lines,
    /// Of the record before, to be used again.
    context: Context,
}

impl<'a> Observer<'a, '_> {
    fn observe(&mut self, record: &Record<'a>, plan: &Plan) {
        self.read(record, plan);
        // What is entered in a series may have the record's span as its exemplar.
        let of_record = std::mem::take(&mut self.context).of_span(record.span());
        let entered = Entered::enter(of_record);
        for (index, by_name) in &plan.views {
            self.enter(record, *index, *by_name);
        }
        self.context = entered.leave();
    }

    /// Reads what the plan needs; in one pass, however many views there are.
    fn read(&mut self, record: &Record<'a>, plan: &Plan) {
        for slot in &plan.slots {
            self.put(*slot, Value::Empty);
        }
        for (key, value) in record.attributes().raw() {
            let is_of =
                |slot: &Slot| self.slots.0.get(*slot).is_some_and(|name| name.as_bytes() == key);
            if let Some(slot) = plan.slots.iter().copied().find(is_of) {
                self.put(slot, read_any_value(value));
            }
        }
        for slot in &plan.properties {
            let name = self.slots.0.get(*slot).map_or("", |name| name);
            if let Some(value) = record.property(name) {
                self.put(*slot, value);
            }
        }
    }

    fn put(&mut self, slot: Slot, value: Value<'a>) {
        if let Some(place) = self.values.get_mut(slot) {
            *place = value;
        }
    }

    fn value(&self, slot: Slot) -> Value<'a> {
        self.values.get(slot).copied().unwrap_or(Value::Empty)
    }

    /// Enters the record into a view, if that is what the view is over.
    fn enter(&mut self, record: &Record<'a>, index: usize, by_name: bool) {
        let Some((view, reading)) = self.views.get(index) else { return };
        let is_meant = by_name || reading.is_of_area(|slot| self.value(slot) != Value::Empty);
        if !is_meant || !reading.conditions.iter().all(|(slot, it)| it.holds(self.value(*slot))) {
            return;
        }
        let measured = match reading.measure {
            None => 0.0,
            Some(slot) => match self.value(slot).as_f64().filter(|value| value.is_finite()) {
                Some(value) => view.conversion.convert(value),
                None => return,
            },
        };
        let holds = reading.share.iter().all(|(slot, it)| it.holds(self.value(*slot)));
        let is_log = matches!(reading.kind, Kind::Log(_));
        self.label(record, view, reading, is_log);
        if let Kind::Log(severity) = reading.kind {
            self.lines.add(view, severity, record, &self.labels);
        } else if let Some(aggregate) = self.aggregates.get_mut(index) {
            aggregate.enter(measured, holds, &self.labels);
        }
    }

    /// Gathers the labels that the view keeps of the record, or the attributes of its log line.
    fn label(
        &mut self,
        record: &Record<'a>,
        view: &'a Checked,
        reading: &'a Reading,
        is_log: bool,
    ) {
        self.labels.clear();
        let kept = |value| if is_log { Some(value) } else { as_label(value) };
        for (slot, label) in &reading.labels {
            if let Some(value) = kept(self.value(*slot)) {
                self.labels.push((label, value));
            }
        }
        if view.labels.beginnings.is_empty() {
            return;
        }
        for (key, value) in record.attributes().clone() {
            let is_any = |patterns: &[super::pattern::Pattern]| {
                patterns.iter().any(|pattern| pattern.matches(key))
            };
            let is_new = self.labels.iter().all(|(label, _)| *label != key);
            if is_new
                && is_any(&view.labels.beginnings)
                && !is_any(&view.labels.without)
                && let Some(value) = kept(value)
            {
                self.labels.push((key, value));
            }
        }
        // The order is that of the record here; series must not depend on it.
        self.labels.sort_unstable_by_key(|(label, _)| *label);
    }
}

/// A value as the label of a series: short texts, numbers and truths are.
fn as_label(value: Value<'_>) -> Option<Value<'_>> {
    match value {
        Value::Str(text) if text.len() > MAX_LABEL => {
            Some(Value::Str(&text[..text.floor_char_boundary(MAX_LABEL)]))
        }
        Value::Str(_) | Value::I64(_) | Value::F64(_) | Value::Bool(_) => Some(value),
        _ => None,
    }
}
