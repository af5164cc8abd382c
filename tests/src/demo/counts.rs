use std::collections::BTreeMap;

use serde::Deserialize;

/// What the service counts outside telemetry, by route.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServiceCounts {
    /// By method and route, `GET (no route)` where there is none.
    pub routes: BTreeMap<String, ServiceRoute>,
}

/// One route at the service.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServiceRoute {
    /// Requests that came.
    pub started: u64,
    /// Requests that are over.
    pub ended: u64,
    /// Answers given in full, by status.
    pub answered: BTreeMap<u16, u64>,
    /// Requests that were dropped before the end of their answer.
    pub cut_short: u64,
}

/// What the clients count, by route.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClientCounts {
    /// How long they sent requests.
    pub seconds: f64,
    /// By method and route, as the service names them.
    pub routes: BTreeMap<String, ClientRoute>,
}

/// One route at the clients.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClientRoute {
    /// Requests sent.
    pub started: u64,
    /// Answers read in full, by status.
    pub answered: BTreeMap<u16, u64>,
    /// Requests left on purpose.
    pub hung_up: u64,
    /// Requests that got no answer, or less than all of it.
    pub failed: u64,
}

/// Where every record went.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ledger {
    /// By signal, from their making to the sinks.
    pub signals: Vec<Signal>,
    /// By sink and signal.
    pub sinks: Vec<Sink>,
    /// What the service itself says.
    pub balances: bool,
}

/// One signal.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Signal {
    /// `spans` or `logs`.
    pub signal: String,
    /// Records that ended.
    pub ended: u64,
    /// Not recorded by the sampler's decision.
    pub sampled_out: u64,
    /// Lost before the sinks.
    pub dropped: u64,
    /// In a ring or held.
    pub under_way: u64,
    /// Given to the sinks.
    pub accepted: u64,
}

/// One signal of one sink.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sink {
    /// Its name.
    pub sink: String,
    /// `spans`, `logs` or `points`.
    pub signal: String,
    /// Given to it.
    pub accepted: u64,
    /// Delivered.
    pub exported: u64,
    /// Lost.
    pub dropped: u64,
    /// Refused by the receiver.
    pub rejected: u64,
    /// Still waiting.
    pub queued: u64,
}

impl ServiceCounts {
    /// Requests that came, of all routes.
    pub fn started(&self) -> u64 {
        self.routes.values().map(|route| route.started).sum()
    }

    /// Requests that are under way.
    pub fn under_way(&self) -> u64 {
        self.routes.values().map(|route| route.started - route.ended).sum()
    }
}

impl ClientCounts {
    /// Requests sent, of all routes.
    pub fn started(&self) -> u64 {
        self.routes.values().map(|route| route.started).sum()
    }
}

impl Ledger {
    /// What is wrong for a service that has ended in good order with a receiver that takes all: every
    /// account must be equal on both sides, computed here, and nothing lost or left.
    pub fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        if !self.balances {
            problems.push("the service says that it doesn't balance".to_owned());
        }
        for account in &self.signals {
            if account.ended != account.accepted || account.dropped + account.under_way > 0 {
                problems.push(format!("{account:?}"));
            }
        }
        for account in &self.sinks {
            if account.accepted != account.exported {
                problems.push(format!("{account:?}"));
            }
        }
        problems
    }

    /// How many records of a signal a sink says that it has delivered; 0 if it was given none.
    pub fn exported(&self, sink: &str, signal: &str) -> u64 {
        let accounts = self.sinks.iter();
        let own = accounts.filter(|account| account.sink == sink && account.signal == signal);
        own.map(|account| account.exported).sum()
    }
}
