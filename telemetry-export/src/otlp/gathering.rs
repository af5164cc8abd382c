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
    /// Memory that each scope keeps for the next request.
    const KEPT_BYTES: usize = 64 * 1024;

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
            records.clear();
            records.shrink_to(Self::KEPT_BYTES);
        }
        self.records = 0;
        self.bytes = 0;
        self.since = None;
        body
    }
}

/// An `opentelemetry.proto.common.v1.InstrumentationScope`.
pub(super) fn scope_message(scope: &Scope) -> Vec<u8> {
    let mut message = Vec::new();
    put_text(&mut message, 1, scope.name());
    put_text(&mut message, 2, scope.version());
    message
}
