//! Where a service runs.

/// `production`, `staging`, `development` …
pub const ENVIRONMENT_NAME: &str = "deployment.environment.name";
