use telemetry_core::propagation::{Propagator, Propagators};

use super::{Reader, Settings};

/// `OTEL_PROPAGATORS`, else what the code says, and the header of `TELEMETRY_TRACE_ID_HEADER` besides.
pub(crate) fn read(reader: &mut Reader<'_>, settings: &Settings) -> Propagators {
    let named = named(reader).or_else(|| settings.propagators.clone()).unwrap_or_default();
    let allowed = "use the name of a header";
    let header = reader.parsed("TELEMETRY_TRACE_ID_HEADER", allowed, |name| {
        is_header_name(name).then(|| Propagator::trace_id_header(name.to_owned()))
    });
    match header {
        Some(header) => named.and(header),
        None => named,
    }
}

/// None when the variable is unset, or nothing of it is known. What isn't known is warned of and
/// ignored, as the specification asks, and the rest holds.
fn named(reader: &mut Reader<'_>) -> Option<Propagators> {
    const VARIABLE: &str = "OTEL_PROPAGATORS";
    const ALLOWED: &str =
        "use tracecontext, baggage, b3, b3multi or jaeger, several with commas, or none alone";
    let names = reader.text(VARIABLE)?.split(',').map(str::trim).filter(|name| !name.is_empty());
    let names: Vec<String> = names.map(str::to_ascii_lowercase).collect();
    if names.iter().all(|name| name == "none") {
        return Some(Propagators::none()).filter(|_| !names.is_empty());
    }
    let mut known = Vec::new();
    for name in names {
        match name.parse() {
            Ok(propagator) => known.push(propagator),
            Err(_) => reader.problem(VARIABLE, &name, ALLOWED),
        }
    }
    (!known.is_empty()).then(|| Propagators::new(known))
}

/// `token` of RFC 9110.
fn is_header_name(name: &str) -> bool {
    let in_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !name.is_empty() && name.bytes().all(in_token)
}
