use std::ptr;
use std::time::Instant;

use telemetry_core::Scope;

use super::proto::{bytes_len, put_bytes, put_header, put_text};

/// Records that wait to be sent together, by the library they come from.
///
/// The messages of spans and logs have the same shape, so one framing serves both:
/// `Export…ServiceRequest { resource_… = 1 }`, `Resource… { resource = 1, scope_… = 2 }`,
/// `Scope… { scope = 1, records = 2 }`. The records are encoded already.
#[derive(Debug, Default)]
pub(super) struct Gathering {
    scopes: Vec<(&'static Scope, Vec<u8>)>,
    records: usize,
    bytes: usize,
    since: Option<Instant>,
}

impl Gathering {
    /// Memory that is kept for the next request, of all scopes together: more than most requests take.
    const KEPT_BYTES: usize = 256 * 1024;

    pub(super) fn add(&mut self, scope: &'static Scope, record: &[u8], now: Instant) {
        let place = self.scopes.iter().position(|(known, _)| ptr::eq(*known, scope));
        let place = place.unwrap_or_else(|| {
            self.scopes.push((scope, Vec::new()));
            self.scopes.len() - 1
        });
        if let Some((_, records)) = self.scopes.get_mut(place) {
            put_bytes(records, 2, record);
        }
        self.records += 1;
        self.bytes += bytes_len(record.len());
        self.since.get_or_insert(now);
    }

    pub(super) fn records(&self) -> usize {
        self.records
    }

    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// When the first of the records came.
    pub(super) fn since(&self) -> Option<Instant> {
        self.since
    }

    /// Takes the records out as the body of a request about `resource`.
    pub(super) fn take_body(&mut self, resource: &[u8]) -> Vec<u8> {
        let mut parts = Vec::new();
        let mut length = bytes_len(resource.len());
        let filled = self.scopes.iter_mut().filter(|(_, records)| !records.is_empty());
        for (scope, records) in filled {
            let scope = scope_message(scope);
            let part = bytes_len(scope.len()) + records.len();
            length += bytes_len(part);
            parts.push((scope, part, records));
        }
        let mut body = Vec::with_capacity(bytes_len(length));
        put_header(&mut body, 1, length);
        put_bytes(&mut body, 1, resource);
        for (scope, part, records) in parts {
            put_header(&mut body, 2, part);
            put_bytes(&mut body, 1, &scope);
            body.extend_from_slice(records);
        }
        self.keep_memory();
        self.records = 0;
        self.bytes = 0;
        self.since = None;
        body
    }

    /// Empties the scopes and forgets those that had nothing this time: a program may have a thousand.
    fn keep_memory(&mut self) {
        let mut left = Self::KEPT_BYTES;
        self.scopes.retain_mut(|(_, records)| {
            let is_kept = !records.is_empty() && records.capacity() <= left;
            records.clear();
            left -= if is_kept { records.capacity() } else { 0 };
            is_kept
        });
    }
}

/// An `opentelemetry.proto.common.v1.InstrumentationScope`.
pub(super) fn scope_message(scope: &Scope) -> Vec<u8> {
    let mut message = Vec::new();
    put_text(&mut message, 1, scope.name());
    put_text(&mut message, 2, scope.version());
    message
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn however_many_libraries_there_ever_were_little_memory_is_kept() {
        let mut gathering = Gathering::default();
        let record = [7; 16 * 1024];
        for number in 0..500 {
            let name: &'static str = Box::leak(format!("library-{number}").into_boxed_str());
            let scope: &'static Scope = Box::leak(Box::new(Scope::new(name, "")));
            for _ in 0..10 {
                gathering.add(scope, &record, Instant::now());
            }
            let body = gathering.take_body(&[]);
            assert!(body.len() > 10 * record.len());
            let scopes = gathering.scopes.iter();
            let kept: usize = scopes.map(|(_, records)| records.capacity()).sum();
            assert!(kept <= Gathering::KEPT_BYTES, "{kept} bytes after {number}");
        }
        assert!(gathering.scopes.len() <= 2, "{}", gathering.scopes.len());
    }

    #[test]
    fn what_a_request_takes_is_kept_for_the_next() {
        static SCOPES: [Scope; 3] =
            [Scope::new("one", ""), Scope::new("two", ""), Scope::new("three", "")];
        let mut gathering = Gathering::default();
        let mut capacities = Vec::new();
        for _ in 0..3 {
            for _ in 0..100 {
                SCOPES.iter().for_each(|scope| gathering.add(scope, &[1; 200], Instant::now()));
            }
            let body = gathering.take_body(b"about");
            assert!(body.len() > 300 * 200);
            assert_eq!((gathering.records(), gathering.bytes(), gathering.since()), (0, 0, None));
            let scopes = gathering.scopes.iter();
            capacities.push(scopes.map(|(_, records)| records.capacity()).collect::<Vec<_>>());
        }
        assert!(capacities[0].iter().all(|bytes| *bytes > 100 * 200), "{capacities:?}");
        assert_eq!(capacities[1..], [capacities[0].clone(), capacities[0].clone()]);
    }
}
