use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use tracing::Subscriber;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing_subscriber::layer::{Context as LayerContext, Layer};
use tracing_subscriber::registry::LookupSpan;

/// What a layer has been told.
#[derive(Clone, Debug, Default)]
pub(super) struct Told(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    open: HashMap<u64, Seen>,
    closed: Vec<Seen>,
    /// Parent and child by name.
    problems: Vec<String>,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Seen {
    pub(super) name: String,
    pub(super) parent: Option<String>,
    pub(super) entered: usize,
    pub(super) exited: usize,
    pub(super) fields: HashMap<String, String>,
    /// What was recorded after it was made.
    pub(super) late: HashMap<String, String>,
}

impl Visit for Seen {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        self.fields.insert(field.name().to_owned(), format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.fields.insert(field.name().to_owned(), value.to_owned());
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Told {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: LayerContext<'_, S>) {
        let mut seen = Seen::default();
        attributes.record(&mut seen);
        let name = seen.fields.get("otel.name").cloned();
        seen.name = name.unwrap_or_else(|| attributes.metadata().name().to_owned());
        let parent = context.span(id).unwrap().parent().map(|parent| parent.id().into_u64());
        let mut state = self.0.lock().unwrap();
        seen.parent = parent.map(|parent| state.open[&parent].name.clone());
        state.open.insert(id.into_u64(), seen);
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, _: LayerContext<'_, S>) {
        let mut late = Seen::default();
        values.record(&mut late);
        self.0.lock().unwrap().open.get_mut(&id.into_u64()).unwrap().late.extend(late.fields);
    }

    fn on_enter(&self, id: &Id, _: LayerContext<'_, S>) {
        self.0.lock().unwrap().open.get_mut(&id.into_u64()).unwrap().entered += 1;
    }

    fn on_exit(&self, id: &Id, _: LayerContext<'_, S>) {
        let mut state = self.0.lock().unwrap();
        let seen = state.open.get_mut(&id.into_u64()).unwrap();
        seen.exited += 1;
        if seen.exited > seen.entered {
            let problem = format!("{} was left more often than entered", seen.name);
            state.problems.push(problem);
        }
    }

    fn on_close(&self, id: Id, _: LayerContext<'_, S>) {
        let mut state = self.0.lock().unwrap();
        let seen = state.open.remove(&id.into_u64()).unwrap();
        state.closed.push(seen);
    }
}

impl Told {
    /// The only span of this name, which is closed.
    pub(super) fn one(&self, name: &str) -> Seen {
        let state = self.0.lock().unwrap();
        let mut found = state.closed.iter().filter(|seen| seen.name == name);
        let seen = found.next().cloned();
        assert!(seen.is_some(), "no {name} in {state:?}");
        let seen = seen.unwrap();
        assert!(found.next().is_none(), "one {name}");
        seen
    }

    pub(super) fn names(&self) -> Vec<String> {
        self.0.lock().unwrap().closed.iter().map(|seen| seen.name.clone()).collect()
    }

    pub(super) fn is_open(&self, name: &str) -> bool {
        self.0.lock().unwrap().open.values().any(|seen| seen.name == name)
    }

    /// All that was entered has been left, all that was opened closed.
    pub(super) fn assert_is_balanced(&self) {
        let state = self.0.lock().unwrap();
        assert!(state.open.is_empty() && state.problems.is_empty(), "{state:?}");
        for seen in &state.closed {
            assert_eq!(seen.entered, seen.exited, "{seen:?}");
        }
    }
}
