use std::cmp::Reverse;
use std::panic::Location;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use telemetry_core::semconv::{code, db, error};
use telemetry_core::{Context, Event, Severity};

use super::holders::Holders;
use super::label::Label;
use super::seat::Holder;
use crate::instruments::SCOPE;
use crate::names;

/// Tells who has the connections when others wait for one in vain.
#[derive(Debug)]
pub(super) struct Culprit {
    born: Instant,
    exhausted: Rarely,
    nested: Rarely,
}

/// At most once in a while.
#[derive(Debug)]
struct Rarely(AtomicU64);

/// Whoever waits.
#[derive(Clone, Copy, Debug)]
pub(super) struct Waiter<'a> {
    pub(super) pool: &'a str,
    pub(super) waited: Duration,
    pub(super) pending: i64,
    pub(super) site: Option<&'static Location<'static>>,
    pub(super) context: &'a Context,
}

/// The most holders that one event names.
const NAMED: usize = 10;
const PAUSE: Duration = Duration::from_secs(10);

impl Culprit {
    pub(super) fn new() -> Self {
        let never = || Rarely(AtomicU64::new(0));
        Culprit { born: Instant::now(), exhausted: never(), nested: never() }
    }

    /// A wait was too long, or in vain.
    #[cold]
    pub(super) fn exhausted(
        &self,
        waiter: Waiter<'_>,
        holders: &Holders,
        returned: Vec<Holder>,
        timed_out: bool,
    ) {
        if !self.exhausted.now(self.born) {
            return;
        }
        let mut holders = holders.all();
        let idle = holders.iter().filter(|holder| !holder.busy).count();
        let body = format!(
            "waited {:.3} s for a connection of the pool; of {} lent, {idle} idle in the \
             application; {} returned after long",
            waiter.waited.as_secs_f64(),
            holders.len(),
            returned.len(),
        );
        let lent = holders.len();
        holders.extend(returned);
        holders.sort_by_key(|holder| Reverse(holder.held()));
        let mut event = waiter.event(names::POOL_EXHAUSTED, &holders, lent).body(body);
        if timed_out {
            event = event.attribute(error::TYPE, "pool_timed_out");
        }
        event.emit();
    }

    /// One who has a connection waits for another.
    #[cold]
    pub(super) fn nested(&self, waiter: Waiter<'_>, holder: &Holder) {
        if self.nested.now(self.born) {
            let body = "waits for a second connection while the first one is idle: \
                        where all do so, none gets one";
            waiter.event(names::NESTED_ACQUIRE, std::slice::from_ref(holder), 1).body(body).emit();
        }
    }

    /// A connection has not come back for long.
    pub(super) fn overdue(pool: &str, holder: &Holder) {
        Event::new(&SCOPE, names::CONNECTION_OVERDUE)
            .severity(Severity::Warn)
            .context(&holder.context)
            .attribute(db::CLIENT_CONNECTION_POOL_NAME, pool)
            .attribute(names::POOL_HOLDERS, &[&*holder.told_as()][..])
            .body("a connection has not come back to the pool")
            .emit();
    }
}

impl Waiter<'_> {
    fn event(&self, name: &'static str, holders: &[Holder], lent: usize) -> Event<'_> {
        let told: Vec<String> = holders.iter().take(NAMED).map(Holder::told_as).collect();
        let told: Vec<&str> = told.iter().map(String::as_str).collect();
        let mut event = Event::new(&SCOPE, name)
            .severity(Severity::Warn)
            .context(self.context)
            .attribute(db::CLIENT_CONNECTION_POOL_NAME, self.pool)
            .attribute(names::WAIT_TIME, self.waited.as_secs_f64())
            .attribute(names::POOL_PENDING, self.pending)
            .attribute(names::POOL_LENT, i64::try_from(lent).unwrap_or(i64::MAX))
            .attribute(names::POOL_HOLDERS, &told[..]);
        if let Some(site) = self.site {
            event = event
                .attribute(code::FILE_PATH, site.file())
                .attribute(code::LINE_NUMBER, i64::from(site.line()));
        }
        event
    }
}

impl Holder {
    /// For how long, doing what, from where, for whom; the text of a query is
    /// never part of it.
    fn told_as(&self) -> String {
        let state = match self.returned_after {
            Some(_) => "returned",
            None if self.busy => "running",
            None => "idle",
        };
        let mut told = format!("held {:.3} s, {state}", self.held().as_secs_f64());
        if let Some(label) = self.label.as_ref().and_then(Label::as_str) {
            told.push_str(if state == "running" { " " } else { " after " });
            told.push_str(label);
        }
        if let Some(site) = self.site {
            told.push_str(&format!(", from {}:{}", site.file(), site.line()));
        }
        if let Some(span) = self.context.span_context() {
            told.push_str(&format!(", trace {} span {}", span.trace_id(), span.span_id()));
        }
        told
    }
}

impl Rarely {
    fn now(&self, born: Instant) -> bool {
        let now = u64::try_from((born.elapsed() + PAUSE).as_millis()).unwrap_or(u64::MAX);
        let last = self.0.load(Ordering::Relaxed);
        let pause = u64::try_from(PAUSE.as_millis()).unwrap_or(u64::MAX);
        now.saturating_sub(last) >= pause
            && self.0.compare_exchange(last, now, Ordering::Relaxed, Ordering::Relaxed).is_ok()
    }
}
