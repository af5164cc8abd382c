//! [`Row`]: ours and one peer, for programs to read.

use std::fs;
use std::path::Path;

use serde::Serialize;

use super::costs::delivered;
use super::{Costs, ENOUGH, ServiceFigures};
use crate::allocator::Allocator;
use crate::case::Case;
use crate::failure::Failure;
use crate::measure::Rounds;

/// Ours and one peer: medians over the rounds, in nanoseconds an operation.
#[derive(Debug, Serialize)]
pub(crate) struct Row {
    area: &'static str,
    case: String,
    ours_ns: f64,
    peer: &'static str,
    peer_ns: f64,
    /// `None` says that the row is void.
    ratio: Option<f64>,
    ours_delivered: f64,
    peer_delivered: f64,
    /// Of services, which somebody calls.
    #[serde(flatten)]
    service: Option<ServiceRow>,
}

/// What callers and the machine's memory see of both sides.
#[derive(Debug, Serialize)]
struct ServiceRow {
    ours_p50_ns: f64,
    peer_p50_ns: f64,
    ours_grown_bytes: Option<f64>,
    peer_grown_bytes: Option<f64>,
}

impl Row {
    /// Whether the row says nothing: too much was lost, or a side cost no more than the bare one.
    pub(crate) fn is_void(&self) -> bool {
        self.ratio.is_none()
    }
}

/// The rows of a case, one for each peer.
pub(crate) fn rows(case: &Case, allocator: Allocator, rounds: &Rounds) -> Vec<Row> {
    let ours_ns = rounded(Costs::of(case, rounds, Case::OURS).spread().median, 2);
    let ours_delivered = delivered(rounds, Case::OURS);
    let row = |peer: &'static str| {
        let peer_ns = rounded(Costs::of(case, rounds, peer).spread().median, 2);
        let peer_delivered = delivered(rounds, peer);
        // What costs no more than the bare operation can't be divided by.
        let enough = ours_delivered >= ENOUGH && peer_delivered >= ENOUGH;
        let says_something = enough && ours_ns > 0.0 && peer_ns > 0.0;
        Row {
            area: case.area,
            case: allocator.label(case.name),
            ours_ns,
            peer,
            peer_ns,
            ratio: says_something.then(|| rounded(case.comparison.ratio(ours_ns, peer_ns), 3)),
            ours_delivered: rounded(ours_delivered, 6),
            peer_delivered: rounded(peer_delivered, 6),
            service: service_row(rounds, peer),
        }
    };
    case.peers.iter().map(|peer| row(peer.name)).collect()
}

fn service_row(rounds: &Rounds, peer: &str) -> Option<ServiceRow> {
    let ours = ServiceFigures::of(rounds, Case::OURS)?;
    let peer = ServiceFigures::of(rounds, peer)?;
    Some(ServiceRow {
        ours_p50_ns: rounded(ours.p50_ns, 0),
        peer_p50_ns: rounded(peer.p50_ns, 0),
        ours_grown_bytes: ours.grown_bytes,
        peer_grown_bytes: peer.grown_bytes,
    })
}

/// Writes the rows as a JSON array with one row a line.
pub(crate) fn write_json(file: &Path, rows: &[Row]) -> Result<(), Failure> {
    let lines: Result<Vec<_>, _> = rows.iter().map(serde_json::to_string).collect();
    let text = format!("[\n{}\n]\n", lines?.join(",\n"));
    Ok(fs::write(file, text).map_err(|error| format!("{}: {error}", file.display()))?)
}

fn rounded(figure: f64, decimals: i32) -> f64 {
    let unit = 10_f64.powi(decimals);
    (figure * unit).round() / unit
}
