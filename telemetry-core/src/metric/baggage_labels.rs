//! Labels from the baggage of the context in which something is measured, where a pipeline lists some.

use std::sync::Arc;

use super::cells::Entry;
use super::instrument::Instrument;
use super::lookup;
use crate::attribute::Value;
use crate::context::Context;

/// The keys that are listed.
pub(crate) type BaggageLabels = Arc<[Box<str>]>;

/// Bytes of a value that become part of a label; the rest is cut.
const MAX_LABEL: usize = 256;

/// Attributes and labels of a measurement; labels for which there is no room are left out.
const MOST: usize = 32;

/// Enters a measurement into the series of these attributes and of the listed entries that its context
/// has; an attribute of the same key wins.
#[cold]
#[inline(never)]
pub(super) fn enter(
    instrument: &Instrument,
    keys: &[Box<str>],
    attributes: &[(&str, Value<'_>)],
    entry: impl Entry,
) {
    let context = entry.within().cloned().unwrap_or_else(Context::current);
    if context.baggage().is_empty() || attributes.len() >= MOST {
        return lookup::enter_plain(instrument, attributes, entry);
    }
    let is_new = |key: &str| attributes.iter().all(|(known, _)| *known != key);
    let listed = context.baggage().listed(keys).filter(|(key, _)| is_new(key));
    let labels = listed
        .map(|(key, value)| (key, Value::Str(&value[..value.floor_char_boundary(MAX_LABEL)])));
    let mut all = [("", Value::Empty); MOST];
    let mut count = 0;
    for (place, attribute) in all.iter_mut().zip(attributes.iter().copied().chain(labels)) {
        *place = attribute;
        count += 1;
    }
    lookup::enter_plain(instrument, all.get(..count).unwrap_or(attributes), entry);
}
