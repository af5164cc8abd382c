//! The end of a call: its cost, the rest of its span, its metrics.

use std::{borrow::Cow, time::SystemTime};

use telemetry_core::semconv::{error, gen_ai};

use super::{Observed, describe, describe::Say as _};
use crate::{
    AiCost, CostStatus, Operation, PriceQuery, Provider, UnpricedReason, attribution::Settlement,
    names, stream::JobState,
};

/// How a call came to its end, before its failures are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    Completed,
    Cancelled,
    Panicked,
    /// A job whose end nobody saw.
    Unknown,
}

/// How it ended after all.
#[derive(Debug)]
pub(super) enum Outcome {
    Success,
    Error(Cow<'static, str>),
    Cancelled,
    Unknown,
}

impl Outcome {
    pub(super) fn error_type(&self) -> Option<&str> {
        match self {
            Self::Error(error_type) => Some(error_type),
            _ => None,
        }
    }

    /// The `telemetry.outcome` of what neither succeeded nor failed.
    pub(super) fn other(&self) -> Option<&'static str> {
        match self {
            Self::Success | Self::Error(_) => None,
            Self::Cancelled => Some("cancelled"),
            Self::Unknown => Some("unknown"),
        }
    }
}

impl Observed {
    pub(super) fn finish(mut self, ending: Ending) -> AiCost {
        self.settle();
        let outcome = self.outcome(ending);
        let cost = self.cost(&outcome);
        let admitted = self.instruments.accounts.settle(&Settlement {
            provider: &self.provider,
            request_model: self.request.model.as_deref(),
            response_model: self.reply.model.as_deref(),
            attributed: &self.attributed,
            most_values: self.settings.attribution().most_values(),
            failed: matches!(outcome, Outcome::Error(_)),
            cancelled: matches!(outcome, Outcome::Cancelled),
            attempts: self.attempts,
            prefix: self.prefix,
            cost: &cost,
        });
        let budgets = self.book(&cost);
        if self.span.is_recording() {
            self.describe_reply(&outcome);
            describe::usage(&mut self.span, cost.usage(), self.settings.conventions());
            describe::job(&mut self.span, &self.reply.job);
            describe::cost(&mut self.span, &cost);
            if ending == Ending::Panicked {
                self.span.set_outcome("panicked");
            }
        }
        if let Some(recorded) = &self.recorded {
            recorded.emit(self.span.context(), &self.operation, &self.provider);
        }
        self.handle.fill(cost.clone());
        self.measure_budgets(&budgets);
        self.measure(&outcome, &cost, admitted);
        cost
    }

    /// Describes the request after the span has started.
    #[cfg(feature = "tower")]
    pub(super) fn describe_request(&mut self) {
        if !self.span.is_recording() {
            return;
        }
        let (operation, model) = (&self.operation, self.request.model.as_deref());
        self.span.set_name(match model {
            Some(model) => format!("{operation} {model}"),
            None => operation.to_string(),
        });
        self.span.set(gen_ai::OPERATION_NAME, operation.as_str());
        self.span.set(gen_ai::REQUEST_MODEL, model);
        describe::request(&mut self.span, operation, &self.provider, &self.request);
    }

    /// Completes what the response said by what is known from elsewhere.
    fn settle(&mut self) {
        if !self.refused {
            self.wire.protocol.settle(&self.operation, &self.request, &mut self.reply);
        }
        if self.operation == Operation::FETCH_RESPONSE {
            // What was used was counted when the response was made.
            self.reply.usage = None;
        }
        let tier = self.reply.service_tier.clone();
        if let Some(usage) = &mut self.reply.usage {
            let said = std::mem::replace(&mut usage.terms, self.terms.clone());
            usage.terms.merge(&said);
            usage.terms.service_tier = usage.terms.service_tier.take().or(tier);
        }
    }

    fn outcome(&mut self, ending: Ending) -> Outcome {
        if let Some(failure) = self.failure.take() {
            return Outcome::Error(failure);
        }
        if let Some(error) = self.reply.error.take() {
            return Outcome::Error(error.class.map_or(Cow::Borrowed(error::OTHER), Cow::Owned));
        }
        match (ending, self.reply.job.state) {
            (Ending::Completed, Some(JobState::Failed)) => {
                return Outcome::Error(Cow::Borrowed("job_failed"));
            }
            (Ending::Completed, Some(JobState::Cancelled)) => return Outcome::Cancelled,
            _ => {}
        }
        match ending {
            Ending::Completed => Outcome::Success,
            Ending::Unknown => Outcome::Unknown,
            Ending::Cancelled => Outcome::Cancelled,
            Ending::Panicked => Outcome::Error(Cow::Borrowed("panic")),
        }
    }

    fn cost(&self, outcome: &Outcome) -> AiCost {
        let Some(usage) = self.reply.usage.as_ref().filter(|usage| usage.has_quantities()) else {
            // A request that was refused used nothing. Once an answer had begun, it did.
            let answered =
                self.reply.chunks > 0 || self.reply.id.is_some() || self.first_chunk.is_some();
            let reason = match outcome {
                Outcome::Error(_) if !answered => UnpricedReason::Failed,
                _ => UnpricedReason::NoUsage,
            };
            return AiCost::unpriced(reason, &self.reply.usage.clone().unwrap_or_default());
        };
        // Prices change with the day and the hour; those of the start hold.
        let start = SystemTime::now().checked_sub(self.span.elapsed());
        let mut query = PriceQuery::new(&self.provider)
            .regional(self.is_regional())
            .at(start.unwrap_or(SystemTime::UNIX_EPOCH));
        if let Some(price) = &self.price {
            query = query.price(price);
        }
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
        span.say(gen_ai::RESPONSE_ID, reply.id.as_deref());
        span.say(gen_ai::RESPONSE_MODEL, reply.model.as_deref());
        if self.request.stream {
            let seconds = self.first_chunk.map(|first| first.as_secs_f64());
            span.say(gen_ai::RESPONSE_TIME_TO_FIRST_CHUNK, seconds);
        }
        // Where nothing says how the choices ended although all went well, their ends weren't seen.
        let expected = match outcome {
            Outcome::Success => 0,
            _ => self.request.expected_choices(),
        };
        let reasons = reply.finish_reasons(expected);
        if !reasons.is_empty() {
            span.say(gen_ai::RESPONSE_FINISH_REASONS, reasons.as_slice());
        }
        if self.provider == Provider::OPENAI {
            span.say(names::OPENAI_RESPONSE_SERVICE_TIER, reply.service_tier.as_deref());
            span.say(
                names::OPENAI_RESPONSE_SYSTEM_FINGERPRINT,
                reply.system_fingerprint.as_deref(),
            );
        }
        // What is billed by the request needs no answer to be read.
        let unavailable = self.unavailable.filter(|_| reply.usage.is_none());
        span.say(names::USAGE_UNAVAILABLE, unavailable);
        if self.attempts > 1 {
            span.say(names::ATTEMPTS, i64::from(self.attempts));
        }
        match outcome {
            Outcome::Success => {}
            Outcome::Error(error_type) => span.set_error(error_type),
            Outcome::Cancelled => span.set_outcome("cancelled"),
            Outcome::Unknown => span.set_outcome("unknown"),
        }
    }
}
