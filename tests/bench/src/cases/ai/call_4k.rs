//! A call over the loopback that is answered with 4 KiB at once: the client's processor time alone, as a
//! share of the same without telemetry. The provider is on another core.

use std::time::Duration;

use telemetry_ai::{EndpointRule, Middleware, Provider as Of};

use super::calls::Calls;
use crate::case::{Case, Comparison, Cores, Load, Peer, Subject};
use crate::destination::Nowhere;
use crate::failure::Failure;
use crate::ours::Ours;
use crate::provider::Provider;
use crate::tally::Shape;

pub(in crate::cases) const CASE: Case = Case {
    area: "ai",
    name: "call_4k",
    comparison: Comparison::Share,
    cores: Cores::One,
    load: LOAD,
    ours,
    peers: &[
        Peer::new(Case::BARE, bare).expected(1.05),
        Peer::new(Case::UNINITIALISED, uninitialised),
    ],
};

const LOAD: Load =
    Load { burst: 40, interval: Duration::from_millis(20), warm_up: 20, bursts: 100 };

/// Provider, operation, both models, server and port, id, finish reason, tier, the tokens by kind, the
/// cost, its currency, source, status and table, and more.
pub(super) const SHAPE: Shape = Shape::spans(1, 16).and_metric("gen_ai.client.inference.duration");

/// A span with its attributes, metrics of time, tokens, cost and spending.
fn ours() -> Result<Subject, Failure> {
    let destination = Ours::install(SHAPE)?;
    let (calls, provider) = observed()?;
    Ok(subject(calls, provider, destination))
}

/// The middleware where telemetry was never started: it passes everything through.
fn uninitialised() -> Result<Subject, Failure> {
    let (calls, provider) = observed()?;
    Ok(subject(calls, provider, Nowhere))
}

fn observed() -> Result<(Calls, Provider), Failure> {
    let provider = Provider::start()?;
    let rule = EndpointRule::host("127.0.0.1").provider(Of::OPENAI);
    let middleware = Middleware::builder().endpoint(rule).build();
    Ok((Calls::new(provider.address(), |client| client.with(middleware))?, provider))
}

fn bare() -> Result<Subject, Failure> {
    let provider = Provider::start()?;
    Ok(subject(Calls::new(provider.address(), |client| client)?, provider, Nowhere))
}

fn subject(
    mut calls: Calls,
    provider: Provider,
    destination: impl crate::destination::Destination + 'static,
) -> Subject {
    let burst = move |number| {
        let _stays = &provider;
        calls.burst(number);
    };
    Subject::of_bursts(burst, destination)
}
