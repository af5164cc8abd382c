use std::fmt;

/// The value of a counter or a gauge.
///
/// ```
/// use telemetry_core::Number;
///
/// assert_eq!(Number::from(3_u64), Number::I64(3));
/// assert_eq!(Number::from(2.5).as_f64(), 2.5);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Number {
    /// An integer.
    I64(i64),
    /// A double.
    F64(f64),
}

impl Number {
    /// The value as a double.
    pub fn as_f64(self) -> f64 {
        match self {
            Self::I64(value) => value as f64,
            Self::F64(value) => value,
        }
    }

    /// The sum of both; an integer where both are and it fits.
    pub(super) fn plus(self, other: Self) -> Self {
        match (self, other) {
            (Self::I64(one), Self::I64(other)) => {
                one.checked_add(other).map_or(Self::F64(one as f64 + other as f64), Self::I64)
            }
            _ => Self::F64(self.as_f64() + other.as_f64()),
        }
    }

    /// By how much a sum that stood at `earlier` has grown; all of it when it has fallen, since it
    /// has begun anew then.
    pub(super) fn growth_since(self, earlier: Self) -> Self {
        match (earlier, self) {
            (Self::I64(earlier), Self::I64(now)) if now >= earlier => {
                now.checked_sub(earlier).map_or(Self::F64(now as f64 - earlier as f64), Self::I64)
            }
            (earlier, now) if now.as_f64() >= earlier.as_f64() => {
                Self::F64(now.as_f64() - earlier.as_f64())
            }
            (_, now) => now,
        }
    }
}

impl fmt::Display for Number {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::I64(value) => value.fmt(out),
            Self::F64(value) => value.fmt(out),
        }
    }
}

macro_rules! from_small_integer {
    ($($type:ty),*) => {$(
        impl From<$type> for Number {
            fn from(value: $type) -> Self {
                Self::I64(i64::from(value))
            }
        }
    )*};
}
from_small_integer!(i8, i16, i32, i64, u8, u16, u32);

/// Above `i64::MAX`, where the wire has no integers, the nearest double.
impl From<u64> for Number {
    fn from(value: u64) -> Self {
        i64::try_from(value).map_or(Self::F64(value as f64), Self::I64)
    }
}

/// Above `i64::MAX`, where the wire has no integers, the nearest double.
impl From<usize> for Number {
    fn from(value: usize) -> Self {
        Self::from(value as u64)
    }
}

impl From<f32> for Number {
    fn from(value: f32) -> Self {
        Self::F64(f64::from(value))
    }
}

impl From<f64> for Number {
    fn from(value: f64) -> Self {
        Self::F64(value)
    }
}

/// A number that a 64-bit cell can hold and add up: `u64`, `i64` and `f64`.
pub trait Numeric: Copy + sealed::Sealed + Send + Sync + 'static {
    #[doc(hidden)]
    fn to_bits(self) -> u64;
    #[doc(hidden)]
    fn add_bits(one: u64, other: u64) -> u64;
    #[doc(hidden)]
    fn subtract_bits(one: u64, other: u64) -> u64;
    #[doc(hidden)]
    fn number(bits: u64) -> Number;
    #[doc(hidden)]
    fn is_negative(self) -> bool;
    #[doc(hidden)]
    const IS_INTEGER: bool;
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for u64 {}
    impl Sealed for i64 {}
    impl Sealed for f64 {}
}

impl Numeric for u64 {
    const IS_INTEGER: bool = true;

    #[inline]
    fn to_bits(self) -> u64 {
        self
    }
    #[inline]
    fn add_bits(one: u64, other: u64) -> u64 {
        one.wrapping_add(other)
    }
    fn subtract_bits(one: u64, other: u64) -> u64 {
        one.wrapping_sub(other)
    }
    fn number(bits: u64) -> Number {
        Number::from(bits)
    }
    #[inline]
    fn is_negative(self) -> bool {
        false
    }
}

impl Numeric for i64 {
    const IS_INTEGER: bool = true;

    #[inline]
    fn to_bits(self) -> u64 {
        self as u64
    }
    #[inline]
    fn add_bits(one: u64, other: u64) -> u64 {
        one.wrapping_add(other)
    }
    fn subtract_bits(one: u64, other: u64) -> u64 {
        one.wrapping_sub(other)
    }
    fn number(bits: u64) -> Number {
        Number::I64(bits as i64)
    }
    #[inline]
    fn is_negative(self) -> bool {
        self < 0
    }
}

impl Numeric for f64 {
    const IS_INTEGER: bool = false;

    #[inline]
    fn to_bits(self) -> u64 {
        Self::to_bits(self)
    }
    #[inline]
    fn add_bits(one: u64, other: u64) -> u64 {
        (Self::from_bits(one) + Self::from_bits(other)).to_bits()
    }
    fn subtract_bits(one: u64, other: u64) -> u64 {
        (Self::from_bits(one) - Self::from_bits(other)).to_bits()
    }
    fn number(bits: u64) -> Number {
        Number::F64(Self::from_bits(bits))
    }
    #[inline]
    fn is_negative(self) -> bool {
        self < 0.0 || self.is_nan()
    }
}
