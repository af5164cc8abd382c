//! The end of a call: its cost, the rest of its span, its metrics.

use std::{borrow::Cow, time::SystemTime};

use telemetry_core::semconv::{error, gen_ai};

use super::{
    Observed,
    about::About,
    describe::{self, say},
    ended::Ended,
};
use crate::{
    CostStatus, Operation, PriceQuery, Provider, UnpricedReason,
    attribution::Settlement,
    names,
    price::{Priced, binary},
    stream::{JobState, Reply},
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
    pub(super) fn finish(mut self: Box<Self>, ending: Ending) {
        self.settle();
        let outcome = self.outcome(ending);
        let now = SystemTime::now();
        let has_usage = self.reply.usage.is_some();
        let priced = self.priced(&outcome, now);
        let usage = self.reply.usage.take();
        let handle = self.handle.clone();
        let Some(cost) = handle.fill(priced.of(usage.unwrap_or_default())) else { return };
        let settled = self.instruments.accounts.settle(&Settlement {
            operation: &self.about.operation,
            provider: &self.about.provider,
            request_model: self.about.request.model.as_deref(),
            response_model: self.reply.model.as_deref(),
            server: self.about.server.as_ref(),
            attributed: &self.attributed,
            most_values: self.settings.attribution().most_values(),
            failed: matches!(outcome, Outcome::Error(_)),
            cancelled: matches!(outcome, Outcome::Cancelled),
            attempts: self.attempts,
            prefix: self.about.prefix,
            cost,
            at: now,
        });
        let budgets = self.book(cost);
        let dollars = cost.amount().and_then(binary);
        let saved = cost.cache_savings().and_then(binary);
        if self.span.is_recording() {
            self.describe_reply(&outcome, has_usage);
            describe::usage(&mut self.span, cost.usage(), self.settings.conventions());
            describe::job(&mut self.span, &self.reply.job);
            describe::cost(&mut self.span, cost, dollars, saved);
            self.describe_ends(&outcome);
            if ending == Ending::Panicked {
                self.span.set_outcome("panicked");
            }
        }
        if let Some(recorded) = &self.recorded {
            recorded.emit(self.span.context(), &self.about.operation, &self.about.provider);
        }
        self.measure_budgets(&budgets);
        let ended = Ended {
            about: &self.about,
            response_model: self.reply.model.as_deref(),
            job: &self.reply.job,
            instruments: &self.instruments,
            conventions: self.settings.conventions(),
            attributed: &self.attributed,
            attempts: self.attempts,
            first_chunk: self.first_chunk,
            outcome: &outcome,
            cost,
            dollars,
            saved,
            settled: &settled,
        };
        self.span.end_with(|took, context| ended.measure(took.as_secs_f64(), context));
    }

    /// Describes the request after the span has started.
    #[cfg(feature = "tower")]
    pub(super) fn describe_request(&mut self) {
        if !self.span.is_recording() {
            return;
        }
        let about = &self.about;
        self.span.set_name(about.name());
        self.span.set(gen_ai::OPERATION_NAME, about.operation.as_str());
        self.span.set(gen_ai::REQUEST_MODEL, about.request.model.as_deref());
        describe::request(&mut self.span, about);
    }

    /// Completes what the response said by what is known from elsewhere.
    fn settle(&mut self) {
        if !self.refused {
            let About { operation, request, .. } = &*self.about;
            self.wire.protocol.settle(operation, request, &mut self.reply);
        }
        if self.about.operation == Operation::FETCH_RESPONSE {
            // What was used was counted when the response was made.
            self.reply.usage = None;
        }
        let Reply { usage: Some(usage), service_tier, .. } = &mut self.reply else {
            return;
        };
        if let Some(known) = self.about.terms.as_set() {
            let said = std::mem::replace(&mut usage.terms, known.clone().into());
            usage.terms.merge(&said);
        }
        if service_tier.is_some() && usage.terms.service_tier.is_none() {
            usage.terms.service_tier = service_tier.as_deref().map(str::to_owned);
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

    fn priced(&self, outcome: &Outcome, now: SystemTime) -> Priced {
        let Some(usage) = self.reply.usage.as_ref().filter(|usage| usage.has_quantities()) else {
            // A request that was refused used nothing. Once an answer had begun, it did.
            let answered =
                self.reply.chunks > 0 || self.reply.id.is_some() || self.first_chunk.is_some();
            let reason = match outcome {
                Outcome::Error(_) if !answered => UnpricedReason::Failed,
                _ => UnpricedReason::NoUsage,
            };
            return Priced::unpriced(reason);
        };
        // Prices change with the day and the hour; those of the start hold.
        let start = now.checked_sub(self.span.elapsed());
        let mut query = PriceQuery::new(&self.about.provider)
            .regional(self.is_regional())
            .at(start.unwrap_or(SystemTime::UNIX_EPOCH));
        if let Some(price) = &self.about.price {
            query = query.price(price);
        }
        if let Some(model) = &self.about.request.model {
            query = query.request_model(model);
        }
        if let Some(model) = &self.reply.model {
            query = query.response_model(model);
        }
        // The tier that served decides; a request's wish only stands in where the answer didn't
        // come so far.
        let wish = self
            .about
            .request
            .service_tier
            .as_deref()
            .filter(|_| !matches!(outcome, Outcome::Success));
        if let Some(tier) = self.reply.service_tier.as_deref().or(wish) {
            query = query.service_tier(tier);
        }
        let mut priced = self.settings.prices().price_alone(&query, usage);
        if !matches!(outcome, Outcome::Success) && priced.amount.is_some() {
            priced.status = CostStatus::Partial;
        }
        priced
    }

    /// OpenAI's regional hosts charge more.
    fn is_regional(&self) -> bool {
        let host = self.about.server.as_ref().map_or("", |(address, _)| address);
        self.about.provider == Provider::OPENAI
            && matches!(host, "eu.api.openai.com" | "us.api.openai.com")
    }

    /// How the choices ended. A list, which is not encoded as quickly as other values and therefore comes
    /// last.
    fn describe_ends(&mut self, outcome: &Outcome) {
        // Where nothing says how the choices ended although all went well, their ends weren't seen.
        let expected = match outcome {
            Outcome::Success => 0,
            _ => self.about.request.expected_choices(),
        };
        let mut reasons = self.reply.finish_reasons(expected);
        let (one, many);
        let reasons = match (reasons.len(), reasons.next()) {
            (_, None) => return,
            (1, Some(reason)) => {
                one = [reason];
                &one[..]
            }
            (_, Some(first)) => {
                many = Vec::from_iter([first].into_iter().chain(reasons));
                &many
            }
        };
        self.span.set(gen_ai::RESPONSE_FINISH_REASONS, reasons);
    }

    fn describe_reply(&mut self, outcome: &Outcome, has_usage: bool) {
        let (span, reply, request) = (&mut self.span, &self.reply, &self.about.request);
        let of_openai = self.about.provider == Provider::OPENAI;
        let first_chunk = self.first_chunk.filter(|_| request.stream);
        say!(
            span,
            gen_ai::RESPONSE_ID => reply.id.as_deref(),
            gen_ai::RESPONSE_MODEL => reply.model.as_deref(),
            names::OPENAI_RESPONSE_SERVICE_TIER => reply.service_tier.as_deref().filter(|_| of_openai),
            names::OPENAI_RESPONSE_SYSTEM_FINGERPRINT => {
                reply.system_fingerprint.as_deref().filter(|_| of_openai)
            },
            gen_ai::RESPONSE_TIME_TO_FIRST_CHUNK => first_chunk.map(|first| first.as_secs_f64()),
            // What is billed by the request needs no answer to be read.
            names::USAGE_UNAVAILABLE => self.unavailable.filter(|_| !has_usage),
            names::ATTEMPTS => (self.attempts > 1).then_some(i64::from(self.attempts)),
        );
        match outcome {
            Outcome::Success => {}
            Outcome::Error(error_type) => span.set_error(error_type),
            Outcome::Cancelled => span.set_outcome("cancelled"),
            Outcome::Unknown => span.set_outcome("unknown"),
        }
    }
}
