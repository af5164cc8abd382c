use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

/// Summaries name spans, and a name that lives for ever costs a span no
/// allocation. So the first ones are kept for the life of the process, at most
/// 128 KiB; queries that keep making new ones get owned copies.
pub(super) fn intern(summary: &str) -> Cow<'static, str> {
    let mut kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = kept.get(summary) {
        return Cow::Borrowed(known);
    }
    if kept.len() >= MOST {
        return Cow::Owned(summary.to_owned());
    }
    let known: &'static str = Box::leak(summary.into());
    kept.insert(known);
    Cow::Borrowed(known)
}

/// Of at most 255 bytes each.
const MOST: usize = 512;

static KEPT: Mutex<BTreeSet<&'static str>> = Mutex::new(BTreeSet::new());
