//! The metrics of a call.

use rust_decimal::prelude::ToPrimitive;
use telemetry_core::{
    Context, Counter, Value,
    semconv::{error, gen_ai, telemetry},
};

use super::{Observed, labels::Labels, record::Outcome};
use crate::{
    AiCost, Modalities, UnpricedReason, Usage, attribution::Admitted, instruments::AiInstruments,
    names, provider::Headroom,
};

impl Observed {
    /// Ends the span, and enters the same duration and the usage into the metrics, whether or not
    /// the span was sampled.
    pub(super) fn measure(self, outcome: &Outcome, cost: &AiCost, admitted: Admitted) {
        // What is entered in a histogram may have the span as its exemplar.
        let context = &self.span.context().clone();
        let duration = self.span.end().as_secs_f64();
        let instruments = &*self.instruments;
        let conventions = self.settings.conventions();
        let labels = Labels::new(&self.operation, &self.provider)
            .models(
                admitted.model(self.request.model.as_deref(), admitted.request_model),
                admitted.model(self.reply.model.as_deref(), admitted.response_model),
            )
            .server(self.server.as_ref());

        let (error_type, other) = (outcome.error_type(), outcome.other());
        let ended =
            labels.with([(error::TYPE, error_type.into()), (telemetry::OUTCOME, other.into())]);
        if conventions.latest() && self.operation.is_inference() {
            instruments.duration.record_in(duration, &ended, context);
        }
        if conventions.older() || !self.operation.is_inference() {
            instruments.operation_duration.record_in(duration, &ended, context);
        }
        if let Some(first_chunk) = self.first_chunk.filter(|_| self.request.stream) {
            let seconds = first_chunk.as_secs_f64();
            if conventions.latest() {
                instruments.time_to_first_chunk.record_in(seconds, &labels.with([]), context);
            }
            if conventions.older() {
                let older = &instruments.operation_time_to_first_chunk;
                older.record_in(seconds, &labels.with([]), context);
            }
        }
        if conventions.latest() {
            count_tokens(instruments, &labels, cost.usage());
        }
        if conventions.older() {
            record_tokens(instruments, &labels, cost.usage(), context);
        }
        count_units(instruments, &labels, cost.usage());
        let seconds = |time: Option<rust_decimal::Decimal>| time.and_then(|time| time.to_f64());
        if let Some(queued) = seconds(self.reply.job.queued()) {
            instruments.job_queue_duration.record_in(queued, &labels.models_only(&[], []), context);
        }
        if let Some(ran) = seconds(self.reply.job.ran()) {
            instruments.job_run_duration.record_in(ran, &labels.models_only(&[], []), context);
        }

        let attributed = admitted.labels(&self.attributed);
        let who: Vec<_> = attributed.map(|(name, value)| (name, Value::from(value))).collect();
        if let Some(dollars) = cost.amount().and_then(|amount| amount.to_f64()) {
            instruments.cost.add(dollars, &labels.models_only(&who, []));
            let retried = (self.attempts > 1).then_some("retried");
            let trouble = error_type.map(|_| "failed").or(other);
            for trouble in [trouble, retried].into_iter().flatten() {
                let trouble = [(names::TROUBLE, trouble.into())];
                instruments.cost_of_trouble.add(dollars, &labels.models_only(&who, trouble));
            }
        }
        if let Some(saved) = cost.cache_savings().and_then(|saved| saved.to_f64()) {
            instruments.cache_savings.add(saved, &labels.models_only(&who, []));
        }
        if admitted.missed_cache {
            instruments.cache_missed.add(1, &labels.models_only(&who, []));
        }
        // A refused request was not priced because there was nothing to price.
        let refused = cost.unpriced_reason() == Some(UnpricedReason::Failed);
        let status = (!refused).then(|| cost.status().as_str());
        let counted = [
            (names::COST_STATUS, status.into()),
            (error::TYPE, error_type.into()),
            (telemetry::OUTCOME, other.into()),
        ];
        instruments.requests.add(1, &labels.models_only(&who, counted));
        if let Some(reason) = cost.unpriced_reason().filter(|_| !refused) {
            instruments.unpriced.add(
                1,
                &labels.models_only(&[], [(names::UNPRICED_REASON, reason.as_str().into())]),
            );
        }
    }

    /// Enters the time between two chunks, and nothing for those that came along with the second.
    ///
    /// The series is bound once: a chunk costs one entry in a histogram. The model that answered is
    /// no label here, since it may not be known to be one of few yet.
    pub(super) fn measure_chunks(&mut self, seconds: f64, count: u64) {
        let (instruments, conventions) = (&self.instruments, self.settings.conventions());
        let bound = self.chunk_times.get_or_insert_with(|| {
            let model = self.request.model.as_deref();
            let admitted = instruments.accounts.admits_model(model);
            let labels = Labels::new(&self.operation, &self.provider)
                .models(model.map(|model| if admitted { model } else { "_other" }), None)
                .server(self.server.as_ref());
            let histogram = if conventions.latest() {
                &instruments.time_per_output_chunk
            } else {
                &instruments.operation_time_per_output_chunk
            };
            histogram.bind(&labels.with([]))
        });
        let context = self.span.context();
        bound.record_in(seconds, context);
        // Whatever a server packs into one write arrived at the same instant.
        for _ in 1..count.min(MOST_AT_ONCE) {
            bound.record_in(0.0, context);
        }
    }

    /// Shows how much of the provider's limits is left.
    pub(super) fn measure_headroom(&self, headroom: &[Headroom]) {
        let labels = Labels::new(&self.operation, &self.provider);
        for limit in headroom {
            let kind = [(names::RATE_LIMIT_KIND, Value::from(limit.kind))];
            let labels = labels.provider_only(kind);
            self.instruments.rate_limit_remaining.set(limit.remaining, &labels);
            if let Some(most) = limit.limit {
                self.instruments.rate_limit.set(most, &labels);
            }
        }
    }
}

/// A body that is read as a whole after the fact would else be entered chunk by chunk.
const MOST_AT_ONCE: u64 = 256;

fn count_tokens(instruments: &AiInstruments, labels: &Labels<'_>, usage: &Usage) {
    let count = |counter: &Counter, total: u64, parts: &Modalities| {
        for (modality, tokens) in parts.split(total) {
            counter.add(tokens, &labels.with([(gen_ai::TOKEN_MODALITY, modality.into())]));
        }
    };
    // The conventions want a zero of unknown modality where no usage came.
    count(&instruments.input_tokens, usage.input_tokens.unwrap_or(0), &usage.input);
    count(&instruments.output_tokens, usage.output_tokens.unwrap_or(0), &usage.output);
    if let Some(cached) = usage.cache_read_input_tokens {
        count(&instruments.cache_read_input_tokens, cached, &usage.cache_read);
    }
    if let Some(written) = usage.cache_write_input_tokens {
        count(&instruments.cache_write_input_tokens, written, &Modalities::default());
    }
    if let Some(reasoning) = usage.reasoning_output_tokens {
        let parts = Modalities { text: Some(reasoning), ..Modalities::default() };
        count(&instruments.reasoning_output_tokens, reasoning, &parts);
    }
}

/// The older histogram, of input and output alone.
fn record_tokens(
    instruments: &AiInstruments,
    labels: &Labels<'_>,
    usage: &Usage,
    context: &Context,
) {
    for (kind, tokens) in [("input", usage.input_tokens), ("output", usage.output_tokens)] {
        #[expect(clippy::cast_precision_loss, reason = "token counts are far below 2^53")]
        if let Some(tokens) = tokens.map(|tokens| tokens as f64) {
            let labels = labels.with([(names::TOKEN_TYPE, kind.into())]);
            instruments.token_usage.record_in(tokens, &labels, context);
        }
    }
}

/// What is billed by other units than tokens.
fn count_units(instruments: &AiInstruments, labels: &Labels<'_>, usage: &Usage) {
    for (unit, amount) in usage.unit_amounts() {
        if let Some(amount) = amount.to_f64().filter(|amount| *amount > 0.0) {
            let labels = labels.models_only(&[], [(names::UNIT, unit.into())]);
            instruments.units.add(amount, &labels);
        }
    }
}
