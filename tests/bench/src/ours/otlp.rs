//! [`OursOtlp`]: our side ended in an OTLP receiver.

use telemetry_export::{Console, Telemetry};

use super::{LATE, PATIENCE};
use crate::destination::Destination;
use crate::failure::Failure;
use crate::receiver::Receiver;
use crate::tally::Shape;

/// Telemetry as a user gets it that has an OTLP receiver.
#[derive(Debug)]
pub(crate) struct OursOtlp {
    telemetry: Telemetry,
    receiver: Receiver,
}

impl OursOtlp {
    /// Makes it the program's.
    pub(crate) fn install(shape: Shape) -> Result<Self, Failure> {
        let receiver = Receiver::start(shape)?;
        let telemetry = telemetry_export::builder!()
            // Spans only, as the peer.
            .variables([("OTEL_METRICS_EXPORTER", "none"), ("OTEL_LOGS_EXPORTER", "none")])
            .console(Console::None)
            .otlp_endpoint(receiver.url())
            .build()?;
        telemetry.pipeline().ok_or("telemetry is disabled")?.clone().install_global()?;
        Ok(Self { telemetry, receiver })
    }
}

impl Destination for OursOtlp {
    fn flush(&self) -> Result<(), Failure> {
        self.telemetry.flush(PATIENCE).then_some(()).ok_or_else(|| LATE.into())
    }

    fn delivered(&self) -> Option<u64> {
        Some(self.receiver.operations())
    }
}
