//! The fields of a chat completion that are picked.

use std::borrow::Cow;

/// The key of the member being read, if it is one of ours.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) enum Key {
    #[default]
    Other,
    Id,
    Model,
    ServiceTier,
    SystemFingerprint,
    Usage,
    Groq,
    Choices,
    Error,
    FinishReason,
    Index,
    Code,
    Type,
}

/// A value worth picking.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Field {
    Id,
    Model,
    ServiceTier,
    SystemFingerprint,
    Usage,
    FinishReason,
    Index,
    ErrorCode,
    ErrorType,
}

impl Key {
    pub(super) fn parse(key: &[u8]) -> Self {
        match key {
            b"id" => Self::Id,
            b"model" => Self::Model,
            b"service_tier" => Self::ServiceTier,
            b"system_fingerprint" => Self::SystemFingerprint,
            b"usage" => Self::Usage,
            b"x_groq" => Self::Groq,
            b"choices" => Self::Choices,
            b"error" => Self::Error,
            b"finish_reason" => Self::FinishReason,
            b"index" => Self::Index,
            b"code" => Self::Code,
            b"type" => Self::Type,
            _ => Self::Other,
        }
    }
}

/// The text of a JSON string that isn't empty; `None` for anything else.
pub(super) fn text(value: &[u8]) -> Option<Cow<'_, str>> {
    let inner = value.strip_prefix(b"\"")?.strip_suffix(b"\"")?;
    let text = if inner.contains(&b'\\') {
        Cow::Owned(serde_json::from_slice(value).ok()?)
    } else {
        Cow::Borrowed(str::from_utf8(inner).ok()?)
    };
    (!text.is_empty()).then_some(text)
}

pub(super) fn number(value: &[u8]) -> Option<Cow<'_, str>> {
    let number = str::from_utf8(value).ok()?.trim();
    (!number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
        .then_some(Cow::Borrowed(number))
}
