use telemetry_core::{Histogram, InstrumentSet, Instruments, Meter, UpDownCounter};

use crate::bounds::{BYTES, SECONDS};
use crate::{SCOPE, names};

/// One set for each pipeline.
pub(super) static INSTRUMENTS: Instruments<ClientInstruments> = Instruments::new(&SCOPE);

/// What is measured of requests that are sent.
#[derive(Debug)]
pub(super) struct ClientInstruments {
    pub(super) duration: Histogram,
    pub(super) active: UpDownCounter,
    pub(super) request_size: Histogram,
    pub(super) response_size: Histogram,
}

impl InstrumentSet for ClientInstruments {
    fn create(meter: &Meter) -> Self {
        let size = |name, description| {
            let size = meter.histogram(name).unit("By").description(description);
            size.buckets(&BYTES).build()
        };
        Self {
            duration: meter
                .histogram(names::CLIENT_REQUEST_DURATION)
                .unit("s")
                .description("Duration of HTTP client requests.")
                .buckets(&SECONDS)
                .build(),
            active: meter
                .up_down_counter(names::CLIENT_ACTIVE_REQUESTS)
                .unit("{request}")
                .description("Number of active HTTP requests.")
                .build(),
            request_size: size(
                names::CLIENT_REQUEST_BODY_SIZE,
                "Size of HTTP client request bodies.",
            ),
            response_size: size(
                names::CLIENT_RESPONSE_BODY_SIZE,
                "Size of HTTP client response bodies.",
            ),
        }
    }
}
