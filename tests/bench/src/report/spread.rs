//! [`Spread`]: least, middle and most of several figures.

use std::fmt::{self, Display, Formatter};

/// Least, middle and most of several figures.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Spread {
    pub(crate) min: f64,
    pub(crate) median: f64,
    pub(crate) max: f64,
}

impl Spread {
    /// The spread of `figures`; all zero when there are none.
    pub(crate) fn of(figures: impl IntoIterator<Item = f64>) -> Self {
        let mut sorted: Vec<f64> = figures.into_iter().collect();
        sorted.sort_by(f64::total_cmp);
        let at = |place: usize| sorted.get(place).copied().unwrap_or_default();
        let last = sorted.len().saturating_sub(1);
        Self {
            min: at(0),
            // The mean of the two in the middle, which are one and the same in an odd number.
            median: f64::midpoint(at(last / 2), at(last.div_ceil(2))),
            max: at(last),
        }
    }
}

/// The three in columns, with as many decimals as the format asks for.
impl Display for Spread {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        let decimals = out.precision().unwrap_or(0);
        let Self { min, median, max } = self;
        write!(out, "{min:9.decimals$} {median:9.decimals$} {max:9.decimals$}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_in_the_middle() {
        let three = Spread::of([3.0, 1.0, 10.0]);
        assert_eq!((three.min, three.median, three.max), (1.0, 3.0, 10.0));
        assert_eq!(Spread::of([4.0, 1.0, 2.0, 3.0]).median, 2.5);
    }
}
