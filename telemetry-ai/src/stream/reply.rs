//! What is known of a response so far.

use std::borrow::Cow;

use super::{Job, value::decimal};
use crate::{
    Sparse, Usage,
    provider::{HeaderLookup, Stated},
};

/// Choices beyond this many are not told apart. OpenAI allows 128.
const MOST_CHOICES: usize = 128;
/// Longer names are cut; real ones have tens of characters.
pub(crate) const LONGEST_NAME: usize = 256;
/// What the conventions put in the place of a finish reason that never came.
const FINISHED_BY_ERROR: &str = "error";

/// What a response has said so far.
///
/// Names are held to a bound, since they come from outside and end in attributes and labels.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Reply {
    pub(crate) id: Option<String>,
    pub(crate) model: Option<String>,
    pub(crate) service_tier: Option<Cow<'static, str>>,
    pub(crate) system_fingerprint: Option<String>,
    pub(crate) usage: Option<Usage>,
    /// Events of a stream that carried data, the closing mark apart.
    pub(crate) chunks: u64,
    /// Whether the event being read is the one that closes the stream.
    pub(crate) closing: bool,
    /// Whether the stream's closing mark came, and was read to its end.
    pub(crate) done: bool,
    /// An error reported in the body, with its class where it has one that can be recorded.
    pub(crate) error: Option<ReportedError>,
    /// Input tokens apart from those of the cache, where the provider counts them so.
    pub(crate) fresh_input_tokens: Option<u64>,
    /// The choice, output or message being read.
    pub(crate) item: Item,
    /// One of several answers in the response, while it is being read.
    pub(crate) pass: Sparse<crate::Iteration>,
    /// The state of a job, where the response tells of one.
    pub(crate) job: Sparse<Job>,
    /// Another provider's event that the one being read wraps.
    pub(crate) wrapped: Vec<u8>,
    finish_reasons: Vec<Option<Cow<'static, str>>>,
    /// How many choices there were at the end of the last event, and whether all had ended.
    events_ended: usize,
    events_all_ended: bool,
}

/// An element of a list while it is being read; what matters may follow in any order.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Item {
    pub(crate) index: Option<u32>,
    pub(crate) finish_reason: Option<Cow<'static, str>>,
    /// What kind of element it is, in the provider's words.
    pub(crate) kind: Option<String>,
    /// A time that the element carries, in milliseconds since 1970.
    pub(crate) at: Option<u64>,
}

/// An error that a response reports under a status that says success.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct ReportedError {
    pub(crate) class: Option<String>,
}

impl Reply {
    pub(crate) fn set_id(&mut self, id: Option<&str>) {
        set(&mut self.id, id);
    }

    pub(crate) fn set_model(&mut self, model: Option<&str>) {
        set(&mut self.model, model);
    }

    pub(crate) fn set_service_tier(&mut self, tier: Option<&str>) {
        set_word(&mut self.service_tier, tier);
    }

    pub(crate) fn set_system_fingerprint(&mut self, fingerprint: Option<&str>) {
        set(&mut self.system_fingerprint, fingerprint);
    }

    /// The usage, to be filled in.
    pub(crate) fn usage_mut(&mut self) -> &mut Usage {
        self.usage.get_or_insert_default()
    }

    pub(crate) fn usage(&mut self, usage: Option<Usage>) {
        match (&mut self.usage, usage) {
            (Some(known), Some(usage)) => known.merge(&usage),
            (unknown @ None, usage) => *unknown = usage,
            (Some(_), None) => {}
        }
    }

    /// An event has been read to its end: what it said holds from now on.
    pub(super) fn end_event(&mut self) {
        self.done |= self.closing;
        self.events_ended = self.finish_reasons.len();
        self.events_all_ended = self.finish_reasons.iter().all(Option::is_some);
    }

    /// The same as [`is_complete`](Self::is_complete) as of the last event that was read to its
    /// end: the usage of an event may follow its finish reason.
    pub(crate) fn was_complete(&self, expected: usize) -> bool {
        let enough = self.events_ended >= expected.clamp(1, MOST_CHOICES);
        self.done || (enough && self.events_all_ended)
    }

    /// Notes that the choice at `index` exists, and why it ended if it did.
    pub(crate) fn choice(&mut self, index: u32, finish_reason: Option<&str>) {
        let index = usize::try_from(index).unwrap_or(MOST_CHOICES);
        if index >= MOST_CHOICES {
            return;
        }
        if self.finish_reasons.len() <= index {
            self.finish_reasons.resize(index + 1, None);
        }
        set_word(&mut self.finish_reasons[index], finish_reason);
    }

    /// Whether any choice was told of.
    pub(crate) fn has_choices(&self) -> bool {
        !self.finish_reasons.is_empty()
    }

    /// Notes an error that the body reports; the first class that can be recorded holds.
    pub(crate) fn failed(&mut self, class: Option<&str>) {
        let error = self.error.get_or_insert_default();
        if error.class.is_none() {
            error.class = class.filter(|class| is_error_class(class)).map(str::to_owned);
        }
    }

    /// Takes over what a gateway or worker of the user's states in headers of its own.
    pub(crate) fn take_stated(
        &mut self,
        stated: &[(Cow<'static, str>, Stated)],
        headers: HeaderLookup<'_>,
    ) {
        for (name, what) in stated {
            let Some(value) = headers(name) else {
                continue;
            };
            let amount = || decimal(value.as_bytes()).filter(|amount| !amount.is_sign_negative());
            match what {
                Stated::Cost => self.usage_mut().cost = amount(),
                Stated::ComputeSeconds => self.usage_mut().units.compute_seconds = amount(),
                Stated::Hardware => set(&mut self.usage_mut().terms.hardware, Some(value)),
            }
        }
    }

    /// Ends the choice being read, the one at `position` if it doesn't say another index.
    pub(crate) fn end_choice(&mut self, position: u32) {
        let item = std::mem::take(&mut self.item);
        let index = item.index.unwrap_or(position);
        self.choice(index, None);
        let place = usize::try_from(index).ok().and_then(|at| self.finish_reasons.get_mut(at));
        if let (Some(place), Some(reason)) = (place, item.finish_reason) {
            *place = Some(reason);
        }
    }

    /// Takes over what a later response says of the same job.
    pub(crate) fn merge(&mut self, later: Self) {
        self.set_id(later.id.as_deref().filter(|_| self.id.is_none()));
        self.set_model(later.model.as_deref());
        self.set_service_tier(later.service_tier.as_deref());
        self.usage(later.usage);
        self.error = self.error.take().or(later.error);
        if let Some(job) = later.job.as_set() {
            self.job.merge(job);
        }
        for (index, reason) in (0..).zip(&later.finish_reasons) {
            self.choice(index, reason.as_deref());
        }
    }

    /// Whether as many choices as `expected` have ended, and all that were seen, or the stream said
    /// so.
    pub(crate) fn is_complete(&self, expected: usize) -> bool {
        let enough = self.finish_reasons.len() >= expected.clamp(1, MOST_CHOICES);
        self.done || (enough && self.finish_reasons.iter().all(Option::is_some))
    }

    /// Why each choice ended, `error` where that never came. `expected` is how many were asked for.
    pub(crate) fn finish_reasons(&self, expected: usize) -> impl ExactSizeIterator<Item = &str> {
        let count = self.finish_reasons.len().max(expected.min(MOST_CHOICES));
        let reason = |index: usize| self.finish_reasons.get(index).and_then(Option::as_deref);
        (0..count).map(move |index| reason(index).unwrap_or(FINISHED_BY_ERROR))
    }
}

/// Whether a provider's error code can be recorded: lower-case words or a number, as codes are.
/// Anything else may be a message, which may echo a prompt or a key.
fn is_error_class(class: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    (1..=64).contains(&class.len()) && class.bytes().all(plain)
}

/// Sets a name, held to the bound of names.
pub(crate) fn set(field: &mut Option<String>, value: Option<&str>) {
    let Some(value) = value else {
        return;
    };
    let value = &value[..value.floor_char_boundary(LONGEST_NAME)];
    match field {
        Some(field) if field == value => {}
        Some(field) => {
            field.clear();
            field.push_str(value);
        }
        None => *field = Some(value.to_owned()),
    }
}

/// The same, of one that is mostly a word that is known beforehand.
pub(crate) fn set_word(field: &mut Option<Cow<'static, str>>, value: Option<&str>) {
    if let Some(value) = value
        && field.as_deref() != Some(value)
    {
        let value = &value[..value.floor_char_boundary(LONGEST_NAME)];
        *field = Some(Cow::Owned(value.to_owned()));
    }
}
