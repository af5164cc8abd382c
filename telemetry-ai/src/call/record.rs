//! The end of a call: its cost, the rest of its span, its metrics.

use std::borrow::Cow;

use rust_decimal::prelude::ToPrimitive;
use telemetry_core::{
    Counter, Value,
    semconv::{error, gen_ai, telemetry},
};

use super::{Observed, describe, labels::Labels};
use crate::{
    AiCost, CostStatus, Modalities, PriceQuery, Provider, UnpricedReason, Usage,
    attribution::{Admitted, Settlement},
    instruments::AiInstruments,
    names,
};

/// How a call came to its end, before its failures are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    Completed,
    Cancelled,
    Panicked,
}

/// How it ended after all.
#[derive(Debug)]
enum Outcome {
    Success,
    Error(Cow<'static, str>),
    Cancelled,
}

impl Observed {
    pub(super) fn finish(mut self, ending: Ending) -> AiCost {
        if ending == Ending::Completed {
            self.end_of_body();
        }
        let outcome = self.outcome(ending);
        let cost = self.cost(&outcome);
        let admitted = self.instruments.accounts.settle(&Settlement {
            provider: &self.provider,
            request_model: self.request.model.as_deref(),
            response_model: self.reply.model.as_deref(),
            attributed: &self.attributed,
            most_values: self.settings.attribution().most_values(),
            failed: matches!(outcome, Outcome::Error(_)),
            cost: &cost,
        });
        if self.span.is_recording() {
            self.describe_reply(&outcome);
            describe::usage(&mut self.span, cost.usage());
            describe::cost(&mut self.span, &cost);
            if ending == Ending::Panicked {
                self.span.set_outcome("panicked");
            }
        }
        self.handle.fill(cost.clone());
        self.measure(&outcome, &cost, admitted);
        cost
    }

    fn outcome(&mut self, ending: Ending) -> Outcome {
        if let Some(failure) = self.failure.take() {
            return Outcome::Error(failure);
        }
        if let Some(error) = self.reply.error.take() {
            return Outcome::Error(error.class.map_or(Cow::Borrowed(error::OTHER), Cow::Owned));
        }
        match ending {
            Ending::Completed => Outcome::Success,
            Ending::Cancelled => Outcome::Cancelled,
            Ending::Panicked => Outcome::Error(Cow::Borrowed("panic")),
        }
    }

    fn cost(&self, outcome: &Outcome) -> AiCost {
        let Some(usage) = &self.reply.usage else {
            // A request that was refused used nothing. Once an answer had begun, it did.
            let answered =
                self.reply.chunks > 0 || self.reply.id.is_some() || self.first_chunk.is_some();
            let reason = match outcome {
                Outcome::Error(_) if !answered => UnpricedReason::Failed,
                _ => UnpricedReason::NoUsage,
            };
            return AiCost::unpriced(reason, &Usage::default());
        };
        let mut query = PriceQuery::new(&self.provider).regional(self.is_regional());
        if let Some(model) = &self.request.model {
            query = query.request_model(model);
        }
        if let Some(model) = &self.reply.model {
            query = query.response_model(model);
        }
        // The tier that served decides; a request's wish only stands in where the answer didn't
        // come so far.
        let wish =
            self.request.service_tier.as_ref().filter(|_| !matches!(outcome, Outcome::Success));
        if let Some(tier) = self.reply.service_tier.as_ref().or(wish) {
            query = query.service_tier(tier);
        }
        let mut cost = self.settings.prices().price(&query, usage);
        if !matches!(outcome, Outcome::Success) && cost.amount.is_some() {
            cost.status = CostStatus::Partial;
        }
        cost
    }

    /// OpenAI's regional hosts charge more.
    fn is_regional(&self) -> bool {
        let host = self.server.as_ref().map_or("", |(address, _)| address);
        self.provider == Provider::OPENAI
            && matches!(host, "eu.api.openai.com" | "us.api.openai.com")
    }

    fn describe_reply(&mut self, outcome: &Outcome) {
        let (span, reply) = (&mut self.span, &self.reply);
        span.set(gen_ai::RESPONSE_ID, reply.id.as_deref());
        span.set(gen_ai::RESPONSE_MODEL, reply.model.as_deref());
        if self.request.stream {
            let seconds = self.first_chunk.map(|first| first.as_secs_f64());
            span.set(gen_ai::RESPONSE_TIME_TO_FIRST_CHUNK, seconds);
        }
        // Where nothing says how the choices ended although all went well, their ends weren't seen.
        let expected = match outcome {
            Outcome::Success => 0,
            _ => self.request.expected_choices(),
        };
        let reasons = reply.finish_reasons(expected);
        if !reasons.is_empty() {
            span.set(gen_ai::RESPONSE_FINISH_REASONS, reasons.as_slice());
        }
        if self.provider == Provider::OPENAI {
            span.set(names::OPENAI_RESPONSE_SERVICE_TIER, reply.service_tier.as_deref());
            span.set(
                names::OPENAI_RESPONSE_SYSTEM_FINGERPRINT,
                reply.system_fingerprint.as_deref(),
            );
        }
        span.set(names::USAGE_UNAVAILABLE, self.unavailable);
        match outcome {
            Outcome::Success => {}
            Outcome::Error(error_type) => span.set_error(error_type),
            Outcome::Cancelled => span.set_outcome("cancelled"),
        }
    }

    /// Ends the span, and enters the same duration and the usage into the metrics, whether or not
    /// the span was sampled.
    fn measure(self, outcome: &Outcome, cost: &AiCost, admitted: Admitted) {
        // What is entered in a histogram may have the span as its exemplar.
        let context = &self.span.context().clone();
        let duration = self.span.end();
        let instruments = &*self.instruments;
        let labels = Labels::new(&self.operation, &self.provider)
            .models(
                admitted.model(self.request.model.as_deref(), admitted.request_model),
                admitted.model(self.reply.model.as_deref(), admitted.response_model),
            )
            .server(self.server.as_ref());

        let (error_type, cancelled) = match outcome {
            Outcome::Success => (None, None),
            Outcome::Error(error_type) => (Some(&**error_type), None),
            Outcome::Cancelled => (None, Some("cancelled")),
        };
        let ended =
            labels.with([(error::TYPE, error_type.into()), (telemetry::OUTCOME, cancelled.into())]);
        instruments.duration.record_in(duration.as_secs_f64(), &ended, context);
        if let Some(first_chunk) = self.first_chunk.filter(|_| self.request.stream) {
            let seconds = first_chunk.as_secs_f64();
            instruments.time_to_first_chunk.record_in(seconds, &labels.with([]), context);
        }
        count_tokens(instruments, &labels, cost.usage());

        let attributed = admitted.labels(&self.attributed);
        let who: Vec<_> = attributed.map(|(name, value)| (name, Value::from(value))).collect();
        if let Some(dollars) = cost.amount().and_then(|amount| amount.to_f64()) {
            instruments.cost.add(dollars, &labels.models_only(&who, []));
        }
        // A refused request was not priced because there was nothing to price.
        let refused = cost.unpriced_reason() == Some(UnpricedReason::Failed);
        let status = (!refused).then(|| cost.status().as_str());
        let counted = [
            (names::COST_STATUS, status.into()),
            (error::TYPE, error_type.into()),
            (telemetry::OUTCOME, cancelled.into()),
        ];
        instruments.requests.add(1, &labels.models_only(&who, counted));
        if let Some(reason) = cost.unpriced_reason().filter(|_| !refused) {
            instruments.unpriced.add(
                1,
                &labels.models_only(&[], [(names::UNPRICED_REASON, reason.as_str().into())]),
            );
        }
    }
}

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
