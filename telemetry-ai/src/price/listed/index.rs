//! Where a model's line lies in the table: a hash of provider and model leads to it.

use std::sync::{LazyLock, OnceLock};

use memchr::memchr;

use super::{TABLE, model::Model};

/// Made when the first price is asked for: a pass over the table, and 80 KiB.
pub(super) static INDEX: LazyLock<Index> = LazyLock::new(Index::new);

/// The lines of the table by what they are asked for with.
///
/// What a line says is parsed when it is first asked for and kept from then on, so that memory is
/// taken for the models that a service calls, and at the most for those that are listed.
#[derive(Debug)]
pub(super) struct Index {
    /// Open addressing with a power of two of places: the number of a line, from 1; zero is empty.
    places: Box<[u16]>,
    lines: Box<[Line]>,
}

#[derive(Debug)]
struct Line {
    /// Where it begins in the table.
    start: usize,
    model: OnceLock<Box<Model>>,
}

impl Index {
    fn new() -> Self {
        let mut starts = Vec::new();
        let mut start = 0;
        for line in TABLE.split_inclusive('\n') {
            if !line.starts_with('#') {
                starts.push(start);
            }
            start += line.len();
        }
        let mut places = vec![0; (starts.len() * 2).next_power_of_two()].into_boxed_slice();
        for (number, start) in (1..).zip(&starts) {
            let Some((provider, model, _)) = TABLE.get(*start..).and_then(parts) else { continue };
            let mut place = place(provider, model, places.len());
            while places[place] != 0 {
                place = (place + 1) & (places.len() - 1);
            }
            places[place] = number;
        }
        let lines = starts.into_iter().map(|start| Line { start, model: OnceLock::new() });
        Self { places, lines: lines.collect() }
    }

    /// A provider's model as the table names it, and what it says of it.
    pub(super) fn find(&self, provider: &str, model: &str) -> Option<(&'static str, &Model)> {
        let (line, name, rest) = self.line(provider, model)?;
        let model = line.model.get_or_init(|| {
            let cards = up_to_its_end(rest);
            let like = cards.strip_prefix('=').and_then(|like| self.line(provider, like));
            Box::new(Model::parse(like.map_or(cards, |(_, _, rest)| up_to_its_end(rest))))
        });
        Some((name, model))
    }

    /// The line with this key, its model's name, and the table from its cards on.
    fn line(&self, provider: &str, model: &str) -> Option<(&Line, &'static str, &'static str)> {
        let mut place = place(provider, model, self.places.len());
        // At most half of the places are taken.
        while let Some(at) = usize::from(self.places[place]).checked_sub(1) {
            let line = self.lines.get(at)?;
            let of_provider = TABLE.get(line.start..)?.strip_prefix(provider);
            let named = of_provider.and_then(|rest| rest.strip_prefix('\t'));
            let rest = named.and_then(|named| named.strip_prefix(model)?.strip_prefix('\t'));
            if let (Some(named), Some(rest)) = (named, rest) {
                return Some((line, named.get(..model.len())?, rest));
            }
            place = (place + 1) & (self.places.len() - 1);
        }
        None
    }
}

/// What is left of the line that a part of the table begins in.
fn up_to_its_end(table: &'static str) -> &'static str {
    let end = memchr(b'\n', table.as_bytes()).unwrap_or(table.len());
    table.get(..end).unwrap_or_default()
}

/// A line as provider, model and cards; a comment has none of them.
pub(super) fn parts(line: &str) -> Option<(&str, &str, &str)> {
    let (provider, rest) = line.split_once('\t')?;
    let (model, cards) = rest.split_once('\t')?;
    Some((provider, model, cards))
}

/// The first place of a key among so many, a power of two.
fn place(provider: &str, model: &str, places: usize) -> usize {
    // Odd, with its bits well mixed: that of the golden ratio.
    const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;
    let mut state = 0_u64;
    let mut add = |word: u64| state = (state.rotate_left(5) ^ word).wrapping_mul(FACTOR);
    for part in [provider.as_bytes(), model.as_bytes()] {
        let mut words = part.chunks_exact(8);
        for word in &mut words {
            add(word.iter().rev().fold(0, |all, byte| all << 8 | u64::from(*byte)));
        }
        // The length closes a part: one that ends in zeros is another than one without them.
        let rest = words.remainder().iter().fold(0, |all, byte| all << 8 | u64::from(*byte));
        add(rest << 8 | part.len() as u64);
    }
    // A product's upper half depends on all of the bits.
    (state >> 32) as usize & (places - 1)
}
