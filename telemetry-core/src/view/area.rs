/// An area of the conventions whose spans are named after what they do, not after the area; the
/// attribute that is required of all of them tells them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Area {
    /// The required attribute.
    pub(super) attribute: &'static str,
}

const AREAS: [(&str, &str); 5] = [
    ("http.*", "http.request.method"),
    ("db.*", "db.system.name"),
    ("gen_ai.*", "gen_ai.operation.name"),
    ("rpc.*", "rpc.system.name"),
    ("messaging.*", "messaging.system"),
];

impl Area {
    /// The area that a source names.
    pub(super) fn named(source: &str) -> Option<Self> {
        let found = AREAS.iter().find(|(name, _)| *name == source);
        found.map(|(_, attribute)| Self { attribute })
    }
}
