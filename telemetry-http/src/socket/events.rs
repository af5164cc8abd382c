use std::borrow::Cow;
use std::sync::LazyLock;

use telemetry_core::semconv;

use crate::known_names::KnownNames;

/// Kinds of messages that are told apart in a process at the most. They are code; where a client makes
/// them up the rest are one.
const MOST: usize = 512;
/// Longer ones aren't.
const MAX_LEN: usize = 128;

static SEEN: LazyLock<KnownNames> = LazyLock::new(|| KnownNames::new(MOST, MAX_LEN));

/// The event, or what stands for all that are beyond the bound.
pub(super) fn bounded(event: Cow<'static, str>) -> Cow<'static, str> {
    if SEEN.learn(&event) { event } else { Cow::Borrowed(semconv::error::OTHER) }
}
