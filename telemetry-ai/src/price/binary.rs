//! Amounts as the binary numbers that attributes and metrics hold.

use rust_decimal::{Decimal, prelude::ToPrimitive};

/// Up to here every whole number is a binary one.
const EXACT: u128 = 1 << 53;
/// The powers of ten that are binary numbers exactly.
const POWERS: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
    1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
];

/// The nearest binary number.
pub(crate) fn binary(amount: Decimal) -> Option<f64> {
    let digits = amount.mantissa();
    let power = POWERS.get(amount.scale() as usize).filter(|_| digits.unsigned_abs() <= EXACT);
    // Both are exact, so that their quotient is rounded once.
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        reason = "checked above"
    )]
    match power {
        Some(power) => Some(digits as i64 as f64 / power),
        None => amount.to_f64(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn it_is_the_number_that_its_digits_are_read_as(digits in -(1_i64 << 53)..1 << 53, scale in 0_u32..23) {
            let amount = Decimal::new(digits, scale);
            prop_assert_eq!(binary(amount), amount.to_string().parse().ok());
        }
    }

    #[test]
    fn large_amounts_are_numbers_too() {
        assert_eq!(binary(Decimal::MAX), Decimal::MAX.to_f64());
        assert_eq!(binary(Decimal::ZERO), Some(0.0));
    }
}
