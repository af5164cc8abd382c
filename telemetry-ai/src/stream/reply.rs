//! What is known of a response so far.

use crate::Usage;

/// Choices beyond this many are not told apart. OpenAI allows 128.
const MOST_CHOICES: usize = 128;
/// Longer names are cut; real ones have tens of characters.
const LONGEST_NAME: usize = 256;
/// What the conventions put in the place of a finish reason that never came.
const FINISHED_BY_ERROR: &str = "error";

/// What a response has said so far.
///
/// Names are held to a bound, since they come from outside and end in attributes and labels.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Reply {
    pub(crate) id: Option<String>,
    pub(crate) model: Option<String>,
    pub(crate) service_tier: Option<String>,
    pub(crate) system_fingerprint: Option<String>,
    pub(crate) usage: Option<Usage>,
    /// Events of a stream that carried data, the closing mark apart.
    pub(crate) chunks: u64,
    /// Whether the stream's closing mark came.
    pub(crate) done: bool,
    /// An error reported in the body, with its class where it has one that can be recorded.
    pub(crate) error: Option<ReportedError>,
    finish_reasons: Vec<Option<String>>,
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
        set(&mut self.service_tier, tier);
    }

    pub(crate) fn set_system_fingerprint(&mut self, fingerprint: Option<&str>) {
        set(&mut self.system_fingerprint, fingerprint);
    }

    pub(crate) fn usage(&mut self, usage: Option<Usage>) {
        if let Some(usage) = usage {
            self.usage.get_or_insert_default().merge(&usage);
        }
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
        set(&mut self.finish_reasons[index], finish_reason);
    }

    /// Notes an error that the body reports; the first class that can be recorded holds.
    pub(crate) fn failed(&mut self, class: Option<&str>) {
        let error = self.error.get_or_insert_default();
        if error.class.is_none() {
            error.class = class.filter(|class| is_error_class(class)).map(str::to_owned);
        }
    }

    /// Whether as many choices as `expected` have ended, and all that were seen, or the stream said
    /// so.
    pub(crate) fn is_complete(&self, expected: usize) -> bool {
        let enough = self.finish_reasons.len() >= expected.clamp(1, MOST_CHOICES);
        self.done || (enough && self.finish_reasons.iter().all(Option::is_some))
    }

    /// Why each choice ended, `error` where that never came. `expected` is how many were asked for.
    pub(crate) fn finish_reasons(&self, expected: usize) -> Vec<&str> {
        let count = self.finish_reasons.len().max(expected.min(MOST_CHOICES));
        let reason = |index: usize| self.finish_reasons.get(index).and_then(Option::as_deref);
        (0..count).map(|index| reason(index).unwrap_or(FINISHED_BY_ERROR)).collect()
    }
}

/// Whether a provider's error code can be recorded: lower-case words or a number, as codes are.
/// Anything else may be a message, which may echo a prompt or a key.
fn is_error_class(class: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    (1..=64).contains(&class.len()) && class.bytes().all(plain)
}

fn set(field: &mut Option<String>, value: Option<&str>) {
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
