use std::fmt;

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

    /// Reads 16 lower-case hexadecimal digits; none for anything else and for all zeros.
    pub fn parse(text: &str) -> Option<Self> {
        let value = (text.len() == 16).then(|| parse_hex(text)).flatten()?;
        u64::try_from(value).ok().map(Self)
    }
}

/// Reads lower-case hexadecimal digits; none for anything else and for zero.
fn parse_hex(text: &str) -> Option<u128> {
    let digits = text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    let value = u128::from_str_radix(text, 16).ok()?;
    (digits && value != 0).then_some(value)
}

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
