//! What each layer of a registry sees while the bridge is one of them.

mod all_in_one_registry;
mod console_subscriber;
mod tracing_opentelemetry;
