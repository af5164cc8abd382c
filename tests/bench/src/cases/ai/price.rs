//! The cost of a call by what it used.

use std::hint::black_box;
use std::time::Duration;

use telemetry_ai::{PriceQuery, PriceTable, Provider};

use super::prices::{MODELS, usage};
use crate::case::{Case, Comparison, Cores, Load, Peer, Subject};
use crate::destination::Nowhere;
use crate::failure::Failure;
use crate::peers::litellm::Litellm;

pub(in crate::cases) const CASE: Case = Case {
    area: "ai",
    name: "price",
    comparison: Comparison::Added { bare },
    cores: Cores::One,
    load: LOAD,
    ours,
    peers: &[Peer::new("litellm", litellm).expected(50.0)],
};

const LOAD: Load =
    Load { burst: 500, interval: Duration::from_millis(250), warm_up: 2, bursts: 12 };

/// Nobody asks.
fn bare() -> Result<Subject, Failure> {
    let usage = usage();
    let operation = move |turn| {
        black_box((model(turn), &usage));
    };
    Ok(Subject::new(operation, Nowhere))
}

fn ours() -> Result<Subject, Failure> {
    let (prices, usage) = (PriceTable::builtin(), usage());
    let price = move |turn| {
        let query = PriceQuery::new(&Provider::OPENAI).response_model(model(turn));
        prices.price(&query, black_box(&usage))
    };
    if price(0).amount().is_none() {
        return Err("the model isn't listed".into());
    }
    let operation = move |turn| {
        black_box(price(turn));
    };
    Ok(Subject::new(operation, Nowhere))
}

fn litellm() -> Result<Subject, Failure> {
    let (litellm, used) = Litellm::start(&MODELS)?;
    Ok(Subject::of_bursts(move |operations| litellm.price(operations), used))
}

fn model(turn: u64) -> &'static str {
    black_box(MODELS[turn as usize % MODELS.len()])
}
