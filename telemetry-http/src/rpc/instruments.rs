use telemetry_core::{Histogram, InstrumentSet, Instruments, Meter};

use crate::bounds::SECONDS;
use crate::{SCOPE, names};

/// One set for each pipeline.
pub(super) static INSTRUMENTS: Instruments<RpcInstruments> = Instruments::new(&SCOPE);

/// What is measured of calls.
#[derive(Debug)]
pub(super) struct RpcInstruments {
    pub(super) server: Histogram,
    pub(super) client: Histogram,
    #[cfg(feature = "tonic")]
    pub(super) excluded: telemetry_core::Counter,
}

impl InstrumentSet for RpcInstruments {
    fn create(meter: &Meter) -> Self {
        let duration = |name, description| {
            let duration = meter.histogram(name).unit("s").description(description);
            duration.buckets(&SECONDS).build()
        };
        Self {
            server: duration(
                names::RPC_SERVER_DURATION,
                "Measures the duration of an incoming Remote Procedure Call (RPC).",
            ),
            client: duration(
                names::RPC_CLIENT_DURATION,
                "Measures the duration of an outgoing Remote Procedure Call (RPC).",
            ),
            #[cfg(feature = "tonic")]
            excluded: meter
                .counter(names::RPC_EXCLUDED_CALLS)
                .unit("{call}")
                .description("Number of RPC server calls left out because of their service.")
                .build(),
        }
    }
}
