//! [`Handles`]: the series of calls that have all labels in common.

use std::sync::OnceLock;

use telemetry_core::{BoundCounter, BoundHistogram, BoundUpDownCounter};

use crate::{CostStatus, Modalities};

/// The counters of tokens.
#[derive(Debug, Clone, Copy)]
pub(super) enum Tokens {
    Input,
    Output,
    CacheRead,
    CacheWrite,
    Reasoning,
}

/// The series of calls that have all labels in common, each bound when it is first written to. So a call
/// pays for a few additions, and not for finding its series by their labels time and again.
#[derive(Debug, Default)]
pub(crate) struct Handles {
    pub(super) duration: OnceLock<BoundHistogram>,
    pub(super) operation_duration: OnceLock<BoundHistogram>,
    pub(super) first_chunk: OnceLock<BoundHistogram>,
    pub(super) operation_first_chunk: OnceLock<BoundHistogram>,
    pub(super) token_usage: [OnceLock<BoundHistogram>; 2],
    pub(super) cost: OnceLock<BoundCounter<f64>>,
    pub(super) cache_savings: OnceLock<BoundUpDownCounter<f64>>,
    requests: [OnceLock<BoundCounter>; 4],
    tokens: [[OnceLock<BoundCounter>; Modalities::ROWS]; 5],
}

impl Handles {
    /// The counter of tokens of a kind, and of the modality at this place among the rows of a split.
    pub(super) fn tokens(&self, kind: Tokens, row: usize) -> Option<&OnceLock<BoundCounter>> {
        self.tokens[kind as usize].get(row)
    }

    /// The counter of calls that went well.
    pub(super) fn requests(&self, status: CostStatus) -> &OnceLock<BoundCounter> {
        let [exact, partial, estimated, unpriced] = &self.requests;
        match status {
            CostStatus::Exact => exact,
            CostStatus::Partial => partial,
            CostStatus::Estimated => estimated,
            CostStatus::Unpriced => unpriced,
        }
    }
}
