//! [`Amount`]: what a call costs, while it is added up.

use rust_decimal::Decimal;

/// A sum of tokens times rates, exact.
///
/// Nearly all are a few digits long, and added up as plain integers; what has more is added as decimals
/// are.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Amount {
    /// Of a millionth of a dollar, with so many of them behind the point.
    digits: i64,
    scale: u32,
    /// In dollars, besides.
    more: Decimal,
}

/// So far apart points may be.
const POWERS: [i64; 9] = [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000];
/// A decimal has no more places behind its point, six of which are for the million.
const PLACES: u32 = 28 - 6;

impl Amount {
    /// Adds so many tokens at a rate per million; `None` where it leaves 96 bits of digits.
    pub(super) fn add(&mut self, tokens: u64, rate: Decimal) -> Option<()> {
        if self.add_digits(tokens, rate, 1).is_none() {
            self.add_dollars(millionth(Decimal::from(tokens).checked_mul(rate)?)?)?;
        }
        Some(())
    }

    /// Takes them off instead.
    pub(super) fn subtract(&mut self, tokens: u64, rate: Decimal) -> Option<()> {
        if self.add_digits(tokens, rate, -1).is_none() {
            self.add_dollars(-millionth(Decimal::from(tokens).checked_mul(rate)?)?)?;
        }
        Some(())
    }

    pub(super) fn add_dollars(&mut self, dollars: Decimal) -> Option<()> {
        self.more = self.more.checked_add(dollars)?;
        Some(())
    }

    /// The sum in dollars, without zeros at its end.
    pub(super) fn dollars(self) -> Option<Decimal> {
        let Self { mut digits, mut scale, more } = self;
        scale += 6;
        if digits == 0 {
            return Some(more.normalize());
        }
        while scale > 0 && digits % 10 == 0 {
            (digits, scale) = (digits / 10, scale - 1);
        }
        let sum = Decimal::try_new(digits, scale).ok()?;
        if more.is_zero() {
            return Some(sum);
        }
        Some(sum.checked_add(more)?.normalize())
    }

    #[inline]
    fn add_digits(&mut self, tokens: u64, rate: Decimal, sign: i64) -> Option<()> {
        let (own, places) = (i64::try_from(rate.mantissa()).ok()?, rate.scale());
        let product = i64::try_from(tokens).ok()?.checked_mul(sign * own)?;
        let scale = self.scale.max(places);
        let align = |digits: i64, from: u32| {
            digits.checked_mul(*POWERS.get(usize::try_from(scale - from).ok()?)?)
        };
        let sum = align(self.digits, self.scale)?.checked_add(align(product, places)?)?;
        if scale > PLACES {
            return None;
        }
        (self.digits, self.scale) = (sum, scale);
        Some(())
    }
}

/// A millionth of an amount, by moving its point, so that nothing is rounded.
pub(super) fn millionth(amount: Decimal) -> Option<Decimal> {
    // Zeros at the end are room for more digits, where there is no other.
    let mut amount = if amount.scale() > 22 { amount.normalize() } else { amount };
    amount.set_scale(amount.scale() + 6).ok()?;
    Some(amount)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn any_rate() -> impl Strategy<Value = Decimal> {
        prop_oneof![
            8 => (0..100_000_i64, 0..8_u32).prop_map(|(digits, scale)| Decimal::new(digits, scale)),
            2 => (0..i64::MAX, 0..22_u32).prop_map(|(digits, scale)| Decimal::new(digits, scale)),
            1 => (0..1_000_i64).prop_map(Decimal::from),
        ]
    }

    fn any_tokens() -> impl Strategy<Value = u64> {
        prop_oneof![4 => 0..1_000_000_u64, 1 => 0..1_u64 << 40]
    }

    proptest! {
        #[test]
        fn the_sum_is_that_of_decimals(
            products in proptest::collection::vec((any_tokens(), any_rate(), any::<bool>()), 0..6),
        ) {
            let (mut amount, mut plain) = (Amount::default(), Some(Decimal::ZERO));
            let mut fits = true;
            for (tokens, rate, added) in products {
                // Decimals round what has more digits than they hold.
                fits &= u128::from(tokens).checked_mul(rate.mantissa().unsigned_abs()).is_some_and(|all| all >> 80 == 0);
                let product = Decimal::from(tokens).checked_mul(rate).and_then(millionth);
                if added {
                    amount.add(tokens, rate);
                } else {
                    amount.subtract(tokens, rate);
                }
                plain = plain.zip(product).and_then(|(plain, product)| {
                    plain.checked_add(if added { product } else { -product })
                });
            }
            if let Some(plain) = plain.filter(|_| fits) {
                let difference = amount.dollars().unwrap() - plain;
                // The last digit of a sum of decimals may be rounded where their points are far apart.
                prop_assert!(difference.abs() <= Decimal::new(1, 24), "{difference}");
            }
        }

        #[test]
        fn few_digits_are_summed_exactly_and_without_zeros_at_the_end(
            products in proptest::collection::vec((0..1_000_000_u64, 0..100_000_i64, 0..6_u32), 0..6),
        ) {
            let (mut amount, mut plain) = (Amount::default(), Decimal::ZERO);
            for (tokens, digits, scale) in products {
                let rate = Decimal::new(digits, scale);
                amount.add(tokens, rate).unwrap();
                plain += millionth(Decimal::from(tokens) * rate).unwrap();
            }
            let dollars = amount.dollars().unwrap();
            prop_assert_eq!(dollars, plain);
            prop_assert_eq!(dollars.scale(), plain.normalize().scale());
        }
    }

    #[test]
    fn what_has_too_many_digits_for_integers_is_summed_as_decimals() {
        let mut amount = Amount::default();
        let rate: Decimal = "0.1234567890123456789012".parse().unwrap();
        amount.add(1_000_000, rate).unwrap();
        amount.add(2, Decimal::ONE).unwrap();
        assert_eq!(amount.dollars().unwrap().to_string(), "0.1234587890123456789012");
        assert_eq!(Amount::default().dollars(), Some(Decimal::ZERO));
    }
}
