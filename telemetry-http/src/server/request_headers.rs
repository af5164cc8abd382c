use http::header::{HeaderMap, HeaderValue};
use telemetry_core::Context;
use telemetry_core::propagation::{self, HeaderGet};

use super::context_headers::ContextHeaders;
use crate::HeaderMapReader;

/// The headers that matter here, found in one pass: looking each up would hash its name. Of a header
/// that occurs twice the first counts.
#[derive(Debug)]
pub(super) struct RequestHeaders<'a> {
    all: &'a HeaderMap,
    pub(super) host: Option<&'a HeaderValue>,
    pub(super) user_agent: Option<&'a HeaderValue>,
    pub(super) request_id: Option<&'a HeaderValue>,
    pub(super) correlation_id: Option<&'a HeaderValue>,
    pub(super) content_length: Option<&'a HeaderValue>,
    pub(super) transfer_encoding: Option<&'a HeaderValue>,
    pub(super) upgrade: Option<&'a HeaderValue>,
    context: W3cHeaders<'a>,
}

/// The headers of W3C's formats.
#[derive(Debug, Default)]
struct W3cHeaders<'a> {
    parent: Option<&'a HeaderValue>,
    state: Option<&'a HeaderValue>,
    baggage: Option<&'a HeaderValue>,
    /// Whether one of them occurs more than once, for which [`HeaderMapReader`] has rules.
    is_repeated: bool,
}

impl<'a> RequestHeaders<'a> {
    #[inline]
    pub(super) fn of(all: &'a HeaderMap) -> Self {
        let mut found = Self {
            all,
            host: None,
            user_agent: None,
            request_id: None,
            correlation_id: None,
            content_length: None,
            transfer_encoding: None,
            upgrade: None,
            context: W3cHeaders::default(),
        };
        for (name, value) in all {
            let (name, context) = (name.as_str(), &mut found.context);
            // By length first: most headers are none of these.
            let place = match name.len() {
                4 if name == "host" => &mut found.host,
                7 if name == "upgrade" => &mut found.upgrade,
                7 if name == "baggage" => context.again(|context| &mut context.baggage),
                10 if name == "user-agent" => &mut found.user_agent,
                10 if name == "tracestate" => context.again(|context| &mut context.state),
                11 if name == "traceparent" => context.again(|context| &mut context.parent),
                12 if name == "x-request-id" => &mut found.request_id,
                14 if name == "content-length" => &mut found.content_length,
                17 if name == "transfer-encoding" => &mut found.transfer_encoding,
                16 if name == "x-correlation-id" => &mut found.correlation_id,
                _ => continue,
            };
            place.get_or_insert(value);
        }
        found
    }

    /// Whether there may be a trace context or baggage.
    #[inline]
    pub(super) fn have_context(&self, read: &ContextHeaders) -> bool {
        match read {
            ContextHeaders::W3c => self.context.parent.is_some() || self.context.baggage.is_some(),
            ContextHeaders::Others(propagators) => {
                self.all.keys().any(|name| propagators.read(name.as_str()))
            }
        }
    }

    /// The trace context and the baggage that came.
    pub(super) fn context(&self, read: &ContextHeaders) -> Context {
        match read {
            ContextHeaders::W3c if !self.context.is_repeated => propagation::extract(&self.context),
            _ => propagation::extract(&HeaderMapReader::new(self.all)),
        }
    }
}

impl<'a> W3cHeaders<'a> {
    /// Notes whether there was such a header before.
    fn again(
        &mut self,
        place: fn(&mut Self) -> &mut Option<&'a HeaderValue>,
    ) -> &mut Option<&'a HeaderValue> {
        self.is_repeated |= place(self).is_some();
        place(self)
    }
}

impl HeaderGet for W3cHeaders<'_> {
    fn header(&self, name: &str) -> Option<&str> {
        let value = match name {
            "traceparent" => self.parent,
            "tracestate" => self.state,
            "baggage" => self.baggage,
            _ => None,
        };
        value?.to_str().ok()
    }
}
