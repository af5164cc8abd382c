use super::instrument::{Description, Kind};
use crate::notice::Notice;

/// The instruments that were made, to tell the same from others of the same name
/// (<https://opentelemetry.io/docs/specs/otel/metrics/sdk/#duplicate-instrument-registration>).
#[derive(Debug, Default)]
pub(super) struct Known(Vec<(u64, Description)>);

impl Known {
    /// The number of the instrument that is the same as `made`; and what is to be said when one of the
    /// same name differs from it.
    pub(super) fn find(&self, made: &Description) -> (Option<u64>, Option<Notice>) {
        let namesakes: Vec<_> =
            self.0.iter().filter(|(_, known)| known.is_namesake(made)).collect();
        let same = namesakes.iter().find(|(_, known)| known.is_same(made));
        let differing = match same {
            Some((_, known)) => (!known.has_same_buckets(made)).then_some(known),
            None => namesakes.first().map(|(_, known)| known),
        };
        let notice = differing.map(|known| Notice::InstrumentConflict {
            instrument: made.name.clone().into_owned(),
            first: known.told(),
            second: made.told(),
        });
        (same.map(|(number, _)| *number), notice)
    }

    pub(super) fn add(&mut self, number: u64, description: &Description) {
        self.0.push((number, description.clone()));
    }
}

impl Description {
    /// Whether the other has the same name under the same library. Names differ in more than the case
    /// of their letters.
    fn is_namesake(&self, other: &Self) -> bool {
        self.name.eq_ignore_ascii_case(&other.name)
            && self.scope.name() == other.scope.name()
            && self.scope.version() == other.scope.version()
    }

    /// Whether both are the same instrument. Descriptions and buckets are advice: the first one's
    /// count.
    fn is_same(&self, other: &Self) -> bool {
        let same_numbers = match (self.is_integer, other.is_integer) {
            (Some(one), Some(other)) => one == other,
            (None, None) => true,
            _ => false,
        };
        self.kind_name() == other.kind_name() && self.unit == other.unit && same_numbers
    }

    fn has_same_buckets(&self, other: &Self) -> bool {
        self.kind == other.kind
    }

    fn kind_name(&self) -> &'static str {
        match (&self.kind, self.is_integer.is_some()) {
            (Kind::Counter, true) => "a counter",
            (Kind::UpDownCounter, true) => "an up-down counter",
            (Kind::Gauge, true) => "a gauge",
            (Kind::Histogram { .. } | Kind::ExponentialHistogram, _) => "a histogram",
            (Kind::Summary, _) => "a summary",
            (Kind::Counter, false) => "an observable counter",
            (Kind::UpDownCounter, false) => "an observable up-down counter",
            (Kind::Gauge, false) => "an observable gauge",
        }
    }

    /// The instrument in words.
    fn told(&self) -> String {
        let numbers = match (self.is_integer, &self.kind) {
            (Some(true), _) => " of integers",
            (Some(false), Kind::Counter | Kind::UpDownCounter | Kind::Gauge) => " of doubles",
            _ => "",
        };
        let buckets = match &self.kind {
            Kind::Histogram { bounds } => format!(" with the bounds {bounds:?}"),
            Kind::ExponentialHistogram => " with exponential buckets".to_owned(),
            _ => String::new(),
        };
        let unit = if self.unit.is_empty() { "no unit" } else { &self.unit };
        format!("{}{numbers} in {unit}{buckets}", self.kind_name())
    }
}
