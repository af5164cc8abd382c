use std::borrow::Cow;

use super::Condition;
use super::check::Checked;
use super::definition::{Kind, Origin};
use super::pattern::Pattern;
use super::record::is_property;

/// Place of an attribute among all that any view looks at.
pub(super) type Slot = usize;

/// What a view looks at, by slots.
#[derive(Debug)]
pub(super) struct Reading {
    pub(super) kind: Kind,
    pub(super) measure: Option<Slot>,
    pub(super) conditions: Vec<(Slot, Condition)>,
    pub(super) share: Vec<(Slot, Condition)>,
    pub(super) labels: Vec<(Slot, Cow<'static, str>)>,
    /// One of which has to be there, unless the name says that the record is meant.
    areas: Vec<Slot>,
}

/// What is looked at in records of one name.
#[derive(Debug, Default)]
pub(super) struct Plan {
    /// The views, and whether the name alone says that the record is meant.
    pub(super) views: Vec<(usize, bool)>,
    /// The attributes that they need.
    pub(super) slots: Vec<Slot>,
    /// Those of them that may be no attribute but something else that the record has.
    pub(super) properties: Vec<Slot>,
}

/// The names of all attributes that any view looks at.
#[derive(Debug, Default)]
pub(super) struct Slots(pub(super) Vec<Cow<'static, str>>);

impl Slots {
    fn of(&mut self, name: &str) -> Slot {
        self.0.iter().position(|known| known == name).unwrap_or_else(|| {
            self.0.push(Cow::Owned(name.to_owned()));
            self.0.len() - 1
        })
    }
}

impl Reading {
    pub(super) fn new(view: &Checked, slots: &mut Slots) -> Self {
        let mut conditions = |conditions: &[(Cow<'static, str>, Condition)]| -> Vec<_> {
            let slot = |(name, condition): &(Cow<'static, str>, Condition)| {
                (slots.of(name), condition.clone())
            };
            conditions.iter().map(slot).collect()
        };
        let (conditions, share) = (conditions(&view.conditions), conditions(&view.share));
        Self {
            kind: view.kind,
            conditions,
            share,
            measure: view.measure.as_deref().map(|name| slots.of(name)),
            labels: view
                .labels
                .named
                .iter()
                .map(|(attribute, label)| (slots.of(attribute), label.clone()))
                .collect(),
            areas: view.areas.iter().map(|area| slots.of(area.attribute)).collect(),
        }
    }

    /// Whether a record is of an area that the view is over.
    pub(super) fn is_of_area(&self, is_present: impl Fn(Slot) -> bool) -> bool {
        self.areas.iter().any(|slot| is_present(*slot))
    }

    fn slots(&self) -> impl Iterator<Item = Slot> {
        let conditions = self.conditions.iter().chain(&self.share).map(|(slot, _)| *slot);
        let labels = self.labels.iter().map(|(slot, _)| *slot);
        conditions.chain(labels).chain(self.measure).chain(self.areas.iter().copied())
    }
}

impl Plan {
    /// What `views` look at in records of this name.
    pub(super) fn new(
        views: &[(Checked, Reading)],
        names: &Slots,
        origin: Origin,
        name: &str,
    ) -> Self {
        let mut plan = Self::default();
        for (index, (view, reading)) in views.iter().enumerate() {
            let by_name = view.patterns(origin).iter().any(|pattern| pattern.matches(name));
            if by_name || (origin == Origin::Span && !reading.areas.is_empty()) {
                plan.views.push((index, by_name));
                plan.slots.extend(reading.slots());
            }
        }
        plan.slots.sort_unstable();
        plan.slots.dedup();
        let is_property = |slot: &Slot| names.0.get(*slot).is_some_and(|name| is_property(name));
        plan.properties = plan.slots.iter().copied().filter(is_property).collect();
        plan
    }
}

impl Checked {
    pub(super) fn patterns(&self, origin: Origin) -> &[Pattern] {
        match origin {
            Origin::Event => &self.events,
            Origin::Span => &self.spans,
        }
    }
}
