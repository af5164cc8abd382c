//! Attributes: [`Value`] under a key, and the set of them that a metric point carries.
//!
//! Keys are plain `&str`; the conventional ones are in [`crate::semconv`].

mod decode;
mod encode;
mod key;
mod limits;
mod set;
mod short;
mod value;

pub use decode::Attributes;
pub use key::Key;
pub use set::AttributeSet;
pub use value::Value;

pub(crate) use decode::{read_any_value, read_key_value};
pub(crate) use encode::{ATTRIBUTE_FIELD, put_any_value, put_attribute};
pub(crate) use key::print;
pub(crate) use limits::{AttributeLimits, put_cut};
pub(crate) use short::{ROOM, SHORT_TEXT, ShortKey, copy as copy_short, put_short};
