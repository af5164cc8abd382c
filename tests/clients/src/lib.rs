//! Clients that others have written, made to send through a `reqwest_middleware::ClientWithMiddleware`
//! that [`telemetry_ai::Middleware`] observes: the calls of each have span, metrics, tokens and cost, and
//! nothing has to be said of any of them by hand.
//!
//! Copy the module of the client that you use.

pub mod bedrock;
pub mod openai;
pub mod rig;
