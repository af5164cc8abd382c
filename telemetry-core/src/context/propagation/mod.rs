//! Context in and out of headers, in the formats that the pipeline's [`Propagators`] name: W3C's
//! [Trace Context](https://www.w3.org/TR/trace-context-2/) and
//! [Baggage](https://www.w3.org/TR/baggage/) by default,
//! [B3](https://github.com/openzipkin/b3-propagation),
//! [Jaeger](https://www.jaegertracing.io/docs/1.21/client-libraries/#propagation-format) and a header
//! with nothing but a trace id on request.

mod b3;
mod baggage;
mod hex;
mod jaeger;
mod percent;
mod propagators;
mod trace_id_header;
mod trace_parent;
mod trace_state;

pub use propagators::{Propagator, Propagators, UnknownPropagator};

pub(super) use baggage::properties_of;
pub(super) use hex::put as put_hex;
pub(super) use percent::encoded_len;

use super::{Baggage, Context, SpanContext, TraceId};
use crate::pipeline::Pipeline;

/// Headers that can be read.
///
/// ```
/// use std::collections::BTreeMap;
/// use telemetry_core::propagation::{self, HeaderGet};
///
/// struct Message {
///     headers: BTreeMap<String, String>,
/// }
///
/// impl HeaderGet for Message {
///     fn header(&self, name: &str) -> Option<&str> {
///         self.headers.get(name).map(String::as_str)
///     }
/// }
///
/// # let message = Message { headers: BTreeMap::new() };
/// let context = propagation::extract(&message);
/// context.in_scope(|| { /* … */ });
/// ```
pub trait HeaderGet {
    /// The value of the header of this lower-case name. Of a header that occurs several times the
    /// values are given joined by commas.
    fn header(&self, name: &str) -> Option<&str>;

    /// Shows all headers, names in lower case; only Jaeger's baggage, whose names nobody knows
    /// beforehand, needs it. By default it shows none.
    fn for_each_header(&self, show: &mut dyn FnMut(&str, &str)) {
        let _ = show;
    }
}

/// Headers that can be written.
///
/// ```
/// use std::collections::BTreeMap;
/// use telemetry_core::propagation::{self, HeaderSet};
/// use telemetry_core::Context;
///
/// #[derive(Default)]
/// struct Message {
///     headers: BTreeMap<String, String>,
/// }
///
/// impl HeaderSet for Message {
///     fn set_header(&mut self, name: &str, value: &str) {
///         self.headers.insert(name.to_owned(), value.to_owned());
///     }
/// }
///
/// let mut message = Message::default();
/// propagation::inject(&Context::current(), &mut message);
/// ```
pub trait HeaderSet {
    /// Sets the header of this lower-case name, replacing what was there.
    fn set_header(&mut self, name: &str, value: &str);
}

/// The context that `headers` carry, on top of the current one's pipeline: a remote parent and its
/// baggage. Malformed headers count as absent.
///
/// ```
/// use telemetry_core::propagation::{self, HeaderGet};
///
/// struct Headers;
/// impl HeaderGet for Headers {
///     fn header(&self, name: &str) -> Option<&str> {
///         (name == "traceparent").then_some("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
///     }
/// }
/// let context = propagation::extract(&Headers);
/// assert_eq!(context.span_context().unwrap().span_id().to_string(), "00f067aa0ba902b7");
/// ```
pub fn extract(headers: &impl HeaderGet) -> Context {
    let pipeline = Pipeline::current();
    let propagators = pipeline.as_ref().map_or(Propagators::w3c(), Pipeline::propagators);
    let mut found = Extracted { pipeline: pipeline.as_ref(), ..Extracted::default() };
    propagators.extract(headers, &mut found);
    let baggage = found.take_baggage();
    let Extracted { span, trace_id, .. } = found;
    let bare = |trace_id| SpanContext { trace_id, remote: true, ..SpanContext::INVALID };
    Context::extracted(span.or_else(|| trace_id.map(bare)), baggage)
}

/// Writes `context` to `headers`; nothing for a context without a span or baggage.
///
/// ```
/// use telemetry_core::{Context, propagation};
///
/// # struct Headers;
/// # impl propagation::HeaderSet for Headers { fn set_header(&mut self, _: &str, _: &str) {} }
/// # let mut headers = Headers;
/// propagation::inject(&Context::current(), &mut headers);
/// ```
pub fn inject(context: &Context, headers: &mut impl HeaderSet) {
    inject_with(context, context.baggage(), headers);
}

/// Like [`inject`], without the baggage: for those outside, whom tenants' and users' names don't
/// concern.
///
/// ```
/// use telemetry_core::{Context, propagation};
///
/// # struct Headers;
/// # impl propagation::HeaderSet for Headers { fn set_header(&mut self, _: &str, _: &str) {} }
/// # let mut headers = Headers;
/// propagation::inject_trace(&Context::current(), &mut headers);
/// ```
pub fn inject_trace(context: &Context, headers: &mut impl HeaderSet) {
    inject_with(context, &Baggage::EMPTY, headers);
}

/// What the headers had.
#[derive(Default)]
struct Extracted<'a> {
    pipeline: Option<&'a Pipeline>,
    span: Option<SpanContext>,
    /// From a header that has no more than that.
    trace_id: Option<TraceId>,
    baggage: Baggage,
    /// Keys and values of Jaeger's baggage. In names of headers the keys have lost their case, so it
    /// fills up what the others lack.
    without_case: Vec<(String, String)>,
}

impl Extracted<'_> {
    fn take_baggage(&mut self) -> Baggage {
        let baggage = std::mem::take(&mut self.baggage);
        if self.without_case.is_empty() {
            return baggage;
        }
        let is_new = |key: &str| !baggage.iter().any(|(known, _)| known.eq_ignore_ascii_case(key));
        let more = self.without_case.iter().filter(|(key, _)| is_new(key));
        baggage.merged(more.map(|(key, value)| (key.as_str(), value.as_str(), "")))
    }

    /// Takes a parent from a format that has no `tracestate`. If an earlier one has named the same span,
    /// what that knows besides is kept.
    fn set_parent(&mut self, mut parent: SpanContext) {
        let ids = |span: &SpanContext| (span.trace_id, span.span_id);
        let earlier = self.span.take().filter(|earlier| ids(earlier) == ids(&parent));
        if let Some(earlier) = earlier {
            parent.trace_state = earlier.trace_state;
            parent.flags |= earlier.flags & SpanContext::RANDOM;
        }
        self.span = Some(parent);
    }

    /// The flags of a trace whose caller leaves the decision to us: as for a root here.
    fn decide(&self, trace_id: TraceId) -> u8 {
        let sampled = self.pipeline.is_none_or(|pipeline| pipeline.samples_root(trace_id));
        if sampled { SpanContext::SAMPLED } else { 0 }
    }
}

fn inject_with(context: &Context, baggage: &Baggage, headers: &mut impl HeaderSet) {
    let frame = context.0.as_deref();
    if let Some(home) = frame.and_then(|frame| frame.home.as_ref()) {
        return home.shared.options.propagators.inject(context, baggage, headers);
    }
    let pipeline = Pipeline::current();
    let propagators = pipeline.as_ref().map_or(Propagators::w3c(), Pipeline::propagators);
    propagators.inject(context, baggage, headers);
}

#[cfg(test)]
mod tests;
