//! Prices, and the cost of a call by them.

mod amount;
mod binary;
mod card;
mod charge;
mod cost;
mod file;
mod listed;
mod lookup;
mod model_price;
mod moment;
mod names;
mod own;
mod price_table;
mod priced;
mod query;
mod rates;
mod units;

pub(crate) use binary::binary;
pub use card::ServiceTier;
pub use cost::{AiCost, CostSource, CostStatus, UnpricedReason};
pub use file::PriceFileError;
pub use model_price::ModelPrice;
pub(crate) use moment::{Day, Moment};
pub(crate) use names::undated;
pub(crate) use own::matches;
pub use price_table::PriceTable;
pub(crate) use priced::Priced;
pub use query::PriceQuery;
pub use rates::RateKind;

#[cfg(test)]
mod tests;
