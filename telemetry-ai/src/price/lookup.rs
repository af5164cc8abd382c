//! Which rates a call is charged by.

use std::borrow::Cow;

use rust_decimal::Decimal;

use super::{
    PriceQuery, PriceTable,
    card::Wanted,
    listed::{Listed, Model},
    names,
    price_table::{CALL, OWN},
    rates::{RateKind, Rates},
};
use crate::{Provider, Usage};

impl PriceTable {
    pub(super) fn find<'a>(
        &'a self,
        query: &PriceQuery<'a>,
        usage: &Usage,
        wanted: &Wanted,
    ) -> Option<Found<'a>> {
        if let Some(price) = query.own {
            return Some(Found {
                model: price.model.clone(),
                rates: &price.rates,
                multiplier: None,
                total_multiplier: None,
                assumed: false,
                fee_apart: false,
                table: Cow::Borrowed(CALL),
            });
        }
        let answered =
            query.response_model.and_then(|model| self.find_model(model, query, usage, wanted));
        answered.or_else(|| {
            // Where nobody names a model, a price for any may hold.
            let asked = match (query.request_model, query.response_model) {
                (None, Some(_)) => return None,
                (asked, _) => asked.unwrap_or_default(),
            };
            let mut found = self.find_model(asked, query, usage, wanted)?;
            // Something else answered than was asked for, and it has no price.
            found.assumed |= query.response_model.is_some();
            Some(found)
        })
    }

    fn find_model<'a>(
        &'a self,
        model: &str,
        query: &PriceQuery<'_>,
        usage: &Usage,
        wanted: &Wanted,
    ) -> Option<Found<'a>> {
        let provider = query.provider;
        if !self.own.is_empty()
            && let Some((own, model, assumed)) = names::first_of(provider, model, usage, |name| {
                self.own.select(provider, name, wanted)
            })
        {
            let table = if self.listed { self.version.clone() } else { Cow::Borrowed(OWN) };
            return Some(Found {
                model: Cow::Owned(model.into_owned()),
                rates: own.card,
                multiplier: None,
                total_multiplier: None,
                assumed: assumed || own.assumed,
                fee_apart: false,
                table,
            });
        }
        if !self.listed {
            return None;
        }
        let (Listed { name, model }, _, assumed) =
            names::first_of(provider, model, usage, |name| Listed::find(provider.as_str(), name))?;
        let selected = model.select(wanted)?;
        Some(Found {
            multiplier: multiplier(model, query, usage),
            total_multiplier: self.total_multiplier(provider),
            rates: selected.card,
            assumed: assumed || selected.assumed,
            // Search models bill each search besides the tokens; their chat answers count none.
            fee_apart: provider == &Provider::OPENAI
                && name.contains("-search-")
                && usage.tools.web_searches.is_none(),
            model: Cow::Borrowed(name),
            table: self.version.clone(),
        })
    }

    fn total_multiplier(&self, provider: &Provider) -> Option<Decimal> {
        if self.multipliers.is_empty() { None } else { self.multipliers.get(provider).copied() }
    }

    /// What a second of the machine costs that the call ran on.
    pub(super) fn hardware_rate(
        &self,
        query: &PriceQuery<'_>,
        usage: &Usage,
        wanted: &Wanted,
    ) -> Option<Hardware> {
        usage.units.compute_seconds?;
        let models = [query.response_model, query.request_model];
        let of_user =
            models.into_iter().flatten().find_map(|model| self.own.hardware(query.provider, model));
        let stated = of_user.or(usage.terms.hardware.as_deref())?;
        let (name, count) = stated.rsplit_once(':').unwrap_or((stated, "1"));
        let count: Decimal = count.parse().ok()?;
        let name = name.trim_end_matches('!').to_ascii_lowercase().replace([' ', '_'], "-");
        let named = [format!("hardware/{name}"), format!("hardware/gpu-{name}")];
        let rate = named.iter().find_map(|name| {
            let own = self.own.select(query.provider, name, wanted).map(|own| own.card);
            let listed = || {
                let listed = Listed::find(query.provider.as_str(), name).filter(|_| self.listed)?;
                Some(listed.model.select(wanted)?.card)
            };
            own.or_else(listed)?.of(RateKind::ComputeSecond)
        })?;
        Some(Hardware {
            rate: rate.checked_mul(count)?,
            total_multiplier: self.total_multiplier(query.provider),
            table: self.version.clone(),
        })
    }
}

#[derive(Debug)]
pub(super) struct Hardware {
    pub(super) rate: Decimal,
    pub(super) total_multiplier: Option<Decimal>,
    pub(super) table: Cow<'static, str>,
}

#[derive(Debug)]
pub(super) struct Found<'a> {
    pub(super) model: Cow<'static, str>,
    pub(super) rates: &'a Rates,
    /// Of the tokens, by geography and speed.
    pub(super) multiplier: Option<Decimal>,
    /// Of everything, as it was negotiated.
    pub(super) total_multiplier: Option<Decimal>,
    pub(super) assumed: bool,
    /// A fee that no field of the answer counts.
    pub(super) fee_apart: bool,
    pub(super) table: Cow<'static, str>,
}

impl Found<'_> {
    /// A model that no table knows, on a machine that one does.
    pub(super) fn of_machine(query: &PriceQuery<'_>, hardware: &Hardware) -> Self {
        let model = query.response_model.or(query.request_model).unwrap_or_default();
        static NONE: Rates = Rates::new();
        Self {
            model: Cow::Owned(model.to_owned()),
            rates: &NONE,
            multiplier: None,
            total_multiplier: hardware.total_multiplier,
            assumed: true,
            fee_apart: false,
            table: hardware.table.clone(),
        }
    }
}

/// By geography and speed.
fn multiplier(model: &Model, query: &PriceQuery<'_>, usage: &Usage) -> Option<Decimal> {
    if !model.has_multipliers() {
        return None;
    }
    let by_speed = usage.terms.speed.as_deref().and_then(|speed| model.multiplier(speed));
    let by_place = match usage.terms.geography.as_deref() {
        Some("global") => None,
        Some(place) => {
            model.multiplier(&place.to_ascii_lowercase()).or_else(|| model.multiplier("regional"))
        }
        // Both regions of OpenAI's cost the same.
        None if query.regional => model.multiplier("eu"),
        None => None,
    };
    match (by_speed, by_place) {
        (Some(speed), Some(place)) => speed.checked_mul(place),
        (one, other) => one.or(other),
    }
}
