use std::sync::Arc;

use super::draft::{Draft, Recorded};
use crate::attribute::{ATTRIBUTE_FIELD, Attributes};
use crate::clock::Ticks;
use crate::context::{Frame, FrameArc, SpanContext, SpanId, TraceId};
use crate::pipeline::{Local, Origin, Ring, SamplingResult};
use crate::sampling::{Candidate, Decision, merge_state};

/// What a span starts beneath.
#[derive(Clone, Copy)]
pub(super) struct Above<'a> {
    pub(super) frame: Option<&'a Frame>,
    /// Whether it starts a trace of its own all the same.
    pub(super) root: bool,
}

/// Makes the frame of a span that starts now, unless it is said when, and notes in its draft what the record needs of the
/// start. Attributes that only `describe` tells are asked for where somebody sees them.
#[inline]
pub(super) fn begin(
    local: &Local,
    home: &Arc<Ring>,
    above: Above<'_>,
    started: Option<Ticks>,
    draft: &mut Draft,
    describe: impl FnOnce(&mut Draft),
) -> (FrameArc, Ticks) {
    let Above { frame: above, root } = above;
    let mut describe = Some(describe);
    let mut frame = local.take_frame();
    let own = &mut *frame;
    own.recycle();
    let parent = above.map(|frame| &frame.span).filter(|span| span.is_valid() && !root);
    // A root may be one of a trace that came without a span.
    let bare = || above.map(|frame| &frame.span).filter(|span| span.has_trace() && !root);
    let trace = parent.or_else(bare);
    let trace_id = trace.map_or_else(|| local.trace_id(), |span| span.trace_id);
    // An id that is given here is random; one that came is if whoever made it says so.
    let flags = trace.map_or(SpanContext::RANDOM, |span| span.flags & SpanContext::RANDOM);
    own.clock = None;
    draft.recorded = Recorded { parent: SpanId::INVALID, parent_is_remote: false };
    if let Some(parent) = parent {
        own.span.debug = parent.debug;
        draft.recorded = Recorded { parent: parent.span_id, parent_is_remote: parent.remote };
        if parent.trace_state.is_some() {
            own.span.trace_state.clone_from(&parent.trace_state);
        }
        if !parent.remote {
            own.clock = above.and_then(|frame| frame.clock);
        }
    }
    own.forced = above.is_some_and(|frame| frame.forces_sampling(home));
    let detail = &home.shared.detail;
    let known = home.shared.sampler.knows(parent, trace_id);
    let known = known.filter(|_| !detail.is_lowered());
    if known.is_none() && home.shared.sampler.reads_attributes() {
        describe.take().into_iter().for_each(|describe| describe(draft));
    }
    let sampled = own.forced || known.unwrap_or_else(|| ask(home, parent, trace_id, own, draft));
    own.span.trace_id = trace_id;
    own.span.span_id = local.span_id();
    own.span.flags = flags | if sampled { SpanContext::SAMPLED } else { 0 };
    own.recording =
        sampled || home.shared.options.interest.wants_span(&draft.identity.name, detail);
    local.note_recording(own.recording);
    if own.recording
        || home.shared.options.mirrors
        || home.shared.options.interest.handlers.want_start(&draft.identity.name)
    {
        describe.take().into_iter().for_each(|describe| describe(draft));
    }
    if home.shared.options.count_starts {
        let result = SamplingResult::of(sampled, own.recording);
        local.count_started(home, origin(parent), result);
    }
    if let Some(baggage) = above.map(|frame| &frame.baggage).filter(|it| !it.is_empty()) {
        own.baggage = baggage.clone();
        own.baggage_attributes(home, draft.attributes_mut());
    }
    // A frame that was used before mostly has the right ring still.
    if !own.home.as_ref().is_some_and(|ring| Arc::ptr_eq(ring, home)) {
        own.home = Some(Arc::clone(home));
    }
    let started = home.shared.options.ticks.or_now(started);
    if own.clock.is_none() {
        own.clock = Some(home.shared.options.ticks.local_clock(started));
    }
    (frame.shareable(), started)
}

#[inline]
fn origin(parent: Option<&SpanContext>) -> Origin {
    match parent {
        None => Origin::None,
        Some(parent) if parent.remote => Origin::Remote,
        Some(_) => Origin::Local,
    }
}

/// Asks a sampler that has to think.
#[inline(never)]
fn ask(
    home: &Ring,
    parent: Option<&SpanContext>,
    trace_id: TraceId,
    own: &mut Frame,
    draft: &mut Draft,
) -> bool {
    if home.shared.sampler.reads_attributes() {
        draft.attributes_mut();
    }
    let decision = home.shared.sampler.decide(&Candidate {
        parent,
        trace_id,
        scope: draft.identity.scope.name(),
        name: &draft.identity.name,
        kind: draft.identity.kind,
        attributes: Attributes::new(draft.attributes.bytes(), ATTRIBUTE_FIELD),
    });
    let decision = home.shared.detail.lower(decision, parent, trace_id);
    if let Decision::KeepAt(threshold) = &decision {
        let state = own.span.trace_state.as_deref();
        own.span.trace_state = Some(merge_state(state, threshold));
    }
    decision.keeps()
}
