use telemetry_core::{Resource, semconv};

use super::{Reader, Settings, pairs};

/// What the telemetry is about, as far as it is said: the environment wins over the code, and
/// `OTEL_SERVICE_NAME` over a `service.name` in `OTEL_RESOURCE_ATTRIBUTES`.
pub(crate) fn read(reader: &mut Reader<'_>, settings: &Settings) -> Resource {
    const PAIRS: &str = "use key=value, percent-encoded, several with commas";
    let mut resource = Resource::default();
    let mut set = |key: &str, value: Option<&str>| {
        if let Some(value) = value {
            resource = resource.with(key, value);
        }
    };
    let name = settings.service_name.as_deref().unwrap_or("unknown_service");
    set(semconv::service::NAME, Some(name));
    set(semconv::service::VERSION, settings.service_version.as_deref());
    let environment = reader.text("TELEMETRY_ENVIRONMENT");
    let environment = environment.or(settings.environment.as_deref());
    // A build with debug assertions runs where it was built; about others nothing is known.
    let environment = environment.or(settings.debug_build.then_some("development"));
    set(semconv::deployment::ENVIRONMENT_NAME, environment);
    for (key, value) in &settings.attributes {
        set(key, Some(value));
    }
    let listed = reader.parsed("OTEL_RESOURCE_ATTRIBUTES", PAIRS, pairs::parse);
    for (key, value) in listed.iter().flatten() {
        set(key, Some(value));
    }
    set(semconv::service::NAME, reader.text("OTEL_SERVICE_NAME"));
    resource
}
