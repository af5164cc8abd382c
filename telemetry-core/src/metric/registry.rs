use std::sync::{Arc, Mutex, OnceLock, Weak};
use std::time::{Duration, Instant};

use super::baggage_labels::BaggageLabels;
use super::exemplar::ExemplarFilter;
use super::instrument::{Description, Instrument, Limits, next_number};
use super::known::Known;
use super::number::Numeric;
use super::observable::{Observable, Observed, Observer};
use super::observers::Observers;
use super::snapshot::{MetricSnapshot, Temporality};
use super::summary::Summary;
use crate::clock::{deadline_in, system_unix_nanos};
use crate::notice::{Notice, NoticeHandler, Notices};
use crate::sync::lock;

/// All instruments of a pipeline.
#[derive(Debug)]
pub(crate) struct Registry {
    start_unix_nanos: u64,
    settings: Settings,
    /// Those of the pipeline that this one was attached to, for what is made since.
    adopted: OnceLock<Settings>,
    /// The static instruments, which are read along.
    attached: OnceLock<Arc<Registry>>,
    instruments: Mutex<Vec<Arc<Instrument>>>,
    observables: Mutex<Vec<Weak<Observable>>>,
    summaries: Mutex<Vec<Arc<Summary>>>,
    known: Mutex<Known>,
    readings: Mutex<Readings>,
    observers: Arc<Observers>,
    notices: Notices,
}

/// What holds for all instruments.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) exemplar_filter: ExemplarFilter,
    /// How long a reading waits for the callbacks of observable instruments.
    pub(crate) observation_timeout: Duration,
    /// Baggage entries that become labels.
    pub(crate) baggage_labels: Option<BaggageLabels>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            exemplar_filter: ExemplarFilter::default(),
            observation_timeout: Duration::from_secs(1),
            baggage_labels: None,
        }
    }
}

/// The periodic readers, and how far each has read. One reading follows the other, so that what one
/// knows is what the next begins with.
#[derive(Debug, Default)]
struct Readings {
    last: u64,
    /// The last reading of each periodic reader.
    readers: Vec<u64>,
}

/// Which of the periodic readers reads.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ReaderId(usize);

/// One reading of all instruments.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reading {
    /// Counted from one.
    pub(super) number: u64,
    pub(super) now: Instant,
    /// The reading up to which all periodic readers know everything; none without such readers.
    pub(super) known_to_all: Option<u64>,
}

impl Registry {
    pub(crate) fn new(settings: Settings, handler: Option<NoticeHandler>) -> Self {
        Self {
            start_unix_nanos: system_unix_nanos(),
            settings,
            adopted: OnceLock::new(),
            attached: OnceLock::new(),
            instruments: Mutex::default(),
            observables: Mutex::default(),
            summaries: Mutex::default(),
            known: Mutex::default(),
            readings: Mutex::default(),
            observers: Observers::new(handler),
            notices: Notices::default(),
        }
    }

    /// Reads along what is registered in `other`, which goes by the settings of this one from now on.
    pub(super) fn attach(&self, other: &Arc<Registry>) {
        let _ = other.adopted.set(self.settings.clone());
        let _ = self.attached.set(Arc::clone(other));
    }

    /// This registry, and the one that is attached.
    fn with_attached(&self) -> impl Iterator<Item = &Self> {
        std::iter::once(self).chain(self.attached.get().map(|attached| &**attached))
    }

    /// All that are to be read.
    fn instruments(&self) -> Vec<Arc<Instrument>> {
        self.with_attached().flat_map(|registry| lock(&registry.instruments).clone()).collect()
    }

    /// All callbacks that are to be asked.
    fn observables(&self) -> Vec<Arc<Observable>> {
        let of = |registry: &Self| {
            let mut observables = lock(&registry.observables);
            observables.retain(|observable| observable.strong_count() > 0);
            observables.iter().filter_map(Weak::upgrade).collect::<Vec<_>>()
        };
        let all = self.with_attached().flat_map(of);
        all.filter(|observable| !observable.is_withdrawn()).collect()
    }

    /// The registered instrument that is the same, or another, registered now.
    pub(super) fn register<T: Numeric>(
        &self,
        description: Description,
        limits: Limits,
    ) -> Arc<Instrument> {
        let mut known = lock(&self.known);
        let (same, notice) = known.find(&description);
        let instrument = same.and_then(|number| {
            let instruments = lock(&self.instruments);
            instruments.iter().find(|instrument| instrument.number == number).cloned()
        });
        let instrument = instrument.unwrap_or_else(|| {
            let settings = self.adopted.get().unwrap_or(&self.settings);
            let filter = settings.exemplar_filter;
            let labels = settings.baggage_labels.clone();
            let start = self.start_unix_nanos;
            let made = Instrument::new::<T>(description, limits, filter, start, labels);
            known.add(made.number, &made.description);
            let made = Arc::new(made);
            lock(&self.instruments).push(Arc::clone(&made));
            made
        });
        drop(known);
        self.raise(notice);
        instrument
    }

    /// Registers a callback.
    pub(super) fn observe(
        &self,
        description: Description,
        limits: Limits,
        callback: impl Fn(&mut Observer) + Send + Sync + 'static,
    ) -> Arc<Observable> {
        let mut known = lock(&self.known);
        let (same, notice) = known.find(&description);
        let number = same.unwrap_or_else(|| {
            let number = next_number();
            known.add(number, &description);
            number
        });
        drop(known);
        self.raise(notice);
        let start = self.start_unix_nanos;
        let max_series = limits.max_series;
        let observable =
            Arc::new(Observable::new(description, number, start, max_series, callback));
        let mut observables = lock(&self.observables);
        // Those that are gone make room, lest they add up where nobody ever reads.
        if observables.len() == observables.capacity() {
            observables.retain(|observable| observable.strong_count() > 0);
        }
        observables.push(Arc::downgrade(&observable));
        drop(observables);
        observable
    }

    /// Registers a summary. It is another one each time: views of one name are told apart before.
    pub(super) fn summarise(&self, description: Description) -> Arc<Summary> {
        let mut known = lock(&self.known);
        let (_, notice) = known.find(&description);
        let number = next_number();
        known.add(number, &description);
        drop(known);
        self.raise(notice);
        let summary = Arc::new(Summary::new(description, number, self.start_unix_nanos));
        lock(&self.summaries).push(Arc::clone(&summary));
        summary
    }

    /// A reader that reads again and again. Series don't expire before all of them have read their
    /// last values.
    pub(crate) fn add_reader(&self) -> ReaderId {
        let mut readings = lock(&self.readings);
        readings.readers.push(0);
        ReaderId(readings.readers.len() - 1)
    }

    /// A reader that won't read any more.
    pub(crate) fn remove_reader(&self, ReaderId(reader): ReaderId) {
        if let Some(last) = lock(&self.readings).readers.get_mut(reader) {
            *last = u64::MAX;
        }
    }

    /// Reads everything. Observable instruments are asked on a thread of their own, and waited for
    /// until `deadline` at the latest.
    pub(crate) fn snapshot(
        &self,
        reader: Option<ReaderId>,
        deadline: Option<Instant>,
    ) -> MetricSnapshot {
        let mut metrics = Vec::new();
        let missed_observations = self.ask_observables(&mut metrics, deadline);
        metrics.extend(lock(&self.summaries).iter().filter_map(|summary| summary.read()));
        let instruments = self.instruments();
        let mut notices = Vec::new();
        let mut readings = lock(&self.readings);
        let reading = readings.begin();
        for instrument in instruments {
            let (metric, notice) = instrument.read(&reading);
            metrics.extend(metric);
            notices.extend(notice);
        }
        if let Some(ReaderId(reader)) = reader
            && let Some(last) = readings.readers.get_mut(reader)
        {
            *last = reading.number;
        }
        let time_unix_nanos = system_unix_nanos();
        drop(readings);
        notices.into_iter().for_each(|notice| self.raise(Some(notice)));
        metrics.iter_mut().for_each(|metric| metric.data.sort());
        metrics.sort_by(|one, other| one.name.cmp(&other.name));
        MetricSnapshot {
            start_unix_nanos: self.start_unix_nanos,
            time_unix_nanos,
            temporality: Temporality::Cumulative,
            missed_observations,
            metrics,
        }
    }

    /// Asks all observable instruments; gives how many have no answer.
    fn ask_observables(&self, metrics: &mut Vec<super::Metric>, deadline: Option<Instant>) -> u64 {
        let observables = self.observables();
        let timeout = self.settings.observation_timeout;
        let own = deadline_in(timeout);
        let deadline = deadline.map_or(own, |deadline| deadline.min(own));
        let mut missed = 0;
        for (observable, observed) in self.observers.ask(observables, deadline) {
            let instrument = || observable.description.name.clone().into_owned();
            let notice = match observed {
                Some(Observed::Points(points, burst)) => {
                    observable.add_to(metrics, points);
                    self.raise(burst.map(|(attribute, values)| Notice::SeriesOverflow {
                        instrument: instrument(),
                        max_series: observable.max_series,
                        attribute,
                        values,
                    }));
                    continue;
                }
                Some(Observed::Panicked) => {
                    Notice::ObservationPanicked { instrument: instrument() }
                }
                Some(Observed::Busy) | None => {
                    Notice::ObservationLate { instrument: instrument(), timeout }
                }
            };
            missed += 1;
            self.raise(Some(notice));
        }
        missed
    }

    /// How many callbacks there is a place for, those included that are gone.
    #[cfg(test)]
    pub(super) fn places_of_observables(&self) -> usize {
        lock(&self.observables).len()
    }

    /// See [`Pipeline::expire_series`](crate::Pipeline::expire_series).
    pub(crate) fn expire_series(&self, older_than: Duration) -> usize {
        let instruments = self.instruments();
        let mut readings = lock(&self.readings);
        let reading = readings.begin();
        instruments.iter().map(|instrument| instrument.expire(older_than, &reading)).sum()
    }

    pub(crate) fn notices(&self) -> Vec<Notice> {
        self.with_attached().flat_map(|registry| registry.notices.all()).collect()
    }

    /// Waits until the handler of notices has been told all of them, until `deadline` at the latest.
    pub(crate) fn wait_for_notices(&self, deadline: Instant) {
        self.observers.wait_for_handler(deadline);
    }

    /// Says what may be said again.
    pub(crate) fn say_again(&self, notice: Notice) {
        self.notices.renew(&notice);
        self.observers.tell(notice);
    }

    fn raise(&self, notice: Option<Notice>) {
        if let Some(notice) = notice
            && self.notices.raise(&notice)
        {
            self.observers.tell(notice);
        }
    }
}

impl Reading {
    /// Whether all periodic readers know what changed in the reading `changed` or before.
    pub(super) fn is_known_to_all(&self, changed: u64) -> bool {
        self.known_to_all.is_none_or(|known| known >= changed)
    }
}

impl Readings {
    fn begin(&mut self) -> Reading {
        self.last += 1;
        let known_to_all = self.readers.iter().min().copied();
        Reading { number: self.last, now: Instant::now(), known_to_all }
    }
}
