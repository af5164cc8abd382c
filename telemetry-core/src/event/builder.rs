use std::borrow::Cow;

use super::Severity;
use super::record::{ATTRIBUTES, Parts, attribute_buffer, encode, record_len};
use crate::attribute::{Attributes, Key, Value};
use crate::context::{Context, FrameArc, SpanContext};
use crate::pipeline::{Fate, Ring, Signal, with_local};
use crate::sampling::{Candidate, Decision, Sampler, adjusted_count};
use crate::scope::Scope;
use crate::semconv;
use crate::span::{AttributeBuffer, SpanKind};

/// A named event or a log record about to be emitted. It belongs to the span of its context.
///
/// ```
/// use telemetry_core::{Event, Scope, Severity};
///
/// static SCOPE: Scope = Scope::new("my-cache", "1.0.0");
///
/// Event::new(&SCOPE, "my_cache.evicted")
///     .severity(Severity::Warn)
///     .attribute("entries", 120)
///     .emit();
/// ```
#[derive(Debug)]
#[must_use = "an event is made by `emit`"]
pub struct Event<'a> {
    scope: &'static Scope,
    name: &'a str,
    severity: Severity,
    body: Cow<'a, str>,
    context: Option<&'a Context>,
    attributes: AttributeBuffer,
}

impl<'a> Event<'a> {
    /// An event of this name. Names tell kinds apart: few different ones, such as
    /// `forge.stage.retry`. An empty name makes a plain log record.
    pub fn new(scope: &'static Scope, name: &'a str) -> Self {
        let bytes = with_local(|local| local.take_buffer()).unwrap_or_default();
        Self {
            scope,
            name,
            severity: Severity::Info,
            body: Cow::Borrowed(""),
            context: None,
            attributes: attribute_buffer(bytes),
        }
    }

    /// How bad it is; info by default.
    pub fn severity(mut self, severity: Severity) -> Self {
        self.severity = severity;
        self
    }

    /// A text for people.
    pub fn body(mut self, body: impl Into<Cow<'a, str>>) -> Self {
        self.body = body.into();
        self
    }

    /// Sets an attribute.
    pub fn attribute<'v>(mut self, key: &str, value: impl Into<Value<'v>>) -> Self {
        self.attributes.set(key, value.into());
        self
    }

    /// Sets several attributes, each key's to the value at the same place; what has no partner is left
    /// out.
    pub fn attributes(mut self, keys: &[Key], values: &[Value<'_>]) -> Self {
        self.attributes.set_all(keys, values);
        self
    }

    /// Sets an attribute in place, for bridges.
    #[cfg(any(feature = "log", feature = "tracing"))]
    #[inline]
    pub(crate) fn set(&mut self, key: &str, value: Value<'_>) {
        self.attributes.set(key, value);
    }

    /// Gives it a name in place, for bridges that learn late what it is; one that has a name keeps it.
    #[cfg(feature = "tracing")]
    pub(crate) fn name_if_nameless(&mut self, name: &'a str) {
        if self.name.is_empty() {
            self.name = name;
        }
    }

    /// Changes the scope, for bridges that learn it late.
    #[cfg(feature = "tracing")]
    pub(crate) fn set_scope(&mut self, scope: &'static Scope) {
        self.scope = scope;
    }

    /// The context it belongs to; the current one by default.
    pub fn context(mut self, context: &'a Context) -> Self {
        self.context = Some(context);
        self
    }

    /// Emits it. Without a pipeline nothing happens. Whether its span is sampled doesn't matter, unless an
    /// [event sampler](crate::PipelineBuilder::event_sampler) says so.
    pub fn emit(self) {
        match self.context {
            Some(context) => self.emit_in(context.0.as_ref()),
            None => Context::with_current(|frame| self.emit_in(frame)),
        }
    }

    fn emit_in(mut self, frame: Option<&FrameArc>) {
        let global;
        let home = match frame.and_then(|frame| frame.home.as_ref()) {
            Some(home) => home,
            None => {
                global = with_local(|local| local.global_ring()).flatten();
                match &global {
                    Some(global) => global,
                    None => return,
                }
            }
        };
        if let Some(frame) = frame {
            frame.baggage_attributes(home, &mut self.attributes);
            frame.request_id(&mut self.attributes);
        }
        self.attributes.limit(home.shared.options.limits.logs);
        let span = frame.map(|frame| &frame.span).filter(|span| span.is_valid());
        let sampled = match &home.shared.options.event_sampler {
            Some(sampler) => self.sample(sampler, span),
            None => true,
        };
        let sampled = sampled && home.shared.detail.takes(self.severity);
        if !sampled && !home.shared.options.interest.wants_event(self.name) {
            return self.count_sampled_out(home);
        }
        let fate = Fate { signal: Signal::Logs, sampled };
        // By the clock of its span, so that it can't lie outside.
        let clock = frame.and_then(|frame| frame.clock);
        let ticks = &home.shared.options.ticks;
        let parts = Parts {
            unix_nanos: ticks.unix_nanos(clock),
            severity: self.severity,
            body: &self.body,
            name: self.name,
            span,
        };
        let (scope, attributes) = (self.scope, &self.attributes);
        let write = |out: &mut Vec<u8>| encode(out, fate, scope, &parts, attributes);
        push(home, fate, record_len(&parts, attributes), write);
        with_local(|local| local.keep_buffer(self.attributes.into_memory()));
    }

    /// Whether the sampler keeps the event; what it keeps of a share says how many it stands for.
    #[cold]
    fn sample(&mut self, sampler: &Sampler, span: Option<&SpanContext>) -> bool {
        let drawn = || with_local(|local| local.trace_id());
        let Some(trace_id) = span.map(|span| span.trace_id).or_else(drawn) else {
            return true;
        };
        let decision = sampler.decide(&Candidate {
            parent: span,
            trace_id,
            scope: self.scope.name(),
            name: self.name,
            kind: SpanKind::Internal,
            attributes: Attributes::new(self.attributes.bytes(), ATTRIBUTES),
        });
        if let Decision::KeepAt(threshold) = &decision {
            let count = adjusted_count(threshold);
            self.attributes.set(semconv::telemetry::ADJUSTED_COUNT, Value::F64(count));
        }
        decision.keeps()
    }

    #[cold]
    fn count_sampled_out(self, home: &Ring) {
        let counted = with_local(|local| local.count_sampled_out(home, Signal::Logs));
        if counted.is_none() {
            home.shared.with_overflow(|ring| ring.count_sampled_out(Signal::Logs));
        }
        with_local(|local| local.keep_buffer(self.attributes.into_memory()));
    }
}

fn push(home: &Ring, fate: Fate, length: usize, write: impl FnOnce(&mut Vec<u8>)) {
    let mut write = Some(write);
    let pushed = with_local(|local| {
        if let Some(write) = write.take() {
            local.push(home, fate, length, write);
        }
    });
    if pushed.is_none() {
        home.shared.with_overflow(|ring| {
            if let Some(write) = write.take() {
                ring.push(fate, length, write);
            }
        });
    }
}
