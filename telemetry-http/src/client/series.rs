use std::borrow::Cow;
use std::cell::RefCell;
use std::sync::{Arc, OnceLock};

use http::{StatusCode, Version};
use telemetry_core::{BoundHistogram, BoundUpDownCounter, Context, EncodedAttributes, Pipeline};

use super::instruments::{ClientInstruments, INSTRUMENTS};
use super::labels::{Asked, End, Labels, error_of_status};

/// The series of the requests to one server, found once by each thread.
#[derive(Debug)]
pub(super) struct Series {
    /// The number of the pipeline.
    pipeline: u64,
    labels: Labels,
    name: Cow<'static, str>,
    /// Of all spans.
    attributes: EncodedAttributes,
    instruments: Arc<ClientInstruments>,
    active: BoundUpDownCounter,
    ended: [OnceLock<Ended>; 8],
}

/// The series that requests with this answer end in.
#[derive(Debug)]
struct Ended {
    status: StatusCode,
    version: Version,
    duration: BoundHistogram,
    request_size: BoundHistogram,
    response_size: BoundHistogram,
}

/// What is entered at a request's end.
#[derive(Clone, Copy, Debug)]
pub(super) struct Measured {
    pub(super) seconds: f64,
    pub(super) request_bytes: Option<u64>,
    pub(super) response_bytes: Option<u64>,
}

thread_local! {
    static TABLE: RefCell<Vec<Arc<Series>>> = const { RefCell::new(Vec::new()) };
}

/// Servers and templates that a thread keeps the series of; a client that calls more looks them up.
const KEPT: usize = 32;

impl Series {
    /// The series of the requests with these labels in the pipeline of this number; none where there is
    /// no pipeline any more.
    pub(super) fn of(pipeline: u64, asked: &Asked<'_>) -> Option<Arc<Self>> {
        let known = TABLE.try_with(|table| {
            let table = table.try_borrow().ok()?;
            let same = |it: &&Arc<Self>| it.pipeline == pipeline && it.labels.are(asked);
            table.iter().find(same).cloned()
        });
        known.ok().flatten().or_else(|| Self::made(*asked))
    }

    #[cold]
    fn made(asked: Asked<'_>) -> Option<Arc<Self>> {
        // Another one, when the global pipeline was exchanged just now.
        let pipeline = Pipeline::current()?;
        let instruments = INSTRUMENTS.of(&pipeline);
        let labels = Labels::new(asked);
        let series = Arc::new(Self {
            pipeline: pipeline.id(),
            active: instruments.active.bind(&labels.active()),
            name: labels.name(),
            attributes: EncodedAttributes::new(&labels.active()),
            labels,
            instruments,
            ended: Default::default(),
        });
        let _ = TABLE.try_with(|table| {
            if let Ok(mut table) = table.try_borrow_mut() {
                table.truncate(KEPT - 1);
                table.insert(0, Arc::clone(&series));
            }
        });
        Some(series)
    }

    /// The name of the requests' spans.
    pub(super) fn name(&self) -> Cow<'static, str> {
        self.name.clone()
    }

    /// What all of their spans have.
    pub(super) fn attributes(&self) -> &EncodedAttributes {
        &self.attributes
    }

    pub(super) fn enter(&self) {
        self.active.add(1);
    }

    /// Counts a request that has ended.
    pub(super) fn leave(&self, end: &End<'_>, measured: Measured, context: &Context) {
        self.record(end, measured, context);
        self.active.add(-1);
    }

    fn record(&self, end: &End<'_>, measured: Measured, context: &Context) {
        // Errors that the status doesn't tell are looked up, as is what finds no place here.
        let by_status = end.status.as_ref().and_then(error_of_status);
        if let (Some(status), Some(version), None) = (end.status, end.version, end.outcome)
            && end.error_type == by_status
        {
            for place in &self.ended {
                let ended = place.get_or_init(|| self.bind(end, status, version));
                if ended.status == status && ended.version == version {
                    return ended.record(measured, context);
                }
            }
        }
        let labels = self.labels.ended(end);
        let Measured { seconds, request_bytes, response_bytes } = measured;
        self.instruments.duration.record_in(seconds, &labels, context);
        if let Some(bytes) = request_bytes {
            self.instruments.request_size.record_in(bytes as f64, &labels, context);
        }
        if let Some(bytes) = response_bytes {
            self.instruments.response_size.record_in(bytes as f64, &labels, context);
        }
    }

    #[cold]
    fn bind(&self, end: &End<'_>, status: StatusCode, version: Version) -> Ended {
        let labels = self.labels.ended(end);
        Ended {
            status,
            version,
            duration: self.instruments.duration.bind(&labels),
            request_size: self.instruments.request_size.bind(&labels),
            response_size: self.instruments.response_size.bind(&labels),
        }
    }
}

impl Ended {
    fn record(&self, measured: Measured, context: &Context) {
        self.duration.record_in(measured.seconds, context);
        if let Some(bytes) = measured.request_bytes {
            self.request_size.record_in(bytes as f64, context);
        }
        if let Some(bytes) = measured.response_bytes {
            self.response_size.record_in(bytes as f64, context);
        }
    }
}
