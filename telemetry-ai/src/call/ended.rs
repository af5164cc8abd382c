//! The metrics of a call that has ended.

use std::{sync::OnceLock, time::Duration};

use rust_decimal::{Decimal, prelude::ToPrimitive};
use telemetry_core::{
    BoundCounter, BoundHistogram, Context, Counter, Histogram, Value,
    semconv::{error, gen_ai, telemetry},
};

use super::{
    about::About,
    handles::{Handles, Tokens},
    labels::{Label, Labels},
    record::Outcome,
};
use crate::{
    AiCost, Conventions, Modalities, UnpricedReason,
    attribution::{Attributed, Settled},
    instruments::AiInstruments,
    names,
    stream::Job,
};

/// A call that has ended, as far as metrics tell of it.
///
/// Where the books know its series, these are written to directly; what only few calls have, and what
/// they don't know, is found by its labels.
pub(super) struct Ended<'a> {
    pub(super) about: &'a About,
    pub(super) response_model: Option<&'a str>,
    pub(super) job: &'a Job,
    pub(super) instruments: &'a AiInstruments,
    pub(super) conventions: Conventions,
    pub(super) attributed: &'a Attributed,
    pub(super) attempts: u32,
    pub(super) first_chunk: Option<Duration>,
    pub(super) outcome: &'a Outcome,
    pub(super) cost: &'a AiCost,
    /// The amount and what was saved, in binary.
    pub(super) dollars: Option<f64>,
    pub(super) saved: Option<f64>,
    pub(super) settled: &'a Settled,
}

impl<'a> Ended<'a> {
    /// Enters the span's duration and the usage into the metrics, whether or not the span was sampled.
    /// What is entered in a histogram may have the span as its exemplar.
    pub(super) fn measure(&self, duration: f64, context: &Context) {
        self.measure_times(duration, context);
        if self.conventions.latest() {
            self.count_tokens();
        }
        if self.conventions.older() {
            self.record_tokens(context);
        }
        if self.cost.usage().has_units() {
            self.count_units();
        }
        self.measure_job(context);
        self.count_cost();
        self.count_requests();
    }

    fn measure_times(&self, duration: f64, context: &Context) {
        let (instruments, handles) = (self.instruments, self.handles());
        // How a call failed is told by labels that all others don't have.
        let of_success = handles.filter(|_| self.went_well());
        let ended = || {
            let error_type = (error::TYPE, self.outcome.error_type().into());
            self.labels().with([error_type, (telemetry::OUTCOME, self.outcome.other().into())])
        };
        let record =
            |histogram: &Histogram, handle, seconds, labels: &dyn Fn() -> Vec<Label<'a>>| {
                record(histogram, handle, seconds, context, labels);
            };
        let is_inference = self.about.operation.is_inference();
        if self.conventions.latest() && is_inference {
            let handle = of_success.map(|handles| &handles.duration);
            record(&instruments.duration, handle, duration, &ended);
        }
        if self.conventions.older() || !is_inference {
            let handle = of_success.map(|handles| &handles.operation_duration);
            record(&instruments.operation_duration, handle, duration, &ended);
        }
        let Some(first_chunk) = self.first_chunk.filter(|_| self.about.request.stream) else {
            return;
        };
        let (seconds, plain) = (first_chunk.as_secs_f64(), || self.labels().with([]));
        if self.conventions.latest() {
            let handle = handles.map(|handles| &handles.first_chunk);
            record(&instruments.time_to_first_chunk, handle, seconds, &plain);
        }
        if self.conventions.older() {
            let handle = handles.map(|handles| &handles.operation_first_chunk);
            record(&instruments.operation_time_to_first_chunk, handle, seconds, &plain);
        }
    }

    fn count_tokens(&self) {
        let (instruments, usage) = (self.instruments, self.cost.usage());
        let count = |kind: Tokens, counter: &Counter, total: u64, parts: &Modalities| {
            for (row, &(modality, tokens)) in parts.rows(total).iter().enumerate() {
                // The conventions want a zero of unknown modality where no usage came.
                if tokens > 0 || (total == 0 && row + 1 == Modalities::ROWS) {
                    let handle = self.handles().and_then(|handles| handles.tokens(kind, row));
                    add(counter, handle, tokens, || {
                        self.labels().with([(gen_ai::TOKEN_MODALITY, modality.into())])
                    });
                }
            }
        };
        let (input, output) = (usage.input_tokens.unwrap_or(0), usage.output_tokens.unwrap_or(0));
        count(Tokens::Input, &instruments.input_tokens, input, &usage.input);
        count(Tokens::Output, &instruments.output_tokens, output, &usage.output);
        if let Some(cached) = usage.cache_read_input_tokens {
            let counter = &instruments.cache_read_input_tokens;
            count(Tokens::CacheRead, counter, cached, &usage.cache_read);
        }
        if let Some(written) = usage.cache_write_input_tokens {
            let counter = &instruments.cache_write_input_tokens;
            count(Tokens::CacheWrite, counter, written, &Modalities::default());
        }
        if let Some(reasoning) = usage.reasoning_output_tokens {
            let parts = Modalities { text: Some(reasoning), ..Modalities::default() };
            count(Tokens::Reasoning, &instruments.reasoning_output_tokens, reasoning, &parts);
        }
    }

    /// The older histogram, of input and output alone.
    fn record_tokens(&self, context: &Context) {
        let (usage, histogram) = (self.cost.usage(), &self.instruments.token_usage);
        let kinds = [("input", usage.input_tokens), ("output", usage.output_tokens)];
        for (row, (kind, tokens)) in kinds.into_iter().enumerate() {
            #[expect(clippy::cast_precision_loss, reason = "token counts are far below 2^53")]
            if let Some(tokens) = tokens.map(|tokens| tokens as f64) {
                let handle = self.handles().and_then(|handles| handles.token_usage.get(row));
                record(histogram, handle, tokens, context, || {
                    self.labels().with([(names::TOKEN_TYPE, kind.into())])
                });
            }
        }
    }

    /// What is billed by other units than tokens.
    fn count_units(&self) {
        for (unit, amount) in self.cost.usage().unit_amounts() {
            if let Some(amount) = amount.to_f64().filter(|amount| *amount > 0.0) {
                let labels = self.labels().models_only(&[], [(names::UNIT, unit.into())]);
                self.instruments.units.add(amount, &labels);
            }
        }
    }

    fn measure_job(&self, context: &Context) {
        let seconds = |time: Option<Decimal>| time.and_then(|time| time.to_f64());
        if let Some(queued) = seconds(self.job.queued()) {
            let labels = self.labels().models_only(&[], []);
            self.instruments.job_queue_duration.record_in(queued, &labels, context);
        }
        if let Some(ran) = seconds(self.job.ran()) {
            let labels = self.labels().models_only(&[], []);
            self.instruments.job_run_duration.record_in(ran, &labels, context);
        }
    }

    fn count_cost(&self) {
        let (instruments, handles) = (self.instruments, self.handles());
        let plain = || self.labels().models_only(&self.who(), []);
        if let Some(dollars) = self.dollars {
            match handles {
                Some(handles) => {
                    handles.cost.get_or_init(|| instruments.cost.bind(&plain())).add(dollars);
                }
                None => instruments.cost.add(dollars, &plain()),
            }
            let retried = (self.attempts > 1).then_some("retried");
            let trouble = self.outcome.error_type().map(|_| "failed").or(self.outcome.other());
            for trouble in [trouble, retried].into_iter().flatten() {
                let trouble = [(names::TROUBLE, trouble.into())];
                let labels = self.labels().models_only(&self.who(), trouble);
                instruments.cost_of_trouble.add(dollars, &labels);
            }
        }
        if let Some(saved) = self.saved {
            match handles {
                Some(handles) => {
                    let bound = || instruments.cache_savings.bind(&plain());
                    handles.cache_savings.get_or_init(bound).add(saved);
                }
                None => instruments.cache_savings.add(saved, &plain()),
            }
        }
        if self.settled.admitted.missed_cache {
            instruments.cache_missed.add(1, &plain());
        }
    }

    fn count_requests(&self) {
        let (instruments, cost) = (self.instruments, self.cost);
        // A refused request was not priced because there was nothing to price.
        let refused = cost.unpriced_reason() == Some(UnpricedReason::Failed);
        let of_success = self.handles().filter(|_| self.went_well() && !refused);
        let handle = of_success.map(|handles| handles.requests(cost.status()));
        add(&instruments.requests, handle, 1, || {
            let status = (!refused).then(|| cost.status().as_str());
            let counted = [
                (names::COST_STATUS, status.into()),
                (error::TYPE, self.outcome.error_type().into()),
                (telemetry::OUTCOME, self.outcome.other().into()),
            ];
            self.labels().models_only(&self.who(), counted)
        });
        if let Some(reason) = cost.unpriced_reason().filter(|_| !refused) {
            let reason = [(names::UNPRICED_REASON, reason.as_str().into())];
            instruments.unpriced.add(1, &self.labels().models_only(&[], reason));
        }
    }

    fn handles(&self) -> Option<&'a Handles> {
        self.settled.handles.as_deref()
    }

    fn went_well(&self) -> bool {
        matches!(self.outcome, Outcome::Success)
    }

    fn labels(&self) -> Labels<'a> {
        let (about, admitted) = (self.about, self.settled.admitted);
        Labels::new(&about.operation, &about.provider)
            .models(
                admitted.model(about.request.model.as_deref(), admitted.request_model),
                admitted.model(self.response_model, admitted.response_model),
            )
            .server(about.server.as_ref())
    }

    /// Who caused it.
    fn who(&self) -> Vec<Label<'a>> {
        let attributed = self.settled.admitted.labels(self.attributed);
        attributed.map(|(name, value)| (name, Value::from(value))).collect()
    }
}

fn record<'a>(
    histogram: &Histogram,
    handle: Option<&OnceLock<BoundHistogram>>,
    value: f64,
    context: &Context,
    labels: impl Fn() -> Vec<Label<'a>>,
) {
    match handle {
        Some(handle) => {
            handle.get_or_init(|| histogram.bind(&labels())).record_in(value, context);
        }
        None => histogram.record_in(value, &labels(), context),
    }
}

fn add<'a>(
    counter: &Counter,
    handle: Option<&OnceLock<BoundCounter>>,
    value: u64,
    labels: impl Fn() -> Vec<Label<'a>>,
) {
    match handle {
        Some(handle) => handle.get_or_init(|| counter.bind(&labels())).add(value),
        None => counter.add(value, &labels()),
    }
}
