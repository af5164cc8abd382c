//! The table: every side of a case with its least, middle and most.

use super::costs::{busy, delivered};
use super::{Costs, ENOUGH, ServiceFigures, Spread};
use crate::allocator::Allocator;
use crate::case::{Case, Comparison, Cores, Peer};
use crate::measure::Rounds;

/// Says once what the figures are.
pub(crate) fn print_heading() {
    println!(
        "Processor time of all threads through the final flush, in ns an operation, on one core at \
         a steady pace.\nA peer's ratio says how many times cheaper ours is, or what share ours is \
         of it, least to most of the rounds; then what is expected."
    );
}

/// Prints what a case came to.
pub(crate) fn print(case: &Case, allocator: Allocator, rounds: &Rounds) {
    let pace = case.load.burst as f64 / case.load.interval.as_secs_f64();
    let cores = match case.cores {
        Cores::One => "",
        Cores::Two => ", on two cores",
    };
    println!(
        "\n{}: {} rounds of {} operations at {pace:.0} a second{cores}",
        allocator.label(&case.path()),
        rounds.len(),
        case.load.operations(),
    );
    println!(
        "  {:<30} {:>9} {:>9} {:>9} {:>10} {:>6}   {:<28} expected",
        "", "min", "median", "max", "delivered", "busy", "ratio"
    );
    if let Comparison::Added { .. } = case.comparison {
        let bare = Spread::of(rounds.of(Case::BARE).iter().map(|measured| measured.nanos()));
        println!(
            "  {:<30} {:.*} {:>10} {:>5.0}%   subtracted from the rest",
            Case::BARE,
            decimals(&bare),
            bare,
            "",
            busy(rounds, Case::BARE) * 100.0
        );
    }
    let ours = Costs::of(case, rounds, Case::OURS);
    println!("  {}", side(rounds, Case::OURS, &ours));
    for peer in case.peers {
        let costs = Costs::of(case, rounds, peer.name);
        let compared = compared(case.comparison, rounds, peer, &costs, &ours);
        println!("  {}   {compared}", side(rounds, peer.name, &costs));
    }
    let sides = [Case::OURS].into_iter().chain(case.peers.iter().map(|peer| peer.name));
    for name in sides {
        if let Some(figures) = ServiceFigures::of(rounds, name) {
            println!("  {}", service(name, figures));
        }
    }
}

/// What callers and the machine's memory see of a side.
fn service(name: &str, figures: ServiceFigures) -> String {
    let ServiceFigures { p50_ns, grown_bytes } = figures;
    let grown = grown_bytes
        .map(|bytes| format!("; {:.2} MB more in memory after the first 1,000", bytes / 1e6));
    let half = format!("half of the requests answered within {:.1} µs", p50_ns / 1e3);
    format!("{name:<30} {half}{}", grown.unwrap_or_default())
}

fn side(rounds: &Rounds, name: &str, costs: &Costs) -> String {
    let spread = costs.spread();
    format!(
        "{name:<30} {spread:.*} {:>10.6} {:>5.0}%",
        decimals(&spread),
        delivered(rounds, name),
        busy(rounds, name) * 100.0
    )
}

/// As many as say something.
fn decimals(spread: &Spread) -> usize {
    if spread.median < 100.0 { 2 } else { 0 }
}

fn compared(
    comparison: Comparison,
    rounds: &Rounds,
    peer: &Peer,
    costs: &Costs,
    ours: &Costs,
) -> String {
    let lost = [Case::OURS, peer.name].iter().any(|side| delivered(rounds, side) < ENOUGH);
    if lost {
        return "VOID: records were lost".to_owned();
    }
    let (ours_ns, peer_ns) = (ours.spread().median, costs.spread().median);
    if ours_ns <= 0.0 || peer_ns <= 0.0 {
        return "VOID: a side cost no more than the bare one".to_owned();
    }
    let each = costs.ratio(ours, comparison);
    let ratio = comparison.ratio(ours_ns, peer_ns);
    let found = format!("{ratio:.2} ({:.2} to {:.2})", each.min, each.max);
    let Some(expected) = peer.expected else { return found };
    let bound = match comparison {
        Comparison::Added { .. } => "at least",
        Comparison::Share => "at most",
    };
    let missed = if comparison.reaches(ratio, expected) { "" } else { ": missed" };
    format!("{found:<28} {bound} {expected}{missed}")
}
