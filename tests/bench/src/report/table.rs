//! The table: every side of a case with its least, middle and most.

use super::costs::{busy, delivered};
use super::{Costs, ENOUGH, Spread};
use crate::allocator::Allocator;
use crate::case::Case;
use crate::measure::Rounds;

/// Says once what the figures are.
pub(crate) fn print_heading() {
    println!(
        "Processor time of all threads through the final flush, in ns an operation, on one core at \
         a steady pace.\nA peer's ratio says how many times cheaper ours is, least to most of the \
         rounds."
    );
}

/// Prints what a case came to.
pub(crate) fn print(case: &Case, allocator: Allocator, rounds: &Rounds) {
    let pace = case.load.burst as f64 / case.load.interval.as_secs_f64();
    println!(
        "\n{}: {} rounds of {} operations at {pace:.0} a second",
        allocator.label(&case.path()),
        rounds.len(),
        case.load.operations(),
    );
    println!(
        "  {:<30} {:>9} {:>9} {:>9} {:>10} {:>6}   ratio",
        "", "min", "median", "max", "delivered", "busy"
    );
    let bare = Spread::of(rounds.of(Case::BARE).iter().map(|measured| measured.nanos()));
    println!(
        "  {:<30} {bare} {:>10} {:>5.0}%   subtracted from the rest",
        Case::BARE,
        "",
        busy(rounds, Case::BARE) * 100.0
    );
    let ours = Costs::of(case, rounds, Case::OURS);
    println!("  {} ", side(rounds, Case::OURS, &ours).trim_end());
    for peer in case.peers {
        let costs = Costs::of(case, rounds, peer.name);
        println!(
            "  {}  {}",
            side(rounds, peer.name, &costs),
            ratio(rounds, peer.name, &costs, &ours)
        );
    }
}

fn side(rounds: &Rounds, name: &str, costs: &Costs) -> String {
    format!(
        "{name:<30} {} {:>10.6} {:>5.0}% ",
        costs.spread(),
        delivered(rounds, name),
        busy(rounds, name) * 100.0
    )
}

fn ratio(rounds: &Rounds, name: &str, costs: &Costs, ours: &Costs) -> String {
    let lost = [Case::OURS, name].iter().any(|side| delivered(rounds, side) < ENOUGH);
    if lost {
        return "VOID: records were lost".to_owned();
    }
    let rounds = costs.ratio(ours);
    let of_medians = costs.spread().median / ours.spread().median;
    format!("{of_medians:.2} ({:.2} to {:.2})", rounds.min, rounds.max)
}
