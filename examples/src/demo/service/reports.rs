//! The backlog report, which is slow on purpose.

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

/// How much a report looks at.
#[derive(Debug, Clone, Copy)]
pub(super) struct Backlog {
    tickets: i64,
}

impl Backlog {
    /// Finds out how many tickets take the intended time on this machine.
    pub(super) async fn calibrate(pool: &sqlx::SqlitePool) -> Result<Self, sqlx::Error> {
        const SAMPLE: i64 = 50;
        let mut fastest = Duration::MAX;
        for _ in 0..4 {
            let started = Instant::now();
            let _: (i64, i64) = sqlx::query_as(BACKLOG).bind(SAMPLE).fetch_one(pool).await?;
            fastest = fastest.min(started.elapsed());
        }
        let times = INTENDED.as_secs_f64() / fastest.as_secs_f64().max(1e-6);
        Ok(Self { tickets: (SAMPLE as f64 * times) as i64 })
    }
}

/// `GET /reports/backlog`
pub(super) async fn backlog(State(desk): State<Desk>) -> Result<Json<Value>, Failure> {
    let (minute, open): (i64, i64) =
        sqlx::query_as(BACKLOG).bind(desk.backlog.tickets).fetch_one(&desk.db).await?;
    Ok(Json(json!({ "minute": minute, "open": open })))
}
