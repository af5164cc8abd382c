use std::fmt;

use super::propagation::put_hex;

/// Identifies a trace: 16 bytes, not all zero.
///
/// `Display` gives the 32 lower-case hexadecimal digits of
/// [W3C Trace Context](https://www.w3.org/TR/trace-context-2/#trace-id).
///
/// ```
/// use telemetry_core::TraceId;
///
/// let id = TraceId::parse("4bf92f3577b34da6a3ce929d0e0e4736").unwrap();
/// assert_eq!(id.to_string(), "4bf92f3577b34da6a3ce929d0e0e4736");
/// assert!(TraceId::parse("00000000000000000000000000000000").is_none());
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TraceId(u128);

/// Identifies a span within its trace: 8 bytes, not all zero.
///
/// `Display` gives 16 lower-case hexadecimal digits.
///
/// ```
/// use telemetry_core::SpanId;
///
/// let id = SpanId::parse("00f067aa0ba902b7").unwrap();
/// assert_eq!(id.to_string(), "00f067aa0ba902b7");
/// assert!(SpanId::parse("0000000000000000").is_none());
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SpanId(u64);

impl TraceId {
    /// All zero: no trace.
    pub(crate) const INVALID: Self = Self(0);

    pub(crate) const fn from_u128(value: u128) -> Self {
        Self(value)
    }

    /// The id of these bytes; none when all are zero.
    pub fn from_bytes(bytes: [u8; 16]) -> Option<Self> {
        let value = u128::from_be_bytes(bytes);
        (value != 0).then_some(Self(value))
    }

    /// The bytes, most significant first.
    pub const fn to_bytes(self) -> [u8; 16] {
        self.0.to_be_bytes()
    }

    /// Reads 32 lower-case hexadecimal digits; none for anything else and for all zeros.
    pub fn parse(text: &str) -> Option<Self> {
        (text.len() == 32).then(|| parse_hex(text)).flatten().map(Self)
    }

    /// The lower-case hexadecimal digits in ASCII, as headers and records in JSON have them; on the stack.
    ///
    /// ```
    /// use telemetry_core::TraceId;
    ///
    /// let id = TraceId::random();
    /// assert_eq!(id.to_digits(), id.to_string().as_bytes());
    /// ```
    #[inline]
    pub fn to_digits(self) -> [u8; 32] {
        let mut digits = [0; 32];
        put_hex(&mut digits, &self.to_bytes());
        digits
    }

    /// The 56 bits that the specification calls random; a consistent sampler decides by them
    /// (<https://www.w3.org/TR/trace-context-2/#random-trace-id-flag>).
    pub(crate) const fn randomness(self) -> u64 {
        self.0 as u64 & 0x00ff_ffff_ffff_ffff
    }
}

impl SpanId {
    /// All zero: no span.
    pub(crate) const INVALID: Self = Self(0);

    pub(crate) const fn from_u64(value: u64) -> Self {
        Self(value)
    }

    /// The id of these bytes; none when all are zero.
    pub fn from_bytes(bytes: [u8; 8]) -> Option<Self> {
        let value = u64::from_be_bytes(bytes);
        (value != 0).then_some(Self(value))
    }

    /// The bytes, most significant first.
    pub const fn to_bytes(self) -> [u8; 8] {
        self.0.to_be_bytes()
    }

    /// The lower-case hexadecimal digits in ASCII, on the stack.
    ///
    /// ```
    /// use telemetry_core::SpanId;
    ///
    /// let id = SpanId::parse("00f067aa0ba902b7").unwrap();
    /// assert_eq!(id.to_digits(), *b"00f067aa0ba902b7");
    /// ```
    #[inline]
    pub fn to_digits(self) -> [u8; 16] {
        let mut digits = [0; 16];
        put_hex(&mut digits, &self.to_bytes());
        digits
    }

    /// Reads 16 lower-case hexadecimal digits; none for anything else and for all zeros.
    pub fn parse(text: &str) -> Option<Self> {
        let value = (text.len() == 16).then(|| parse_hex(text)).flatten()?;
        u64::try_from(value).ok().map(Self)
    }
}

/// Reads lower-case hexadecimal digits; none for anything else and for zero.
fn parse_hex(text: &str) -> Option<u128> {
    let (mut value, mut seen) = (0_u128, 0);
    for byte in text.bytes() {
        let digit = DIGITS[usize::from(byte)];
        value = value << 4 | u128::from(digit & 0x0f);
        seen |= digit;
    }
    (seen & NO_DIGIT == 0 && value != 0).then_some(value)
}

const NO_DIGIT: u8 = 0x80;

/// The value of each character as a digit.
static DIGITS: [u8; 256] = {
    let mut table = [NO_DIGIT; 256];
    let mut digit = 0;
    while digit < 16 {
        table[b"0123456789abcdef"[digit] as usize] = digit as u8;
        digit += 1;
    }
    table
};

impl fmt::Display for TraceId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{:032x}", self.0)
    }
}

impl fmt::Debug for TraceId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, out)
    }
}

impl fmt::Display for SpanId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{:016x}", self.0)
    }
}

impl fmt::Debug for SpanId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, out)
    }
}
