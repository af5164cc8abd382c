use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use sqlx_core::pool::Pool;
use sqlx_core::rt;
use telemetry_core::semconv::db;
use telemetry_core::{Context, ContextExt, Event, Severity};

use super::database::TelemetryDatabase;
use super::observed::Observed;
use crate::instruments::SCOPE;
use crate::{Fingerprint, Statement, names};

/// Which slow queries had their plan asked for, and when.
#[derive(Debug, Default)]
pub(super) struct Plans {
    asked: Mutex<HashMap<Fingerprint, Instant>>,
    /// One at a time.
    asking: AtomicBool,
}

/// The same query is not asked about again for so long.
const PAUSE: Duration = Duration::from_secs(3600);
/// So many queries are remembered; in the hour in which there are more, the
/// others have no plan.
const REMEMBERED: usize = 256;
/// How long the database may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// The most of a plan that is told, in bytes.
const TOLD: usize = 8 * 1024;

impl Plans {
    fn may_ask(&self, fingerprint: Fingerprint) -> bool {
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        asked.retain(|_, at| at.elapsed() < PAUSE);
        let may = !asked.contains_key(&fingerprint) && asked.len() < REMEMBERED;
        if may {
            asked.insert(fingerprint, Instant::now());
        }
        may
    }
}

/// Asks the database how it runs a query that was slow, on a connection of the
/// pool that nobody needs, in a task of its own. It never runs the query.
pub(super) fn ask<DB: TelemetryDatabase>(
    observed: &Arc<Observed<DB>>,
    pool: &Pool<DB>,
    slow: Option<(Context, Statement)>,
) {
    let Some((context, statement)) = slow else { return };
    let Some(fingerprint) = statement.fingerprint() else { return };
    let Some(sql) = explainable(&statement).and_then(DB::explain) else { return };
    // Only where more than one is free, so that nobody waits on account of it.
    if pool.num_idle() < 2 && pool.size() >= pool.options().get_max_connections() {
        return;
    }
    if observed.plans.asking.swap(true, Ordering::Relaxed) {
        return;
    }
    // A query for which no connection was free may be asked about the next time.
    let connection = pool.try_acquire().filter(|_| observed.plans.may_ask(fingerprint));
    let Some(mut connection) = connection else {
        observed.plans.asking.store(false, Ordering::Relaxed);
        return;
    };
    let asking = Asking(Arc::clone(observed));
    if !DB::knows(&connection, &sql) {
        return;
    }
    let work = async move {
        let lines = rt::timeout(PATIENCE, DB::plan(&mut connection, sql)).await;
        match lines {
            Ok(Ok(lines)) => tell(&asking.0, &statement, &lines),
            Ok(Err(_)) => {}
            // What may still come is nothing for the next one on it.
            Err(_) => drop(connection.detach()),
        }
    };
    rt::spawn(work.in_context(context));
}

/// The next may ask when this is dropped.
struct Asking<DB: TelemetryDatabase>(Arc<Observed<DB>>);

impl<DB: TelemetryDatabase> Drop for Asking<DB> {
    fn drop(&mut self) {
        self.0.plans.asking.store(false, Ordering::Relaxed);
    }
}

/// The text, if it can be explained without running anything and without
/// showing a value: one statement, and no literal in it.
fn explainable(statement: &Statement) -> Option<&str> {
    let text = statement.text()?.trim().trim_end_matches(';');
    let first = text.split_whitespace().next()?;
    let known = ["SELECT", "WITH", "INSERT", "UPDATE", "DELETE"];
    let known = known.iter().any(|word| first.eq_ignore_ascii_case(word));
    let shown = statement.sanitized()?.trim().trim_end_matches(';');
    let same = visible(text).eq(visible(shown));
    (known && same && !text.contains(';')).then_some(text)
}

fn visible(text: &str) -> impl Iterator<Item = char> + '_ {
    text.chars().filter(|character| !character.is_whitespace())
}

fn tell<DB: TelemetryDatabase>(observed: &Observed<DB>, statement: &Statement, lines: &[String]) {
    let plan = lines.join("\n");
    let end = plan.floor_char_boundary(TOLD);
    let inner = observed.target.inner();
    let mut event = Event::new(&SCOPE, names::QUERY_PLAN)
        .severity(Severity::Info)
        .attribute(db::SYSTEM_NAME, &*inner.system)
        .attribute(names::PLAN, plan.get(..end).unwrap_or_default());
    if let Some(namespace) = &inner.namespace {
        event = event.attribute(db::NAMESPACE, &**namespace);
    }
    if let Some((key, name)) = statement.label() {
        event = event.attribute(key, name);
    }
    if let Some(text) = statement.sanitized() {
        event = event.attribute(db::QUERY_TEXT, text);
    }
    event.body("the plan of a slow query").emit();
}
