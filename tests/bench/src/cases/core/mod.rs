//! Cases of the engine itself.

pub(super) mod request_6_attributes;
