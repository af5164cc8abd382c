//! The exports of the providers.

use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::{Value, value::RawValue};

use super::bill::{Bill, BillError, Item};
use crate::{
    Provider,
    price::{Day, Moment},
};

impl Bill {
    /// OpenAI's `GET /v1/organization/costs`, grouped by `line_item` (without the grouping, all is
    /// one model without a name).
    ///
    /// # Errors
    ///
    /// If the text isn't of that format, or not in US dollars.
    pub fn openai_costs(json: &str) -> Result<Self, BillError> {
        #[derive(Deserialize)]
        struct Page<'a> {
            #[serde(borrow)]
            data: Vec<Bucket<'a>>,
        }
        #[derive(Deserialize)]
        struct Bucket<'a> {
            start_time: u64,
            #[serde(borrow)]
            results: Vec<Cost<'a>>,
        }
        #[derive(Deserialize)]
        struct Cost<'a> {
            #[serde(borrow)]
            amount: Amount<'a>,
            line_item: Option<String>,
        }
        #[derive(Deserialize)]
        struct Amount<'a> {
            #[serde(borrow)]
            value: &'a RawValue,
            currency: String,
        }
        let page: Page<'_> = parse("OpenAI's costs", json)?;
        let mut items = Vec::new();
        for bucket in page.data {
            let start = std::time::UNIX_EPOCH + std::time::Duration::from_secs(bucket.start_time);
            let day = Moment::of(start).day.to_string();
            for cost in bucket.results {
                in_dollars(&cost.amount.currency)?;
                // `gpt-4o-2024-08-06, cached input`
                let line = cost.line_item.unwrap_or_default();
                let model = line.split(", ").next().unwrap_or_default().to_owned();
                items.push(Item { day: day.clone(), model, dollars: raw(cost.amount.value)? });
            }
        }
        Ok(Self { provider: Provider::OPENAI, items })
    }

    /// Anthropic's `GET /v1/organizations/cost_report`, grouped by `description`. Its amounts are in
    /// cents.
    ///
    /// # Errors
    ///
    /// If the text isn't of that format, or not in US dollars.
    pub fn anthropic_cost_report(json: &str) -> Result<Self, BillError> {
        #[derive(Deserialize)]
        struct Page {
            data: Vec<Bucket>,
        }
        #[derive(Deserialize)]
        struct Bucket {
            starting_at: String,
            results: Vec<Cost>,
        }
        #[derive(Deserialize)]
        struct Cost {
            amount: String,
            currency: String,
            model: Option<String>,
            description: Option<String>,
        }
        let page: Page = parse("Anthropic's cost report", json)?;
        let mut items = Vec::new();
        for bucket in page.data {
            let day = day(&bucket.starting_at)?;
            for cost in bucket.results {
                in_dollars(&cost.currency)?;
                let cents = decimal(&cost.amount)?;
                let dollars = cents.checked_div(Decimal::ONE_HUNDRED).unwrap_or_default();
                let model = cost.model.or(cost.description).unwrap_or_default();
                items.push(Item { day: day.clone(), model, dollars });
            }
        }
        Ok(Self { provider: Provider::ANTHROPIC, items })
    }

    /// fal's `GET /v1/models/billing-events`.
    ///
    /// # Errors
    ///
    /// If the text isn't of that format.
    pub fn fal_billing_events(json: &str) -> Result<Self, BillError> {
        #[derive(Deserialize)]
        struct Page<'a> {
            #[serde(borrow)]
            billing_events: Vec<Event<'a>>,
        }
        #[derive(Deserialize)]
        struct Event<'a> {
            endpoint_id: String,
            timestamp: String,
            #[serde(borrow)]
            cost_total: Option<&'a RawValue>,
            cost_estimate_nano_usd: Option<i64>,
        }
        let page: Page<'_> = parse("fal's billing events", json)?;
        let item = |event: Event<'_>| {
            let dollars = match (event.cost_total, event.cost_estimate_nano_usd) {
                (Some(total), _) => raw(total)?,
                (None, Some(nano)) => Decimal::new(nano, 9),
                (None, None) => {
                    return Err(BillError::new("fal's billing events: one has no `cost_total`"));
                }
            };
            Ok(Item { day: day(&event.timestamp)?, model: event.endpoint_id, dollars })
        };
        let items = page.billing_events.into_iter().map(item).collect::<Result<_, _>>()?;
        Ok(Self { provider: Provider::new("fal_ai"), items })
    }

    /// Modal's billing report, as `modal billing report --json` or the SDK's
    /// `workspace_billing_report` gives it; a model is an object's description, such as an app's
    /// name.
    ///
    /// # Errors
    ///
    /// If the text isn't of that format.
    pub fn modal_billing_report(json: &str) -> Result<Self, BillError> {
        const WHAT: &str = "Modal's billing report";
        let rows: Vec<serde_json::Map<String, Value>> = parse(WHAT, json)?;
        let item = |row: serde_json::Map<String, Value>| {
            // The command has headings (`Interval Start`) where the SDK has names.
            let field = |name: &str| {
                let same = |key: &String| key.to_lowercase().replace(' ', "_") == name;
                let found = row.iter().find(|(key, _)| same(key)).map(|(_, value)| value);
                found.ok_or_else(|| BillError::new(format!("{WHAT}: a row has no `{name}`")))
            };
            let text = |value: &Value| {
                value.as_str().map_or_else(
                    || value.to_string(),
                    |text| text.trim_start_matches('$').to_owned(),
                )
            };
            Ok(Item {
                day: day(&text(field("interval_start")?))?,
                model: text(field("description")?),
                dollars: decimal(&text(field("cost")?))?,
            })
        };
        let items = rows.into_iter().map(item).collect::<Result<_, _>>()?;
        Ok(Self { provider: Provider::MODAL, items })
    }

    /// OpenRouter's `GET /api/v1/activity`, or `GET /api/v1/generation`, one call after the other.
    ///
    /// # Errors
    ///
    /// If the text isn't of one of these formats.
    pub fn openrouter(json: &str) -> Result<Self, BillError> {
        #[derive(Deserialize)]
        struct Page<'a> {
            #[serde(borrow)]
            data: &'a RawValue,
        }
        #[derive(Deserialize)]
        struct Generation<'a> {
            model: String,
            /// Of an activity.
            date: Option<String>,
            #[serde(borrow)]
            usage: Option<&'a RawValue>,
            /// Of a generation.
            created_at: Option<String>,
            #[serde(borrow)]
            total_cost: Option<&'a RawValue>,
        }
        const WHAT: &str = "OpenRouter's costs";
        let page: Page<'_> = parse(WHAT, json)?;
        let rows = if page.data.get().starts_with('[') {
            parse(WHAT, page.data.get())?
        } else {
            vec![page.data]
        };
        let item = |row: &RawValue| {
            let row: Generation<'_> = parse(WHAT, row.get())?;
            let date = row.date.or(row.created_at);
            let date = date.ok_or_else(|| BillError::new(format!("{WHAT}: a row has no date")))?;
            let cost = row.total_cost.or(row.usage);
            let cost = cost.ok_or_else(|| BillError::new(format!("{WHAT}: a row has no cost")))?;
            Ok(Item { day: day(&date)?, model: row.model, dollars: raw(cost)? })
        };
        let items = rows.into_iter().map(item).collect::<Result<_, _>>()?;
        Ok(Self { provider: Provider::OPENROUTER, items })
    }
}

fn parse<'a, T: Deserialize<'a>>(what: &str, json: &'a str) -> Result<T, BillError> {
    serde_json::from_str(json).map_err(|error| BillError::new(format!("{what}: {error}")))
}

fn in_dollars(currency: &str) -> Result<(), BillError> {
    if currency.eq_ignore_ascii_case("usd") {
        return Ok(());
    }
    Err(BillError::new(format!("`{currency}` is not USD, the only currency that is attributed")))
}

/// The day of a moment in UTC, of which the first ten signs are the date.
fn day(moment: &str) -> Result<String, BillError> {
    let date = moment.get(..10).and_then(Day::parse);
    date.map(|day| day.to_string())
        .ok_or_else(|| BillError::new(format!("`{moment}` is no day such as 2026-11-27")))
}

/// A JSON number, or a string that is one, digit by digit.
fn raw(value: &RawValue) -> Result<Decimal, BillError> {
    decimal(value.get().trim_matches('"'))
}

fn decimal(text: &str) -> Result<Decimal, BillError> {
    let exponential = text.contains(['e', 'E']);
    let parsed = if exponential { Decimal::from_scientific(text) } else { text.parse() };
    parsed.map_err(|_| BillError::new(format!("`{text}` is no amount")))
}
