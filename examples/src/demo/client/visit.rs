//! [`Visit`]: one request to be sent, and the routes that there are.

use std::time::Duration;

/// One request to be sent.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Visit {
    /// How long after the start.
    pub(super) after: Duration,
    pub(super) tenant: &'static str,
    pub(super) errand: Errand,
}

/// What a client comes for.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Errand {
    /// Looks at a page and reads it to its end.
    Read { route: &'static str, path: String },
    /// Has something made of what is there, and reads the answer to its end.
    Ask { route: &'static str, path: String },
    /// Opens a ticket.
    Open { subject: &'static str, customer: u64 },
    /// Asks for an AI reply and reads it, to its end or only its beginning.
    Reply { ticket: u64, patient: bool },
    /// Asks for the slow report and leaves before the answer.
    Leave { after: Duration },
}

/// The service's routes, as it names them itself.
pub(super) mod route {
    pub(in super::super) const CUSTOMER: &str = "GET /customers/{id}";
    pub(in super::super) const INVOICES: &str = "GET /customers/{id}/invoices";
    pub(in super::super) const PORTRAIT: &str = "POST /customers/{id}/portrait";
    pub(in super::super) const TICKET: &str = "GET /tickets/{id}";
    pub(in super::super) const TICKETS: &str = "GET /tickets";
    pub(in super::super) const OPEN: &str = "POST /tickets";
    pub(in super::super) const DIGEST: &str = "POST /tickets/{id}/digest";
    pub(in super::super) const REPLY: &str = "POST /tickets/{id}/reply";
    pub(in super::super) const BACKLOG: &str = "GET /reports/backlog";
    /// A path that the service doesn't know.
    pub(in super::super) const NONE: &str = "GET (no route)";
}

/// The path of the slow report.
pub(super) const BACKLOG_PATH: &str = "/reports/backlog";

impl Errand {
    /// The route under which it is counted.
    pub(super) fn route(&self) -> &'static str {
        match self {
            Self::Read { route, .. } | Self::Ask { route, .. } => route,
            Self::Open { .. } => route::OPEN,
            Self::Reply { .. } => route::REPLY,
            Self::Leave { .. } => route::BACKLOG,
        }
    }
}
