use std::sync::Arc;

use super::check::Checked;
use super::record::Record;
use crate::attribute::Value;
use crate::event::{Parts, Severity, attribute_buffer, encode, record_len};
use crate::pipeline::{Fate, MAX_RECORD, Pool, Segment, Signal};

/// The log records that views have made in a sweep, on their way to the sinks.
#[derive(Debug)]
pub(crate) struct Lines {
    pool: Arc<Pool>,
    filling: Option<Box<Segment>>,
    #[expect(clippy::vec_box, reason = "segments are handed over as boxes, from and to the pool")]
    full: Vec<Box<Segment>>,
    counts: LineCounts,
    /// The memory of attributes in the making.
    memory: Vec<u8>,
}

/// What became of log lines in a sweep.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct LineCounts {
    pub(crate) made: u64,
    /// No segment was free.
    pub(crate) without_room: u64,
    pub(crate) too_large: u64,
}

impl LineCounts {
    /// Those that go to the sinks.
    pub(crate) fn kept(self) -> u64 {
        self.made - self.without_room - self.too_large
    }
}

impl Lines {
    const FATE: Fate = Fate::sampled(Signal::Logs);

    pub(super) fn new(pool: Arc<Pool>) -> Self {
        Self {
            pool,
            filling: None,
            full: Vec::new(),
            counts: LineCounts::default(),
            memory: Vec::new(),
        }
    }

    /// Makes the log record of a view.
    pub(super) fn add(
        &mut self,
        view: &Checked,
        severity: Severity,
        record: &Record<'_>,
        attributes: &[(&str, Value<'_>)],
    ) {
        let span = record.span();
        let parts = Parts {
            unix_nanos: record.unix_nanos(),
            severity,
            body: &view.body,
            name: &view.name,
            span: Some(&span).filter(|span| span.is_valid()),
        };
        let mut buffer = attribute_buffer(std::mem::take(&mut self.memory));
        for (key, value) in attributes {
            buffer.set(key, *value);
        }
        self.write(record_len(&parts, &buffer), |out| {
            encode(out, Self::FATE, record.scope(), &parts, &buffer);
        });
        self.memory = buffer.into_memory();
    }

    /// Appends a record of at most `length` bytes.
    fn write(&mut self, length: usize, write: impl FnOnce(&mut Vec<u8>)) {
        self.counts.made += 1;
        if length > MAX_RECORD {
            self.counts.too_large += 1;
            return;
        }
        if self.filling.as_ref().is_some_and(|segment| !segment.fits(length)) {
            self.full.extend(self.filling.take());
        }
        if self.filling.is_none() {
            self.filling = self.pool.acquire();
        }
        let Some(segment) = &mut self.filling else {
            self.counts.without_room += 1;
            return;
        };
        write(&mut segment.bytes);
        segment.count(Self::FATE);
    }

    /// Takes the segments out, and what is to be counted.
    #[expect(clippy::vec_box, reason = "segments are handed over as boxes, from and to the pool")]
    pub(crate) fn take(&mut self) -> (Vec<Box<Segment>>, LineCounts) {
        self.full.extend(self.filling.take());
        (std::mem::take(&mut self.full), std::mem::take(&mut self.counts))
    }
}
