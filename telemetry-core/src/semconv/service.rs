//! The service that telemetry is about.

/// The name of the service.
pub const NAME: &str = "service.name";

/// Its version.
pub const VERSION: &str = "service.version";

/// What the service belongs to.
pub const NAMESPACE: &str = "service.namespace";

/// Which instance of the service.
pub const INSTANCE_ID: &str = "service.instance.id";
