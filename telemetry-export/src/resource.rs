//! What can be found out about the service that nobody has said.

use telemetry_core::{Resource, Value, semconv};

/// The process (`process.pid` of the conventions).
const PROCESS_PID: &str = "process.pid";
/// The machine (`host.name` of the conventions).
const HOST_NAME: &str = "host.name";

/// `stated` with what was found out, which never replaces what was said.
pub(crate) fn complete(stated: &Resource) -> Resource {
    let mut resource = stated.clone();
    let mut add = |key: &str, value: Value<'_>| {
        if resource.attribute(key).is_none() {
            resource = resource.with(key, value);
        }
    };
    if let Some(id) = random_uuid() {
        add(semconv::service::INSTANCE_ID, Value::from(&id));
    }
    add(PROCESS_PID, Value::from(std::process::id()));
    if let Some(name) = host_name() {
        add(HOST_NAME, Value::from(&name));
    }
    // `opentelemetry` is reserved for its own implementations.
    add(semconv::otel::SDK_NAME, env!("CARGO_PKG_NAME").into());
    add(semconv::otel::SDK_LANGUAGE, "rust".into());
    add(semconv::otel::SDK_VERSION, env!("CARGO_PKG_VERSION").into());
    resource
}

/// A UUID of version 4 (<https://www.rfc-editor.org/rfc/rfc9562#name-uuid-version-4>).
fn random_uuid() -> Option<String> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).ok()?;
    let mut number = u128::from_be_bytes(bytes);
    number = number & !(0xf << 76) | 0x4 << 76; // the version
    number = number & !(0x3 << 62) | 0x2 << 62; // the variant
    let digits = format!("{number:032x}");
    let parts = [&digits[..8], &digits[8..12], &digits[12..16], &digits[16..20], &digits[20..]];
    Some(parts.join("-"))
}

/// The machine's name, where it is to be had without a system call of its own.
fn host_name() -> Option<String> {
    let of_kernel = std::fs::read_to_string("/proc/sys/kernel/hostname").ok();
    of_kernel
        .or_else(|| std::env::var("COMPUTERNAME").ok())
        .or_else(|| std::env::var("HOSTNAME").ok())
        .map(|name| name.trim().to_owned())
        .filter(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_said_stays_and_the_rest_is_found_out() {
        let stated = Resource::default().with(semconv::service::INSTANCE_ID, "mine");
        let resource = complete(&stated);
        let text = |key| resource.attribute(key).map(|value| value.to_string());
        assert_eq!(text("service.instance.id").unwrap(), "mine");
        assert_eq!(text("process.pid").unwrap(), std::process::id().to_string());
        assert_eq!(text("telemetry.sdk.name").unwrap(), "telemetry-export");
        assert_eq!(text("telemetry.sdk.language").unwrap(), "rust");
    }

    #[test]
    fn instances_are_told_apart_by_a_random_uuid() {
        let (one, other) = (random_uuid().unwrap(), random_uuid().unwrap());
        assert_ne!(one, other);
        for id in [one, other] {
            let lengths: Vec<usize> = id.split('-').map(str::len).collect();
            assert_eq!(lengths, [8, 4, 4, 4, 12]);
            assert_eq!(&id[14..15], "4");
            assert!("89ab".contains(&id[19..20]), "{id}");
        }
    }
}
