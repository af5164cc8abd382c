//! Calls that are alike in all that their metrics tell.

use std::{borrow::Cow, sync::Arc, time::UNIX_EPOCH};

use super::{Attributed, Settlement, daily::Booked};
use crate::{Operation, Provider, call::Handles};

/// Sets of kinds of which a call belongs to one.
const SETS: usize = 128;
/// Kinds in a set. Those that come when it is full aren't known, and found by their labels each time.
const WAYS: usize = 4;
/// How long a kind is known, in seconds: its series don't expire meanwhile.
const KEPT: u64 = 5 * 60;
/// How often those that aren't known any longer are let go of, in seconds.
const SWEEP: u64 = 60;

/// The kinds of call that were seen in the last minutes: what is to be found once for all calls of a
/// kind. There are at most 512.
#[derive(Debug, Default)]
pub(super) struct Kinds {
    sets: Vec<[Option<Kind>; WAYS]>,
    /// When it was last looked for those that are to be forgotten.
    swept: u64,
}

#[derive(Debug)]
pub(super) struct Kind {
    operation: Operation,
    provider: Provider,
    request_model: Option<Box<str>>,
    response_model: Option<Box<str>>,
    server: Option<(Cow<'static, str>, Option<u16>)>,
    attributed: Attributed,
    /// In seconds since 1970.
    since: u64,
    /// The place of its row.
    pub(super) row: usize,
    /// The place of its sum of the day.
    pub(super) booked: Option<Booked>,
    pub(super) handles: Arc<Handles>,
}

impl Kinds {
    /// The kind of a call.
    pub(super) fn find(&mut self, call: &Settlement<'_>) -> Option<&mut Kind> {
        let now = seconds(call);
        if now.abs_diff(self.swept) >= SWEEP {
            self.sweep(now);
        }
        let kinds = self.sets.get_mut(set_of(call))?.iter_mut().flatten();
        kinds.into_iter().find(|kind| kind.is_of(call) && kind.is_known_at(now))
    }

    /// Gets to know a kind, of which every label is admitted, if there is room.
    pub(super) fn add(
        &mut self,
        call: &Settlement<'_>,
        row: usize,
        booked: Option<Booked>,
    ) -> Option<Arc<Handles>> {
        if self.sets.is_empty() {
            self.sets.resize_with(SETS, Default::default);
        }
        let now = seconds(call);
        let is_free = |place: &&mut Option<Kind>| {
            place.as_ref().is_none_or(|kind| !kind.is_known_at(now) || kind.is_of(call))
        };
        let place = self.sets.get_mut(set_of(call))?.iter_mut().find(is_free)?;
        let handles = Arc::<Handles>::default();
        *place = Some(Kind {
            operation: call.operation.clone(),
            provider: call.provider.clone(),
            request_model: call.request_model.map(Box::from),
            response_model: call.response_model.map(Box::from),
            server: call.server.cloned(),
            attributed: call.attributed.clone(),
            since: now,
            row,
            booked,
            handles: Arc::clone(&handles),
        });
        Some(handles)
    }

    #[cold]
    fn sweep(&mut self, now: u64) {
        self.swept = now;
        for place in self.sets.iter_mut().flatten() {
            place.take_if(|kind| !kind.is_known_at(now));
        }
    }
}

impl Kind {
    fn is_of(&self, call: &Settlement<'_>) -> bool {
        self.request_model.as_deref() == call.request_model
            && self.response_model.as_deref() == call.response_model
            && self.provider == *call.provider
            && self.operation == *call.operation
            && self.server.as_ref() == call.server
            && self.attributed == *call.attributed
    }

    fn is_known_at(&self, now: u64) -> bool {
        self.since.abs_diff(now) <= KEPT
    }
}

fn seconds(call: &Settlement<'_>) -> u64 {
    call.at.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}

/// The set that a call belongs to, by what tells most calls apart.
fn set_of(call: &Settlement<'_>) -> usize {
    let mut hash = 0_u64;
    let mut mix = |text: &str| {
        hash = (hash ^ ends(text)).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29);
    };
    mix(call.request_model.unwrap_or_default());
    mix(call.response_model.unwrap_or_default());
    mix(call.provider.as_str());
    mix(call.operation.as_str());
    for (_, value) in call.attributed {
        mix(value);
    }
    usize::try_from(hash % SETS as u64).unwrap_or_default()
}

/// The length and the last bytes of a text, where names of one family differ.
fn ends(text: &str) -> u64 {
    let bytes = text.as_bytes();
    let last = match bytes.last_chunk() {
        Some(last) => u64::from_le_bytes(*last),
        None => bytes.iter().fold(0, |word, byte| word << 8 | u64::from(*byte)),
    };
    last.wrapping_add((bytes.len() as u64) << 56)
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use super::*;
    use crate::{UnpricedReason, Usage, price::Priced};

    fn with_call<R>(tenant: &str, at: u64, look: impl FnOnce(&Settlement<'_>) -> R) -> R {
        let cost = Priced::unpriced(UnpricedReason::NoUsage).of(Usage::default());
        let attributed = vec![(Cow::Borrowed("tenant.id"), tenant.to_owned())];
        look(&Settlement {
            operation: &Operation::CHAT,
            provider: &Provider::OPENAI,
            request_model: Some("gpt-4o"),
            response_model: None,
            server: None,
            attributed: &attributed,
            most_values: 10_000,
            failed: false,
            cancelled: false,
            attempts: 1,
            prefix: None,
            cost: &cost,
            at: SystemTime::UNIX_EPOCH + Duration::from_secs(at),
        })
    }

    #[test]
    fn a_kind_is_found_by_all_that_it_is_and_forgotten_after_minutes() {
        let mut kinds = Kinds::default();
        let made = with_call("acme", 1_000, |call| kinds.add(call, 7, None)).unwrap();
        let found = |kinds: &mut Kinds, tenant: &str, at| {
            with_call(tenant, at, |call| {
                kinds.find(call).map(|kind| (kind.row, kind.handles.clone()))
            })
        };
        let (row, handles) = found(&mut kinds, "acme", 1_200).unwrap();
        assert!(row == 7 && Arc::ptr_eq(&made, &handles));
        assert!(found(&mut kinds, "other", 1_200).is_none());
        assert!(found(&mut kinds, "acme", 1_000 + KEPT + 1).is_none());
        drop(handles);
        assert_eq!(Arc::strong_count(&made), 1, "its series may expire now");
    }

    #[test]
    fn kinds_are_bounded_and_those_beyond_push_none_out() {
        let mut kinds = Kinds::default();
        let add = |kinds: &mut Kinds, number: usize| {
            with_call(&format!("t{number}"), 1_000, |call| kinds.add(call, number, None).is_some())
        };
        let known: Vec<_> = (0..10_000).filter(|number| add(&mut kinds, *number)).collect();
        assert_eq!(known.len(), SETS * WAYS);
        for number in known {
            let row = with_call(&format!("t{number}"), 1_010, |call| {
                kinds.find(call).map(|kind| kind.row)
            });
            assert_eq!(row, Some(number));
        }
    }
}
