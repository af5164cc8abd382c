use telemetry_db::Dialect;

use super::{Piece, Shape};
use crate::random::Random;

/// Writes a statement in one of the ways in which it can be written.
pub(crate) fn write(shape: &Shape, dialect: Dialect, random: &mut Random) -> String {
    write_with(shape, dialect, random, true)
}

/// The same without NULL in place of a number, which may be of another type.
#[cfg(feature = "servers")]
pub(crate) fn write_without_nulls(shape: &Shape, dialect: Dialect, random: &mut Random) -> String {
    write_with(shape, dialect, random, false)
}

fn write_with(shape: &Shape, dialect: Dialect, random: &mut Random, nulls: bool) -> String {
    let mut text = String::new();
    let mut clings = true;
    for piece in &shape.0 {
        let written = match piece {
            Piece::Idle(_) if random.once_in(2) => continue,
            Piece::Key(word) | Piece::Idle(word) => with_case(word, random),
            Piece::Name(name) => named(name, dialect, random),
            Piece::Mark(mark) => (*mark).to_owned(),
            Piece::NotEqual => (*random.pick(&["<>", "!="])).to_owned(),
            Piece::Number if nulls && random.once_in(12) => "NULL".to_owned(),
            Piece::Number if random.once_in(6) => format!("-{}", random.below(1_000_000)),
            Piece::Number | Piece::Count => random.below(1_000_000).to_string(),
            Piece::Text => value(dialect, random),
            Piece::Truth => with_case(if random.once_in(2) { "TRUE" } else { "FALSE" }, random),
        };
        let dot = *piece == Piece::Mark(".");
        if !clings && !dot {
            text.push_str(&blank(random));
        }
        text.push_str(&written);
        clings = dot;
    }
    if random.once_in(4) {
        text.push(';');
    }
    text
}

fn with_case(word: &str, random: &mut Random) -> String {
    match random.below(3) {
        0 => word.to_lowercase(),
        _ => word.to_owned(),
    }
}

fn named(name: &str, dialect: Dialect, random: &mut Random) -> String {
    match (random.below(4), dialect) {
        (0, Dialect::MySql) => format!("`{name}`"),
        // SQLite's double quotes may be a string's, but for a place that only a name can have.
        (0, Dialect::Sqlite) => format!("[{name}]"),
        (0, _) => format!("\"{name}\""),
        (1, _) => name.to_uppercase(),
        _ => name.to_owned(),
    }
}

/// What may stand inside of a text: whatever could be taken for the end of one, or for code.
const INSIDE: [&str; 14] =
    ["plain", "''", "--", "/*", "*/", ";", " IN (", "SELECT", "\"", "$1", "?", "%", "é", "a b"];

fn value(dialect: Dialect, random: &mut Random) -> String {
    if random.once_in(12) {
        return "NULL".to_owned();
    }
    let mut inside = String::new();
    for _ in 0..random.below(4) {
        inside.push_str(random.pick::<&str>(&INSIDE));
    }
    match (random.below(5), dialect) {
        (0, Dialect::Postgres) => format!("E'it\\'s {inside}\\\\'"),
        (1, Dialect::Postgres) => format!("$${inside}$$").replace("$1", ""),
        (2, Dialect::Postgres) => format!("$tag${inside}$tag$"),
        (0, Dialect::MySql) => format!("\"{}\"", inside.replace('"', "\"\"")),
        _ => format!("'{inside}'"),
    }
}

fn blank(random: &mut Random) -> String {
    match random.below(24) {
        0 => "\n\t".to_owned(),
        1 => " /* it's a \"note\" */ ".to_owned(),
        2 => " -- it's a 'note'\n".to_owned(),
        _ => " ".to_owned(),
    }
}
