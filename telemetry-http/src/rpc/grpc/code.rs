use std::error::Error;

use http::{HeaderMap, StatusCode};
use telemetry_core::SpanKind;
use tonic::Code as TonicCode;

/// A status of gRPC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Code(TonicCode);

impl Code {
    pub(super) const CANCELLED: Self = Self(TonicCode::Cancelled);
    pub(super) const DEADLINE_EXCEEDED: Self = Self(TonicCode::DeadlineExceeded);
    pub(super) const UNKNOWN: Self = Self(TonicCode::Unknown);

    /// Of the headers or trailers in which a status comes.
    pub(super) fn of_headers(headers: &HeaderMap) -> Option<Self> {
        let code = headers.get("grpc-status")?;
        Some(Self(TonicCode::from_bytes(code.as_bytes())))
    }

    /// Of an answer that isn't gRPC's; none of a success, whose status is still to come.
    pub(super) fn of_http(status: StatusCode) -> Option<Self> {
        Some(Self(match status.as_u16() {
            200 => return None,
            400 => TonicCode::Internal,
            401 => TonicCode::Unauthenticated,
            403 => TonicCode::PermissionDenied,
            404 => TonicCode::Unimplemented,
            429 | 502 | 503 | 504 => TonicCode::Unavailable,
            _ => TonicCode::Unknown,
        }))
    }

    /// What tonic makes of an error of the transport.
    pub(super) fn of_error(error: &(dyn Error + 'static)) -> Self {
        const MAX_CHAIN: usize = 16;
        let chain = std::iter::successors(Some(error), |error| (*error).source());
        let known = chain.take(MAX_CHAIN).find_map(|error| {
            if let Some(status) = error.downcast_ref::<tonic::Status>() {
                return Some(status.code());
            }
            if error.is::<tonic::TimeoutExpired>() {
                return Some(TonicCode::Cancelled);
            }
            error.is::<tonic::ConnectError>().then_some(TonicCode::Unavailable)
        });
        let by_class = || match &*telemetry_core::ErrorClass::of(error).error_type {
            "network_error" => TonicCode::Unavailable,
            _ => TonicCode::Unknown,
        };
        Self(known.unwrap_or_else(by_class))
    }

    /// Whether it is an error, to the one or the other side.
    pub(super) fn is_error(self, kind: SpanKind) -> bool {
        match self.0 {
            TonicCode::Ok => false,
            TonicCode::Unknown
            | TonicCode::DeadlineExceeded
            | TonicCode::Unimplemented
            | TonicCode::Internal
            | TonicCode::Unavailable
            | TonicCode::DataLoss => true,
            _ => kind == SpanKind::Client,
        }
    }

    /// Whether a server that answers it has such a procedure. Others come from what stands before
    /// the procedures as well.
    pub(super) fn proves_method(self) -> bool {
        !matches!(
            self.0,
            TonicCode::Unimplemented
                | TonicCode::Cancelled
                | TonicCode::PermissionDenied
                | TonicCode::ResourceExhausted
                | TonicCode::Unauthenticated
                | TonicCode::Unavailable
        )
    }

    pub(super) fn as_str(self) -> &'static str {
        match self.0 {
            TonicCode::Ok => "OK",
            TonicCode::Cancelled => "CANCELLED",
            TonicCode::Unknown => "UNKNOWN",
            TonicCode::InvalidArgument => "INVALID_ARGUMENT",
            TonicCode::DeadlineExceeded => "DEADLINE_EXCEEDED",
            TonicCode::NotFound => "NOT_FOUND",
            TonicCode::AlreadyExists => "ALREADY_EXISTS",
            TonicCode::PermissionDenied => "PERMISSION_DENIED",
            TonicCode::ResourceExhausted => "RESOURCE_EXHAUSTED",
            TonicCode::FailedPrecondition => "FAILED_PRECONDITION",
            TonicCode::Aborted => "ABORTED",
            TonicCode::OutOfRange => "OUT_OF_RANGE",
            TonicCode::Unimplemented => "UNIMPLEMENTED",
            TonicCode::Internal => "INTERNAL",
            TonicCode::Unavailable => "UNAVAILABLE",
            TonicCode::DataLoss => "DATA_LOSS",
            TonicCode::Unauthenticated => "UNAUTHENTICATED",
        }
    }
}
