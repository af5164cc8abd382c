use std::fmt;

/// The value of a counter or a gauge.
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
}

impl fmt::Display for Number {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::I64(value) => value.fmt(out),
            Self::F64(value) => value.fmt(out),
        }
    }
}

/// A number that a 64-bit cell can hold and add up.
pub trait Numeric: Copy + sealed::Sealed + 'static {
    #[doc(hidden)]
    fn to_bits(self) -> u64;
    #[doc(hidden)]
    fn add_bits(one: u64, other: u64) -> u64;
    #[doc(hidden)]
    fn number(bits: u64) -> Number;
    #[doc(hidden)]
    fn is_negative(self) -> bool;
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for u64 {}
    impl Sealed for i64 {}
    impl Sealed for f64 {}
}

impl Numeric for u64 {
    #[inline]
    fn to_bits(self) -> u64 {
        self
    }
    #[inline]
    fn add_bits(one: u64, other: u64) -> u64 {
        one.wrapping_add(other)
    }
    fn number(bits: u64) -> Number {
        // Beyond the range of the wire's integer a count is kept as the nearest double.
        i64::try_from(bits).map_or(Number::F64(bits as f64), Number::I64)
    }
    #[inline]
    fn is_negative(self) -> bool {
        false
    }
}

impl Numeric for i64 {
    #[inline]
    fn to_bits(self) -> u64 {
        self as u64
    }
    #[inline]
    fn add_bits(one: u64, other: u64) -> u64 {
        one.wrapping_add(other)
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
    #[inline]
    fn to_bits(self) -> u64 {
        Self::to_bits(self)
    }
    #[inline]
    fn add_bits(one: u64, other: u64) -> u64 {
        (Self::from_bits(one) + Self::from_bits(other)).to_bits()
    }
    fn number(bits: u64) -> Number {
        Number::F64(Self::from_bits(bits))
    }
    #[inline]
    fn is_negative(self) -> bool {
        self < 0.0 || self.is_nan()
    }
}
