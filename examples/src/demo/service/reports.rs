//! The backlog report, which is slow on purpose.

use std::sync::Arc;
use std::sync::atomic::AtomicI64;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};

use super::desk::Desk;
use super::failure::Failure;

/// How long a report takes when nothing else goes on; a slow query is one over 100 ms.
const INTENDED: Duration = Duration::from_millis(200);

/// The moment at which the most tickets were open: every ticket is held against every other one.
const BACKLOG: &str = "
SELECT opened.opened_minute, count(*) AS open
FROM tickets AS opened
JOIN tickets AS other
    ON other.opened_minute <= opened.opened_minute
    AND coalesce(other.closed_minute, 10080) > opened.opened_minute
WHERE opened.id <= ?
GROUP BY opened.id ORDER BY open DESC LIMIT 1";

/// How much a report looks at, so that it takes the intended time on this machine.
#[derive(Debug, Clone)]
pub(super) struct Backlog {
    tickets: Arc<AtomicI64>,
}

impl Backlog {
    /// Finds out how many tickets take the intended time on this machine.
    pub(super) async fn calibrate(pool: &sqlx::SqlitePool) -> Result<Self, sqlx::Error> {
        // Small samples, of which one will have had a processor for itself.
        const SAMPLE: i64 = 5;
        let mut fastest = Duration::MAX;
        for _ in 0..40 {
            let started = Instant::now();
            let _: (i64, i64) = sqlx::query_as(BACKLOG).bind(SAMPLE).fetch_one(pool).await?;
            fastest = fastest.min(started.elapsed());
        }
        let this = Self { tickets: Arc::new(AtomicI64::new(SAMPLE)) };
        this.learn(SAMPLE, fastest);
        Ok(this)
    }

    fn tickets(&self) -> i64 {
        self.tickets.load(Relaxed)
    }

    /// Looks at more next time if so many tickets took less than intended. What took longer may have
    /// waited for a processor, which says nothing.
    fn learn(&self, tickets: i64, taken: Duration) {
        let times = INTENDED.as_secs_f64() / taken.as_secs_f64().max(1e-6);
        self.tickets.fetch_max((tickets as f64 * times) as i64, Relaxed);
    }
}

/// `GET /reports/backlog`
pub(super) async fn backlog(State(desk): State<Desk>) -> Result<Json<Value>, Failure> {
    let tickets = desk.backlog.tickets();
    let started = Instant::now();
    let (minute, open): (i64, i64) =
        sqlx::query_as(BACKLOG).bind(tickets).fetch_one(&desk.db).await?;
    desk.backlog.learn(tickets, started.elapsed());
    Ok(Json(json!({ "minute": minute, "open": open })))
}
