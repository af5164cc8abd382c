//! GET of a key over a Unix socket: the client's processor time alone, as a share of the same without
//! telemetry. The server is on another core.

use std::time::Duration;

use redis::aio::MultiplexedConnection;

use super::redis::Redis;
use crate::case::{Case, Comparison, Cores, Load, Peer, Subject};
use crate::destination::Nowhere;
use crate::failure::Failure;
use crate::ours::Ours;
use crate::tally::Shape;

pub(in crate::cases) const CASE: Case = Case {
    area: "db",
    name: "redis_get",
    comparison: Comparison::Share,
    cores: Cores::One,
    load: LOAD,
    ours,
    peers: &[
        Peer::new(Case::BARE, bare).expected(1.03),
        Peer::new(Case::UNINITIALISED, uninitialised),
    ],
};

const LOAD: Load =
    Load { burst: 100, interval: Duration::from_millis(10), warm_up: 30, bursts: 150 };

/// System, namespace, operation, server, hits and misses.
const SHAPE: Shape = Shape::spans(1, 6).and_metric("db.client.operation.duration");

fn ours() -> Result<Subject, Failure> {
    let destination = Ours::install(SHAPE)?;
    let mut redis = observed()?;
    Ok(Subject::of_bursts(move |operations| redis.burst(operations), destination))
}

/// The connection where telemetry was never started: it passes everything through.
fn uninitialised() -> Result<Subject, Failure> {
    let mut redis = observed()?;
    Ok(Subject::of_bursts(move |operations| redis.burst(operations), Nowhere))
}

fn observed() -> Result<Redis<telemetry_db::redis::Connection<MultiplexedConnection>>, Failure> {
    Redis::start(|connection, client| {
        let target = telemetry_db::redis::target(client.get_connection_info());
        telemetry_db::redis::Connection::configured(connection, |_| target)
    })
}

fn bare() -> Result<Subject, Failure> {
    let mut redis = Redis::start(|connection, _| connection)?;
    Ok(Subject::of_bursts(move |operations| redis.burst(operations), Nowhere))
}
