use std::borrow::Cow;
use std::time::Duration;

/// The value of an attribute, borrowed from whoever has it: nothing is copied until it is encoded.
///
/// The variants are those of OpenTelemetry's
/// [`AnyValue`](https://opentelemetry.io/docs/specs/otel/common/#anyvalue) that attributes use.
///
/// ```
/// use telemetry_core::Value;
///
/// assert_eq!(Value::from(3_u16), Value::I64(3));
/// assert_eq!(Value::from("paid"), Value::Str("paid"));
/// // Above `i64::MAX` an integer has no place on the wire; it is kept as the nearest float.
/// assert!(matches!(Value::from(u64::MAX), Value::F64(_)));
///
/// let sizes = [("width", 3.into()), ("height", 2.5.into())];
/// assert_eq!(Value::Map(&sizes).to_string(), r#"{"width":3,"height":2.5}"#);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Value<'a> {
    /// No value. An attribute that is set to it is left out, and so is what it was set to before.
    Empty,
    /// A boolean.
    Bool(bool),
    /// A signed integer.
    I64(i64),
    /// A double.
    F64(f64),
    /// A text.
    Str(&'a str),
    /// Raw bytes.
    Bytes(&'a [u8]),
    /// A list of texts.
    StrArray(&'a [&'a str]),
    /// A list of booleans.
    BoolArray(&'a [bool]),
    /// A list of integers.
    I64Array(&'a [i64]),
    /// A list of doubles.
    F64Array(&'a [f64]),
    /// A list of values of any kind. Lists and maps in each other are recorded sixteen deep.
    Array(&'a [Value<'a>]),
    /// A map; each key once.
    Map(&'a [(&'a str, Value<'a>)]),
    /// A list or map as it stands in a record, still encoded (`AnyValue` of OTLP). Read from records
    /// only; `Display` renders it as JSON.
    Encoded(&'a [u8]),
}

impl Value<'_> {
    /// The text, when it is one.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::Str(text) => Some(text),
            _ => None,
        }
    }

    /// The integer, when it is one.
    pub fn as_i64(&self) -> Option<i64> {
        match self {
            Self::I64(value) => Some(*value),
            _ => None,
        }
    }

    /// The number as a double, when it is an integer or a double.
    pub fn as_f64(&self) -> Option<f64> {
        match self {
            Self::I64(value) => Some(*value as f64),
            Self::F64(value) => Some(*value),
            _ => None,
        }
    }
}

macro_rules! from_integer {
    ($($type:ty),*) => {$(
        impl From<$type> for Value<'_> {
            #[inline]
            fn from(value: $type) -> Self {
                Self::I64(i64::from(value))
            }
        }
    )*};
}
from_integer!(i8, i16, i32, i64, u8, u16, u32);

impl From<u64> for Value<'_> {
    #[inline]
    fn from(value: u64) -> Self {
        i64::try_from(value).map_or(Self::F64(value as f64), Self::I64)
    }
}

impl From<usize> for Value<'_> {
    #[inline]
    fn from(value: usize) -> Self {
        Self::from(value as u64)
    }
}

impl From<bool> for Value<'_> {
    #[inline]
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

/// In seconds, as durations are in the conventions.
impl From<Duration> for Value<'_> {
    #[inline]
    fn from(value: Duration) -> Self {
        Self::F64(value.as_secs_f64())
    }
}

impl From<f32> for Value<'_> {
    #[inline]
    fn from(value: f32) -> Self {
        Self::F64(f64::from(value))
    }
}

impl From<f64> for Value<'_> {
    #[inline]
    fn from(value: f64) -> Self {
        Self::F64(value)
    }
}

impl<'a> From<&'a str> for Value<'a> {
    #[inline]
    fn from(value: &'a str) -> Self {
        Self::Str(value)
    }
}

impl<'a> From<&'a String> for Value<'a> {
    #[inline]
    fn from(value: &'a String) -> Self {
        Self::Str(value)
    }
}

impl<'a> From<&'a Cow<'_, str>> for Value<'a> {
    #[inline]
    fn from(value: &'a Cow<'_, str>) -> Self {
        Self::Str(value)
    }
}

impl<'a> From<&'a [&'a str]> for Value<'a> {
    #[inline]
    fn from(value: &'a [&'a str]) -> Self {
        Self::StrArray(value)
    }
}

macro_rules! from_slice {
    ($($element:ty => $variant:ident),*) => {$(
        impl<'a> From<&'a [$element]> for Value<'a> {
            #[inline]
            fn from(value: &'a [$element]) -> Self {
                Self::$variant(value)
            }
        }
    )*};
}
from_slice!(
    u8 => Bytes,
    bool => BoolArray,
    i64 => I64Array,
    f64 => F64Array,
    Value<'a> => Array,
    (&'a str, Value<'a>) => Map
);

impl<'a, T: Into<Value<'a>>> From<Option<T>> for Value<'a> {
    #[inline]
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Empty, Into::into)
    }
}

/// Text as it is, numbers in decimal, lists and maps as JSON.
impl std::fmt::Display for Value<'_> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        super::decode::display(*self, out)
    }
}
