//! Procedures, called by clients that nobody here wrote.

mod answers_of_any_kind_end_calls;
mod grpc_calls_end_once_with_their_status;
mod json_rpc_calls_are_read_from_bodies;
mod jsonrpsee_calls_have_spans;
mod orders;
mod support;
mod typed_procedures_are_calls;
