//! The first sight of a query's text of 120 bytes.

use super::statements::{self, Texts};
use crate::case::{Case, Comparison, Cores, Load, Peer, Subject};
use crate::failure::Failure;

pub(in crate::cases) const CASE: Case = Case {
    area: "db",
    name: "lexer_cold",
    comparison: Comparison::Added { bare },
    cores: Cores::One,
    load: Load::REQUESTS,
    ours,
    peers: &[Peer::new("sqlparser", sqlparser).expected(10.0)],
};

/// So many that none is still in a cache when its turn comes again.
const TEXTS: usize = 8_192;

fn bare() -> Result<Subject, Failure> {
    statements::bare(Texts::new(TEXTS))
}

fn ours() -> Result<Subject, Failure> {
    statements::ours(Texts::new(TEXTS))
}

fn sqlparser() -> Result<Subject, Failure> {
    statements::sqlparser(Texts::new(TEXTS))
}
