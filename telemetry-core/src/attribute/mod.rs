//! Attributes: [`Value`] under a key, and the set of them that a metric point carries.
//!
//! Keys are plain `&str`; the conventional ones are in [`crate::semconv`].

mod decode;
mod encode;
mod set;
mod value;

pub use decode::Attributes;
pub use set::AttributeSet;
pub use value::Value;

pub(crate) use decode::read_any_value;
pub(crate) use encode::{ATTRIBUTE_FIELD, put_any_value, put_attribute};
pub(crate) use set::canonical;
