//! A file of prices.

use std::{
    fmt, fs,
    path::Path,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use rust_decimal::Decimal;
use serde::Deserialize;

use super::{ModelPrice, PriceTable, ServiceTier, moment::Day, rates::RateKind};
use crate::Provider;

/// A file larger than this isn't one of prices.
const LARGEST: u64 = 4 * 1024 * 1024;

/// Why a file of prices can't be used: one line that names the file, the setting, its value and what
/// is allowed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PriceFileError {
    message: String,
}

impl PriceFileError {
    fn new(message: impl Into<String>) -> Self {
        Self { message: message.into() }
    }
}

impl fmt::Display for PriceFileError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)
    }
}

impl std::error::Error for PriceFileError {}

impl PriceTable {
    /// Adds the prices, multipliers and machines of a JSON file; read it at the start, since this
    /// blocks. The file looks as [`with_json`](Self::with_json) says.
    ///
    /// # Errors
    ///
    /// If the file can't be read, or says what can't be followed.
    pub fn with_file(self, path: impl AsRef<Path>) -> Result<Self, PriceFileError> {
        let path = path.as_ref();
        let of_file =
            |error: &dyn fmt::Display| PriceFileError::new(format!("{}: {error}", path.display()));
        let size = fs::metadata(path).map_err(|error| of_file(&error))?.len();
        if size > LARGEST {
            return Err(of_file(&format_args!(
                "{size} bytes are more than a file of prices may have, {LARGEST}"
            )));
        }
        let text = fs::read_to_string(path).map_err(|error| of_file(&error))?;
        self.with_json(&text).map_err(|error| of_file(&error))
    }

    /// Adds the prices, multipliers and machines of a JSON text.
    ///
    /// Rates are decimals in US dollars, best written as strings, under the names of
    /// [`RateKind`]; those of tokens and characters are by the million. A day is the first on which a
    /// price holds (`from`), or the first on which it doesn't any more (`until`), in UTC.
    ///
    /// ```
    /// use telemetry_ai::PriceTable;
    ///
    /// let prices = PriceTable::builtin().with_json(r#"{
    ///     "prices": [
    ///         {"provider": "openai", "model": "gpt-4o*", "from": "2026-07-01", "until": "2027-07-01",
    ///          "rates": {"input": "2.00", "cache_read": "1.00", "output": "8.00"}},
    ///         {"provider": "openai", "model": "gpt-4o*", "tier": "batch", "rates": {"input": "1", "output": "4"}},
    ///         {"provider": "fal_ai", "model": "acme/film", "rates": {"output_video_second": "0.10", "output_video_second.1080p": "0.15"}}
    ///     ],
    ///     "multipliers": {"anthropic": "0.85"},
    ///     "hardware": [{"provider": "replicate", "model": "acme/*", "runs_on": "gpu-l40s"}]
    /// }"#)?;
    /// # let _ = prices;
    /// # Ok::<(), telemetry_ai::PriceFileError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If the text says what can't be followed: one line that names the setting, its value and what
    /// is allowed.
    pub fn with_json(mut self, text: &str) -> Result<Self, PriceFileError> {
        let file: File =
            serde_json::from_str(text).map_err(|error| PriceFileError::new(error.to_string()))?;
        for (at, price) in file.prices.into_iter().enumerate() {
            let price = price
                .parse()
                .map_err(|error| PriceFileError::new(format!("prices[{at}].{error}")))?;
            self = self.with(price);
        }
        for (provider, multiplier) in file.multipliers {
            let by = decimal(&multiplier)
                .map_err(|error| PriceFileError::new(format!("multipliers.{provider}: {error}")))?;
            self = self.with_multiplier(Provider::new(provider), by);
        }
        for machine in file.hardware {
            self =
                self.with_hardware(Provider::new(machine.provider), machine.model, machine.runs_on);
        }
        Ok(self)
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    prices: Vec<Price>,
    #[serde(default)]
    multipliers: std::collections::BTreeMap<String, serde_json::Value>,
    #[serde(default)]
    hardware: Vec<Machine>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Machine {
    provider: String,
    model: String,
    runs_on: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Price {
    provider: String,
    model: String,
    currency: Option<String>,
    tier: Option<String>,
    above: Option<u64>,
    from: Option<String>,
    until: Option<String>,
    rates: std::collections::BTreeMap<String, serde_json::Value>,
}

impl Price {
    fn parse(self) -> Result<ModelPrice, String> {
        if let Some(currency) = self.currency.filter(|currency| currency != "USD") {
            return Err(format!("currency: `{currency}` is not USD, the only one allowed"));
        }
        let mut price = ModelPrice::new(Provider::new(self.provider), self.model);
        if let Some(tier) = self.tier {
            let allowed = "standard, flex, balanced, priority, ultrafast, batch";
            let parsed = ServiceTier::parse(&tier);
            price =
                price.tier(parsed.ok_or_else(|| format!("tier: `{tier}` is none of {allowed}"))?);
        }
        if let Some(above) = self.above {
            price = price.above(above);
        }
        if let Some(from) = self.from {
            price = price.valid_from(day("from", &from)?);
        }
        if let Some(until) = self.until {
            price = price.valid_until(day("until", &until)?);
        }
        if self.rates.is_empty() {
            return Err("rates: there must be one at least".to_owned());
        }
        for (name, value) in &self.rates {
            let (kind, resolution) =
                name.split_once('.').map_or((name.as_str(), None), |(kind, of)| (kind, Some(of)));
            let kind = RateKind::parse(kind).ok_or_else(|| {
                let known: Vec<&str> = RateKind::ALL.iter().map(|kind| kind.as_str()).collect();
                format!("rates.{name}: `{kind}` is none of {}", known.join(", "))
            })?;
            let rate = decimal(value).map_err(|error| format!("rates.{name}: {error}"))?;
            price = match resolution {
                Some(resolution) => price.rate_of_resolution(kind, resolution, rate),
                None => price.rate(kind, rate),
            };
        }
        Ok(price)
    }
}

fn day(name: &str, date: &str) -> Result<SystemTime, String> {
    let day = Day::parse(date).and_then(|day| u64::try_from(day.0).ok());
    let day = day.ok_or_else(|| format!("{name}: `{date}` is no day such as 2026-11-27"))?;
    Ok(UNIX_EPOCH + Duration::from_secs(day * 24 * 60 * 60))
}

/// A decimal, written as a string or a number.
fn decimal(value: &serde_json::Value) -> Result<Decimal, String> {
    let text = match value {
        serde_json::Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let parsed =
        if text.contains(['e', 'E']) { Decimal::from_scientific(&text) } else { text.parse() };
    let exact =
        parsed.ok().filter(|amount: &Decimal| !amount.is_sign_negative() || amount.is_zero());
    exact.ok_or_else(|| format!("`{text}` is no amount such as \"0.25\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(json: &str) -> String {
        PriceTable::empty().with_json(json).unwrap_err().to_string()
    }

    #[test]
    fn what_cannot_be_followed_is_answered_with_what_can() {
        let of = |field: &str| {
            refused(&format!(
                r#"{{"prices":[{{"provider":"x","model":"y","rates":{{"input":"1"}}, {field}}}]}}"#
            ))
        };
        assert_eq!(
            of(r#""currency":"EUR""#),
            "prices[0].currency: `EUR` is not USD, the only one allowed"
        );
        assert_eq!(
            of(r#""tier":"cheap""#),
            "prices[0].tier: `cheap` is none of standard, flex, balanced, priority, ultrafast, batch"
        );
        assert_eq!(
            of(r#""from":"1.7.2026""#),
            "prices[0].from: `1.7.2026` is no day such as 2026-11-27"
        );
        assert!(of(r#""modle":"z""#).starts_with("unknown field `modle`, expected one of"));
        let rates = |rates: &str| {
            refused(&format!(r#"{{"prices":[{{"provider":"x","model":"y","rates":{rates}}}]}}"#))
        };
        assert!(
            rates(r#"{"inptu":"1"}"#)
                .starts_with("prices[0].rates.inptu: `inptu` is none of input, cache_read, ")
        );
        assert_eq!(
            rates(r#"{"input":"free"}"#),
            "prices[0].rates.input: `free` is no amount such as \"0.25\""
        );
        assert_eq!(
            rates(r#"{"input":-1}"#),
            "prices[0].rates.input: `-1` is no amount such as \"0.25\""
        );
        assert_eq!(rates("{}"), "prices[0].rates: there must be one at least");
        assert_eq!(
            refused(r#"{"multipliers":{"openai":"half"}}"#),
            "multipliers.openai: `half` is no amount such as \"0.25\""
        );
    }

    #[test]
    fn a_file_that_cannot_be_read_is_named() {
        let error = PriceTable::empty().with_file("/nowhere/prices.json").unwrap_err().to_string();
        assert!(error.starts_with("/nowhere/prices.json: "), "{error}");
    }
}
