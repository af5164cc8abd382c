//! 10,000 rows as a stream, SQLite in memory, every span sampled.

use std::time::Duration;

use sqlx_otel::PoolBuilder;
use telemetry_db::sqlx::SqlitePool;

use super::select_one::SHAPE;
use super::sqlite::Orders;
use crate::case::{Case, Comparison, Cores, Load, Peer, Subject};
use crate::destination::Nowhere;
use crate::failure::Failure;
use crate::ours::Ours;
use crate::peers::sqlx_otel::SqlxOtel;

pub(in crate::cases) const CASE: Case = Case {
    area: "db",
    name: "stream_10k",
    comparison: Comparison::Added { bare },
    cores: Cores::One,
    load: LOAD,
    ours,
    peers: &[Peer::new("sqlx-otel", sqlx_otel).expected(3.0)],
};

const LOAD: Load = Load { burst: 1, interval: Duration::from_millis(50), warm_up: 3, bursts: 40 };

fn bare() -> Result<Subject, Failure> {
    let mut orders = Orders::new(|pool| pool)?;
    Ok(Subject::of_bursts(move |operations| orders.stream(operations), Nowhere))
}

fn ours() -> Result<Subject, Failure> {
    let destination = Ours::install(SHAPE)?;
    let mut orders = Orders::new(SqlitePool::new)?;
    Ok(Subject::of_bursts(move |operations| orders.stream(operations), destination))
}

fn sqlx_otel() -> Result<Subject, Failure> {
    let destination = SqlxOtel::install(SHAPE);
    let mut orders = Orders::new(|pool| PoolBuilder::from(pool).with_pool_name("orders").build())?;
    Ok(Subject::of_bursts(move |operations| orders.stream(operations), destination))
}
