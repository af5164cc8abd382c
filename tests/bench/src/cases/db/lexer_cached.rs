//! A query's text of 120 bytes, seen again.

use std::time::Duration;

use super::statements::{self, Texts};
use crate::case::{Case, Comparison, Cores, Load, Peer, Subject};
use crate::failure::Failure;

pub(in crate::cases) const CASE: Case = Case {
    area: "db",
    name: "lexer_cached",
    comparison: Comparison::Added { bare },
    cores: Cores::One,
    load: LOAD,
    ours,
    peers: &[Peer::new("sqlparser", sqlparser).expected(200.0)],
};

/// Some nanoseconds for us, so in large bursts, and microseconds for the peer, so few of them.
const LOAD: Load =
    Load { burst: 5_000, interval: Duration::from_millis(250), warm_up: 2, bursts: 12 };

/// A service has more than one query.
const TEXTS: usize = 8;

fn bare() -> Result<Subject, Failure> {
    statements::bare(Texts::new(TEXTS))
}

fn ours() -> Result<Subject, Failure> {
    statements::ours(Texts::new(TEXTS))
}

fn sqlparser() -> Result<Subject, Failure> {
    statements::sqlparser(Texts::new(TEXTS))
}
