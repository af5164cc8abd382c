use telemetry_core::Pipeline;
use tracing_core::{Event, LevelFilter, Metadata, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

use super::query::Query;
use crate::{Dialect, Target};

/// Observes the queries that sqlx 0.9 reports, as operations on `target`,
/// whose SQL is read as `dialect`; see [`tracing`](crate::tracing) for what
/// that can and can't show.
///
/// It passes on what it hears: other layers see sqlx's events as before.
///
/// ```
/// use std::time::Duration;
/// use telemetry_db::{Dialect, Target};
/// use tracing_subscriber::layer::SubscriberExt;
///
/// let target = Target::new("sqlite").slow_after(Duration::from_millis(20));
/// let subscriber = tracing_subscriber::registry()
///     .with(telemetry_db::tracing::layer(target, Dialect::Sqlite));
/// # let _ = subscriber;
/// ```
#[must_use = "a layer does nothing until it is added to a subscriber"]
pub fn layer<S>(target: Target, dialect: Dialect) -> impl Layer<S>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    // A filter of the layer's own asks for the events without opening the
    // other layers to them.
    let filter = filter_fn(is_query).with_max_level_hint(LevelFilter::DEBUG);
    Listener { target, dialect }.with_filter(filter)
}

/// sqlx asks first whether the event is wanted, and that question is neither event nor span.
fn is_query(metadata: &Metadata<'_>) -> bool {
    !metadata.is_span() && metadata.target() == "sqlx::query"
}

struct Listener {
    target: Target,
    dialect: Dialect,
}

impl<S: Subscriber> Layer<S> for Listener {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        // Without anybody to tell, the text need not be read.
        if Pipeline::current().is_some() {
            let mut query = Query::new(self.dialect);
            event.record(&mut query);
            query.tell(&self.target);
        }
    }
}
