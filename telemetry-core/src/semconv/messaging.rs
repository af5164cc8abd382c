//! Messages.

/// The system: `kafka`, `rabbitmq` …
pub const SYSTEM: &str = "messaging.system";

/// What is done with the message, by its name in the system.
pub const OPERATION_NAME: &str = "messaging.operation.name";

/// What is done with the message: `create`, `send`, `receive`, `process`, `settle`.
pub const OPERATION_TYPE: &str = "messaging.operation.type";

/// Bytes of the message.
pub const MESSAGE_BODY_SIZE: &str = "messaging.message.body.size";
