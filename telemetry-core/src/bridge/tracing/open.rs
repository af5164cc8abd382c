use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::Mutex;

use tracing_core::span::Id;

use crate::context::Context;
use crate::span::Span;
use crate::sync::lock;

/// The open spans of a layer, by `tracing`'s id. In shards, so that threads rarely meet.
#[derive(Debug)]
pub(super) struct OpenSpans {
    shards: Box<[Shard]>,
}

type Shard = Mutex<HashMap<u64, Span, BuildHasherDefault<IdHasher>>>;

impl OpenSpans {
    const SHARDS: usize = 64;

    pub(super) fn new() -> Self {
        Self { shards: (0..Self::SHARDS).map(|_| Shard::default()).collect() }
    }

    pub(super) fn insert(&self, id: &Id, span: Span) {
        lock(self.shard(id)).insert(id.into_u64(), span);
    }

    pub(super) fn remove(&self, id: &Id) -> Option<Span> {
        lock(self.shard(id)).remove(&id.into_u64())
    }

    /// The context in which the span is current; none for a span that a filter left out.
    pub(super) fn context(&self, id: &Id) -> Option<Context> {
        lock(self.shard(id)).get(&id.into_u64()).map(|span| span.context().clone())
    }

    /// Runs `change` on an open span, which nobody else can see meanwhile.
    pub(super) fn update(&self, id: &Id, change: impl FnOnce(&mut Span)) {
        if let Some(span) = lock(self.shard(id)).get_mut(&id.into_u64()) {
            change(span);
        }
    }

    fn shard(&self, id: &Id) -> &Shard {
        // The registry's ids differ in their low bits within a thread and in their high bits
        // between threads.
        let mixed = id.into_u64().wrapping_mul(0x9e37_79b9_7f4a_7c15);
        &self.shards[(mixed >> 58) as usize]
    }
}

/// Ids are unique numbers: a multiplication spreads them well enough.
#[derive(Default)]
pub(super) struct IdHasher(u64);

impl Hasher for IdHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64(self.0 << 8 | u64::from(*byte));
        }
    }

    fn write_u64(&mut self, id: u64) {
        self.0 = id.wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(32);
    }
}
