use std::borrow::Cow;
use std::error::Error;
use std::fmt;
use std::str::FromStr;

use super::{Extracted, HeaderGet, HeaderSet, b3, baggage, jaeger, trace_id_header, trace_parent};
use crate::context::{Baggage, Context};

/// A format in which context travels, under the name that
/// [`OTEL_PROPAGATORS`](https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/#general-sdk-configuration)
/// has for it.
///
/// ```
/// use telemetry_core::propagation::Propagator;
///
/// assert_eq!("b3multi".parse(), Ok(Propagator::B3Multi));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Propagator {
    /// `tracecontext`: W3C's `traceparent` and `tracestate`.
    TraceContext,
    /// `baggage`: W3C's `baggage`.
    Baggage,
    /// `b3`: writes one header; reads either form.
    B3,
    /// `b3multi`: writes `x-b3-traceid` and its kin; reads either form.
    B3Multi,
    /// `jaeger`: `uber-trace-id` and baggage in `uberctx-…`.
    Jaeger,
    /// A header of this name that has only the trace id; made by [`Propagator::trace_id_header`].
    TraceIdHeader(Cow<'static, str>),
}

impl Propagator {
    /// A header that has a trace id and nothing else, such as `x-trace-id`.
    ///
    /// Read, 32 hexadecimal digits or a UUID are the trace id, 16 digits its lower half, and any other
    /// text of up to 256 visible characters is hashed to one, everywhere the same. What starts here is
    /// a root of that trace, as nobody knows which span called, and it is sampled as a root is. A
    /// parent from any other propagator comes first. Written, it is always 32 digits.
    pub fn trace_id_header(name: impl Into<Cow<'static, str>>) -> Self {
        let name = name.into();
        let lower = !name.bytes().any(|byte| byte.is_ascii_uppercase());
        Self::TraceIdHeader(if lower { name } else { name.to_ascii_lowercase().into() })
    }

    /// Whether a header of this lower-case name is one that the propagator reads.
    fn reads(&self, name: &str) -> bool {
        match self {
            Self::TraceContext => name == "traceparent",
            Self::Baggage => name == "baggage",
            Self::B3 | Self::B3Multi => name == "b3" || name == "x-b3-traceid",
            Self::Jaeger => name == "uber-trace-id" || name.starts_with("uberctx-"),
            Self::TraceIdHeader(own) => name == own,
        }
    }
}

impl FromStr for Propagator {
    type Err = UnknownPropagator;

    /// By the name in `OTEL_PROPAGATORS`.
    fn from_str(name: &str) -> Result<Self, UnknownPropagator> {
        match name {
            "tracecontext" => Ok(Self::TraceContext),
            "baggage" => Ok(Self::Baggage),
            "b3" => Ok(Self::B3),
            "b3multi" => Ok(Self::B3Multi),
            "jaeger" => Ok(Self::Jaeger),
            _ => Err(UnknownPropagator),
        }
    }
}

/// There is no propagator of that name.
///
/// ```
/// use telemetry_core::propagation::{Propagator, UnknownPropagator};
///
/// assert_eq!("b4".parse::<Propagator>(), Err(UnknownPropagator));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownPropagator;

impl fmt::Display for UnknownPropagator {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("use tracecontext, baggage, b3, b3multi or jaeger")
    }
}

impl Error for UnknownPropagator {}

/// The formats in which a pipeline's context travels; W3C's Trace Context and Baggage by default.
///
/// All of them are written. All are read in their order: a later one that finds a parent replaces what
/// an earlier one found. Baggage is what W3C's header has, and what only Jaeger's headers have.
///
/// ```
/// use telemetry_core::propagation::{Propagator, Propagators};
/// use telemetry_core::Pipeline;
///
/// let both = Propagators::new([Propagator::B3, Propagator::TraceContext, Propagator::Baggage]);
/// let pipeline = Pipeline::builder().propagators(both).build()?;
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Propagators(Cow<'static, [Propagator]>);

impl Propagators {
    /// These, each once.
    pub fn new(propagators: impl IntoIterator<Item = Propagator>) -> Self {
        let mut all = Vec::new();
        for propagator in propagators {
            if !all.contains(&propagator) {
                all.push(propagator);
            }
        }
        Self(Cow::Owned(all))
    }

    /// None: nothing is read or written.
    pub const fn none() -> Self {
        Self(Cow::Borrowed(&[]))
    }

    /// These and one more.
    #[must_use]
    pub fn and(self, propagator: Propagator) -> Self {
        Self::new(self.0.into_owned().into_iter().chain([propagator]))
    }

    /// The propagators in their order.
    pub fn iter(&self) -> impl Iterator<Item = &Propagator> {
        self.0.iter()
    }

    /// Whether a header of this lower-case name may carry context: for those who look through all
    /// headers once.
    pub fn read(&self, name: &str) -> bool {
        self.0.iter().any(|propagator| propagator.reads(name))
    }

    pub(super) fn w3c() -> &'static Self {
        static W3C: Propagators =
            Propagators(Cow::Borrowed(&[Propagator::TraceContext, Propagator::Baggage]));
        &W3C
    }

    pub(super) fn extract(&self, headers: &impl HeaderGet, found: &mut Extracted<'_>) {
        for propagator in self.0.iter() {
            match propagator {
                Propagator::TraceContext => trace_parent::extract(headers, found),
                Propagator::Baggage => baggage::extract(headers, found),
                Propagator::B3 | Propagator::B3Multi => b3::extract(headers, found),
                Propagator::Jaeger => jaeger::extract(headers, found),
                Propagator::TraceIdHeader(name) => trace_id_header::extract(name, headers, found),
            }
        }
    }

    pub(super) fn inject(
        &self,
        context: &Context,
        baggage: &Baggage,
        headers: &mut impl HeaderSet,
    ) {
        let span = context.span_context();
        for propagator in self.0.iter() {
            match (propagator, span) {
                (Propagator::TraceContext, Some(span)) => trace_parent::inject(span, headers),
                (Propagator::Baggage, _) if !baggage.is_empty() => {
                    baggage::inject(baggage, headers);
                }
                (Propagator::B3, Some(span)) => b3::inject_single(span, headers),
                (Propagator::B3Multi, Some(span)) => b3::inject_multiple(span, headers),
                (Propagator::Jaeger, span) => {
                    if let Some(span) = span {
                        jaeger::inject_span(span, headers);
                    }
                    jaeger::inject_baggage(baggage, headers);
                }
                (Propagator::TraceIdHeader(name), _) => {
                    if let Some(trace_id) = context.trace_id() {
                        trace_id_header::inject(name, trace_id, headers);
                    }
                }
                _ => {}
            }
        }
    }
}

impl Default for Propagators {
    fn default() -> Self {
        Self::w3c().clone()
    }
}

impl fmt::Display for Propagators {
    /// The names as `OTEL_PROPAGATORS` has them.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return out.write_str("none");
        }
        for (index, propagator) in self.0.iter().enumerate() {
            let name = match propagator {
                Propagator::TraceContext => "tracecontext",
                Propagator::Baggage => "baggage",
                Propagator::B3 => "b3",
                Propagator::B3Multi => "b3multi",
                Propagator::Jaeger => "jaeger",
                Propagator::TraceIdHeader(name) => name,
            };
            write!(out, "{}{name}", if index == 0 { "" } else { "," })?;
        }
        Ok(())
    }
}
