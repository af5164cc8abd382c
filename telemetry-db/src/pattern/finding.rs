use std::panic::Location;

use telemetry_core::semconv::{code, db};
use telemetry_core::{Context, Event, Severity};

use super::profile::Profile;
use crate::instruments::{Instruments, SCOPE};
use crate::target::Target;
use crate::{Fingerprint, names};

/// A habit that costs, found by the operation that made it one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Finding<'a> {
    pub(crate) kind: Kind,
    /// Of the operation.
    pub(crate) profile: &'a Profile,
    pub(crate) target: &'a Target,
    pub(crate) context: &'a Context,
    /// Which line of the application asked for that operation, where that is known.
    pub(crate) site: Option<&'static Location<'static>>,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Kind {
    /// One query for each row of another one.
    NPlusOne { repeats: u64, source: Fingerprint, source_rows: u64 },
    /// One read after the other.
    SerialReads { repeats: u64 },
    /// A new text each time.
    Thrash { texts: u64 },
}

impl Finding<'_> {
    /// Emits the event, once a minute for each fingerprint.
    #[cold]
    pub(crate) fn tell(&self, instruments: &Instruments) {
        if !self.profile.may_tell() {
            return;
        }
        let inner = self.target.inner();
        let (name, body) = match self.kind {
            Kind::NPlusOne { .. } => {
                (names::N_PLUS_ONE, "one query for each row of another one: ask for all at once")
            }
            Kind::SerialReads { .. } => {
                (names::SERIAL_READS, "one read after the other: ask for all at once, by MGET")
            }
            Kind::Thrash { .. } => (
                names::STATEMENT_THRASH,
                "the query has a new text each time, so that it is prepared each time: bind its \
                 values, and lists as one array",
            ),
        };
        let mut event = Event::new(&SCOPE, name)
            .severity(Severity::Warn)
            .context(self.context)
            .attribute(db::SYSTEM_NAME, &*inner.system);
        if let Some(namespace) = &inner.namespace {
            event = event.attribute(db::NAMESPACE, &**namespace);
        }
        let key = if self.profile.text.is_some() { db::QUERY_SUMMARY } else { db::OPERATION_NAME };
        event = event.attribute(key, &*self.profile.summary);
        if let Some(text) = &self.profile.text {
            event = event.attribute(db::QUERY_TEXT, &**text);
        }
        let fingerprint = self.profile.fingerprint.map(|it| it.to_string());
        if let Some(fingerprint) = &fingerprint {
            event = event.attribute(names::FINGERPRINT, fingerprint.as_str());
        }
        if let Some(site) = self.site {
            event = event
                .attribute(code::FILE_PATH, site.file())
                .attribute(code::LINE_NUMBER, i64::from(site.line()));
        }
        match self.kind {
            Kind::NPlusOne { repeats, source, source_rows } => {
                let known = instruments.patterns.known(source);
                event = event
                    .attribute(names::REPEATS, repeats)
                    .attribute(names::SOURCE_ROWS, source_rows);
                if let Some(source) = &known {
                    event = event.attribute(names::SOURCE_SUMMARY, &*source.summary);
                }
                event.body(body).emit();
            }
            Kind::SerialReads { repeats } => {
                event.attribute(names::REPEATS, repeats).body(body).emit();
            }
            Kind::Thrash { texts } => {
                event.attribute(names::DISTINCT_TEXTS, texts).body(body).emit();
            }
        }
    }
}
