//! SELECT of a row by its key, SQLite in memory, every span sampled.

use sqlx_otel::PoolBuilder;
use telemetry_db::sqlx::SqlitePool;

use super::sqlite::Orders;
use crate::case::{Case, Comparison, Cores, Load, Peer, Subject};
use crate::destination::Nowhere;
use crate::failure::Failure;
use crate::ours::Ours;
use crate::peers::sqlx_otel::SqlxOtel;
use crate::tally::Shape;

pub(in crate::cases) const CASE: Case = Case {
    area: "db",
    name: "select_one",
    comparison: Comparison::Added { bare },
    cores: Cores::One,
    load: Load::REQUESTS,
    ours,
    peers: &[Peer::new("sqlx-otel", sqlx_otel).expected(5.0)],
};

/// System, namespace, text, pool or summary, and rows. Ours has the split of the time besides.
pub(super) const SHAPE: Shape = Shape::spans(1, 5).and_metric("db.client.operation.duration");

fn bare() -> Result<Subject, Failure> {
    let mut orders = Orders::new(|pool| pool)?;
    Ok(Subject::of_bursts(move |operations| orders.select_one(operations), Nowhere))
}

/// A span, two metrics, and the waits and uses of the connection, which the peer doesn't see here.
fn ours() -> Result<Subject, Failure> {
    let destination = Ours::install(SHAPE)?;
    let mut orders = Orders::new(SqlitePool::new)?;
    Ok(Subject::of_bursts(move |operations| orders.select_one(operations), destination))
}

fn sqlx_otel() -> Result<Subject, Failure> {
    let destination = SqlxOtel::install(SHAPE);
    let mut orders = Orders::new(|pool| PoolBuilder::from(pool).with_pool_name("orders").build())?;
    Ok(Subject::of_bursts(move |operations| orders.select_one(operations), destination))
}
