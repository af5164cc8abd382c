use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use telemetry_core::Pipeline;

use super::profile::Profile;
use crate::Fingerprint;
use crate::instruments::Instruments;

/// Which queries of a pipeline take the most time.
///
/// Up to 512 fingerprints are told apart; the rest, and what has none, is
/// counted together.
///
/// ```
/// use telemetry_core::Pipeline;
/// use telemetry_db::{Dialect, Operation, Patterns, Statement, Target};
///
/// let pipeline = Pipeline::builder().build()?;
/// let target = Target::new("sqlite");
/// pipeline.scoped(|| {
///     for id in 0..100 {
///         let text = format!("SELECT name FROM customers WHERE id = {id}");
///         Operation::start(&target, &Statement::of(&text, Dialect::Sqlite)).end();
///     }
/// });
/// let top = Patterns::of(&pipeline).top(10);
/// assert_eq!(top[0].summary, "SELECT customers");
/// assert_eq!(top[0].count, 100);
/// assert!(top[0].p50 <= top[0].p99);
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Patterns(Arc<Instruments>);

/// All operations of one fingerprint since the start.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct QueryProfile {
    /// What they have in common; none for those that are counted together.
    pub fingerprint: Option<Fingerprint>,
    /// The summary, the name of a command, or `_OTHER`.
    pub summary: String,
    /// The text without its literals, as the first of them had it.
    pub text: Option<String>,
    /// How many there were.
    pub count: u64,
    /// How many of them failed.
    pub errors: u64,
    /// How many rows they returned.
    pub rows: u64,
    /// The sum of their durations.
    pub total: Duration,
    /// Half of them took no longer than about this. It may be an eighth off, as
    /// may the others.
    pub p50: Duration,
    /// 95 % of them took no longer than about this.
    pub p95: Duration,
    /// 99 % of them took no longer than about this.
    pub p99: Duration,
}

impl Patterns {
    /// Those of the pipeline that is current, if there is one.
    #[must_use]
    pub fn current() -> Option<Self> {
        Pipeline::current().map(|pipeline| Patterns::of(&pipeline))
    }

    /// Those of `pipeline`.
    #[must_use]
    pub fn of(pipeline: &Pipeline) -> Self {
        Patterns(Instruments::of(pipeline))
    }

    /// The `most` that took the most time in all, the one with the most first.
    #[must_use]
    pub fn top(&self, most: usize) -> Vec<QueryProfile> {
        let mut all: Vec<QueryProfile> = self
            .0
            .patterns
            .all()
            .iter()
            .map(|profile| read(profile))
            .filter(|profile| profile.count > 0)
            .collect();
        all.sort_by_key(|profile| std::cmp::Reverse(profile.total));
        all.truncate(most);
        all
    }
}

fn read(profile: &Profile) -> QueryProfile {
    let load = |number: &std::sync::atomic::AtomicU64| number.load(Ordering::Relaxed);
    QueryProfile {
        fingerprint: profile.fingerprint,
        summary: profile.summary.to_string(),
        text: profile.text.as_deref().map(str::to_owned),
        count: profile.latency.count(),
        errors: load(&profile.errors),
        rows: load(&profile.rows),
        total: Duration::from_nanos(load(&profile.nanos)),
        p50: profile.latency.quantile(0.5),
        p95: profile.latency.quantile(0.95),
        p99: profile.latency.quantile(0.99),
    }
}
