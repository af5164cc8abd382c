use super::MAX_SCALE;

/// The bits of a double's mantissa.
const MANTISSA: u32 = 52;

/// The bucket of a positive finite `value` at the finest scale. A power of two is the upper bound of
/// its bucket, exactly; elsewhere a value within rounding of a bound may fall to either side of it.
#[inline]
pub(super) fn index(value: f64) -> i32 {
    let (value, shift) = match value < f64::MIN_POSITIVE {
        // Makes a subnormal number a normal one.
        true => (value * (1_u64 << MANTISSA) as f64, MANTISSA as i32),
        false => (value, 0),
    };
    let bits = value.to_bits();
    let exponent = (bits >> MANTISSA) as i32 - 1023 - shift;
    let fraction = bits & ((1 << MANTISSA) - 1);
    let within = if fraction == 0 {
        -1
    } else {
        let mantissa = f64::from_bits(fraction | 1023 << MANTISSA);
        let steps = (mantissa.log2() * f64::from(1 << MAX_SCALE)).ceil() as i32;
        // Rounding doesn't carry a value across a power of two.
        (steps - 1).clamp(0, (1 << MAX_SCALE) - 1)
    };
    (exponent << MAX_SCALE) + within
}

/// The bound below the bucket `index` at `scale`, which is the upper one of the bucket before.
pub(in crate::metric) fn lower_bound(index: i32, scale: i32) -> f64 {
    let index = i64::from(index);
    if scale <= 0 {
        return power_of_two(index << scale.unsigned_abs());
    }
    let steps = 1_i64 << scale;
    let within = (index.rem_euclid(steps) as f64 / steps as f64).exp2();
    within * power_of_two(index.div_euclid(steps))
}

fn power_of_two(exponent: i64) -> f64 {
    // Far outside of what a double can be the result is zero or infinite either way.
    2.0_f64.powi(exponent.clamp(-2000, 2000) as i32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn powers_of_two_are_upper_bounds_and_their_neighbours_are_not() {
        for exponent in [-1074, -1073, -1023, -1022, -10, -1, 0, 1, 10, 1023] {
            let value = if exponent < -1022 {
                f64::from_bits(1 << (exponent + 1074))
            } else {
                2.0_f64.powi(exponent)
            };
            assert_eq!(index(value), (exponent << MAX_SCALE) - 1, "2^{exponent}");
            assert!(index(value.next_up()) >= exponent << MAX_SCALE, "above 2^{exponent}");
        }
        assert_eq!(index(1.0_f64.next_down()), -1);
        assert_eq!(index(2.0_f64.next_down()), (1 << MAX_SCALE) - 1);
        assert_eq!(index(f64::MAX), (1024 << MAX_SCALE) - 1);
    }

    proptest! {
        #[test]
        fn a_value_lies_within_the_bounds_of_its_bucket(
            mantissa in 1.0..2.0_f64,
            exponent in -1000..1000_i32,
            scale in -10..=20_i32,
        ) {
            let value = mantissa * 2.0_f64.powi(exponent);
            let index = index(value) >> (MAX_SCALE - scale);
            let rounding = 1.0 + 1e-9;
            prop_assert!(lower_bound(index, scale) <= value * rounding);
            prop_assert!(value <= lower_bound(index + 1, scale) * rounding);
        }
    }
}
