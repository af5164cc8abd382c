//! What one process tells another of a job.

use std::{
    fmt,
    str::FromStr,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use serde::{Deserialize, Serialize};
use telemetry_core::{SpanContext, SpanId, TraceId};

use crate::{
    Operation, Provider, RequestParameters,
    attribution::Attributed,
    stream::{LONGEST_NAME, decode_base64, encode_base64},
};

/// Longer ones aren't read.
const LONGEST_TOKEN: usize = 8 * 1024;
const VERSION: &str = "j1.";

/// A job that one process began and another will see the end of, as a text to be kept with the job's id
/// or sent along in the URL of its webhook.
///
/// It says which job it is, what was asked for as far as that decides the price, who asked and when, and
/// in which trace; nothing of the prompt. It is made by [`Jobs::hand_over`](crate::Jobs::hand_over) and
/// taken up by [`Settings::take_over`](crate::Settings::take_over).
///
/// Whoever can write such a text can have costs attributed to anybody: take it from a store of your own,
/// or sign what leaves your hands.
///
/// ```
/// use telemetry_ai::JobToken;
///
/// # fn stored() -> String { String::new() }
/// let token: Result<JobToken, _> = stored().parse();
/// assert_eq!(token.unwrap_err().to_string(), "this is not the token of a job");
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct JobToken(Box<Told>);

/// A text that isn't a token, or one of a later version.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct JobTokenError;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Told {
    #[serde(rename = "p")]
    provider: String,
    #[serde(rename = "j")]
    id: String,
    #[serde(rename = "o")]
    operation: String,
    #[serde(rename = "m", default, skip_serializing_if = "Option::is_none")]
    model: Option<String>,
    /// Milliseconds since 1970.
    #[serde(rename = "t")]
    began: u64,
    #[serde(rename = "w", default, skip_serializing_if = "Vec::is_empty")]
    who: Vec<(String, String)>,
    /// Trace, span, and whether it is sampled.
    #[serde(rename = "s", default, skip_serializing_if = "Option::is_none")]
    span: Option<(String, String, bool)>,
    #[serde(rename = "a", default, skip_serializing_if = "Option::is_none")]
    server: Option<(String, Option<u16>)>,
    #[serde(rename = "g", default, skip_serializing_if = "Option::is_none")]
    pub(crate) geography: Option<String>,
    #[serde(rename = "h", default, skip_serializing_if = "Option::is_none")]
    pub(crate) hardware: Option<String>,
    #[serde(rename = "n", default, skip_serializing_if = "Option::is_none")]
    count: Option<i64>,
    #[serde(rename = "z", default, skip_serializing_if = "Option::is_none")]
    size: Option<String>,
    #[serde(rename = "q", default, skip_serializing_if = "Option::is_none")]
    quality: Option<String>,
    #[serde(rename = "r", default, skip_serializing_if = "Option::is_none")]
    resolution: Option<String>,
    #[serde(rename = "d", default, skip_serializing_if = "Option::is_none")]
    duration: Option<String>,
    #[serde(rename = "e", default, skip_serializing_if = "Option::is_none")]
    tier: Option<String>,
    #[serde(rename = "c", default, skip_serializing_if = "Option::is_none")]
    characters: Option<u64>,
    #[serde(rename = "x", default, skip_serializing_if = "Option::is_none")]
    steps: Option<i64>,
}

/// What a call knows that becomes a token.
#[derive(Debug)]
pub(crate) struct Begun<'a> {
    pub(crate) provider: &'a Provider,
    pub(crate) id: &'a str,
    pub(crate) operation: &'a Operation,
    pub(crate) request: &'a RequestParameters,
    pub(crate) elapsed: Duration,
    pub(crate) who: &'a Attributed,
    pub(crate) span: Option<&'a SpanContext>,
    pub(crate) server: Option<(&'a str, Option<u16>)>,
    pub(crate) geography: Option<&'a str>,
    pub(crate) hardware: Option<&'a str>,
}

impl JobToken {
    /// Whose job it is.
    #[must_use]
    pub fn provider(&self) -> Provider {
        Provider::new(self.0.provider.clone())
    }

    /// The provider's id of the job.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.0.id
    }

    /// When it was begun.
    #[must_use]
    pub fn began(&self) -> SystemTime {
        UNIX_EPOCH + Duration::from_millis(self.0.began)
    }

    pub(crate) fn of(begun: &Begun<'_>) -> Self {
        let asked = begun.request;
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let began = now.saturating_sub(begun.elapsed).as_millis();
        let span = begun.span.map(|span| {
            (span.trace_id().to_string(), span.span_id().to_string(), span.is_sampled())
        });
        let owned = |text: Option<&str>| text.map(str::to_owned);
        Self(Box::new(Told {
            provider: begun.provider.as_str().to_owned(),
            id: begun.id.to_owned(),
            operation: begun.operation.as_str().to_owned(),
            model: asked.model.clone(),
            began: u64::try_from(began).unwrap_or_default(),
            who: begun.who.iter().map(|(name, who)| (name.to_string(), who.clone())).collect(),
            span,
            server: begun.server.map(|(address, port)| (address.to_owned(), port)),
            geography: owned(begun.geography),
            hardware: owned(begun.hardware),
            count: asked.choice_count,
            size: asked.size(),
            quality: asked.image_quality.clone(),
            resolution: asked.resolution.clone(),
            duration: asked.duration_seconds.map(|seconds| seconds.to_string()),
            tier: asked.service_tier.clone(),
            characters: asked.input_characters,
            steps: asked.steps,
        }))
    }

    pub(crate) fn told(&self) -> &Told {
        &self.0
    }
}

impl Told {
    pub(crate) fn operation(&self) -> Operation {
        Operation::new(self.operation.clone())
    }

    pub(crate) fn request(&self) -> RequestParameters {
        RequestParameters {
            model: self.model.clone(),
            choice_count: self.count,
            image_size: self.size.clone(),
            image_quality: self.quality.clone(),
            resolution: self.resolution.clone(),
            duration_seconds: self.duration.as_ref().and_then(|seconds| seconds.parse().ok()),
            service_tier: self.tier.clone(),
            input_characters: self.characters,
            steps: self.steps,
            ..RequestParameters::default()
        }
    }

    pub(crate) fn who(&self) -> impl Iterator<Item = (&str, &str)> {
        self.who.iter().map(|(name, who)| (name.as_str(), who.as_str()))
    }

    pub(crate) fn server(&self) -> Option<(String, Option<u16>)> {
        self.server.clone()
    }

    pub(crate) fn span(&self) -> Option<SpanContext> {
        let (trace, span, sampled) = self.span.as_ref()?;
        Some(SpanContext::remote(TraceId::parse(trace)?, SpanId::parse(span)?, *sampled))
    }

    /// How long ago it began; nothing, where this machine's clock is behind.
    pub(crate) fn ago(&self) -> Duration {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        now.saturating_sub(Duration::from_millis(self.began))
    }

    /// Whether every name is one, and none longer than what is taken from a provider.
    fn is_sound(&self) -> bool {
        let word = |word: &str| {
            (1..=64).contains(&word.len())
                && word.bytes().all(|byte| {
                    byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"._-".contains(&byte)
                })
        };
        let texts = [
            Some(&self.id),
            self.model.as_ref(),
            self.geography.as_ref(),
            self.hardware.as_ref(),
            self.size.as_ref(),
            self.quality.as_ref(),
            self.resolution.as_ref(),
            self.tier.as_ref(),
            self.server.as_ref().map(|(address, _)| address),
        ];
        let short = |text: &String| text.len() <= LONGEST_NAME;
        word(&self.provider)
            && word(&self.operation)
            && !self.id.is_empty()
            && texts.into_iter().flatten().all(short)
            && self.who.iter().all(|(name, who)| short(name) && short(who))
    }
}

/// Signs that stand in URLs and headers as they are.
impl fmt::Display for JobToken {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let told = serde_json::to_vec(&self.0).map_err(|_| fmt::Error)?;
        write!(formatter, "{VERSION}{}", encode_base64(&told))
    }
}

impl FromStr for JobToken {
    type Err = JobTokenError;

    fn from_str(text: &str) -> Result<Self, JobTokenError> {
        let told = text.strip_prefix(VERSION).filter(|_| text.len() <= LONGEST_TOKEN);
        let told = told.and_then(|told| decode_base64(told.as_bytes())).ok_or(JobTokenError)?;
        let told: Told = serde_json::from_slice(&told).map_err(|_| JobTokenError)?;
        if !told.is_sound() {
            return Err(JobTokenError);
        }
        Ok(Self(Box::new(told)))
    }
}

impl fmt::Display for JobTokenError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("this is not the token of a job")
    }
}

impl std::error::Error for JobTokenError {}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rust_decimal::Decimal;

    use super::*;

    fn token() -> JobToken {
        JobToken::of(&Begun {
            provider: &Provider::REPLICATE,
            id: "gm3q",
            operation: &Operation::UPSCALE,
            request: &RequestParameters {
                model: Some("acme/upscaler é".to_owned()),
                width: Some(1024),
                height: Some(768),
                duration_seconds: Some(Decimal::new(55, 1)),
                ..RequestParameters::default()
            },
            elapsed: Duration::from_secs(3_600),
            who: &vec![("tenant.id".into(), "acme".to_owned())],
            span: None,
            server: Some(("api.replicate.com", Some(443))),
            geography: None,
            hardware: Some("gpu-l40s"),
        })
    }

    #[test]
    fn a_token_is_read_as_it_was_written_and_stands_in_a_url() {
        let token = token();
        let text = token.to_string();
        assert!(text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte)));
        assert_eq!(text.parse(), Ok(token.clone()));
        assert_eq!((token.provider(), token.id()), (Provider::REPLICATE, "gm3q"));
        // An hour, but for a minute by which the wall clock may be set in between.
        let ago = SystemTime::now().duration_since(token.began()).unwrap();
        assert!((ago.as_secs_f64() - 3_600.0).abs() < 60.0, "{ago:?}");
        assert_eq!(token.told().request().size().as_deref(), Some("1024x768"));
    }

    #[test]
    fn what_no_call_would_have_made_is_refused() {
        let mut changed = token();
        changed.0.provider = "Replicate\nacme".to_owned();
        assert_eq!(changed.to_string().parse::<JobToken>(), Err(JobTokenError));
        let mut changed = token();
        changed.0.id = "x".repeat(LONGEST_NAME + 1);
        assert_eq!(changed.to_string().parse::<JobToken>(), Err(JobTokenError));
        let mut changed = token();
        changed.0.id = String::new();
        assert_eq!(changed.to_string().parse::<JobToken>(), Err(JobTokenError));
        for wrong in ["", "j1.", "j2.e30", "j1.e30", &format!("j1.{}", "A".repeat(LONGEST_TOKEN))] {
            assert_eq!(wrong.parse::<JobToken>(), Err(JobTokenError), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn no_text_is_too_strange(text in "(j1\\.)?[A-Za-z0-9_-]{0,200}") {
            prop_assert!(text.parse::<JobToken>().is_err());
        }
    }
}
