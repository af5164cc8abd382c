/// Where the connection of an operation came from, by how its pool stood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ConnectionPath {
    Idle,
    New,
    Queued,
}

impl ConnectionPath {
    pub(super) const ALL: [Self; 3] = [Self::Idle, Self::New, Self::Queued];

    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Idle => "idle",
            Self::New => "new",
            Self::Queued => "queued",
        }
    }
}
