use telemetry_core::{
    BoundUpDownCounter, Counter, Histogram, InstrumentSet, Instruments, Meter, UpDownCounter,
    semconv,
};

use super::method::Method;
use super::settings::Scheme;
use crate::{SCOPE, names};

/// One set for each pipeline.
pub(super) static INSTRUMENTS: Instruments<ServerInstruments> = Instruments::new(&SCOPE);

/// The bounds that the conventions give, in seconds.
pub(crate) const SECONDS: [f64; 14] =
    [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0];

/// What is measured of requests.
#[derive(Debug)]
pub(super) struct ServerInstruments {
    pub(super) duration: Histogram,
    pub(super) excluded: Counter,
    active: UpDownCounter,
}

impl InstrumentSet for ServerInstruments {
    fn create(meter: &Meter) -> Self {
        Self {
            duration: meter
                .histogram(names::REQUEST_DURATION)
                .unit("s")
                .description("Duration of HTTP server requests.")
                .buckets(&SECONDS)
                .build(),
            excluded: meter
                .counter(names::EXCLUDED_REQUESTS)
                .unit("{request}")
                .description("Number of HTTP server requests left out because of their path.")
                .build(),
            active: meter
                .up_down_counter(names::ACTIVE_REQUESTS)
                .unit("{request}")
                .description("Number of active HTTP server requests.")
                .build(),
        }
    }
}

impl ServerInstruments {
    /// Requests under way of a method and a scheme.
    pub(super) fn active(&self, method: Method, scheme: Scheme) -> BoundUpDownCounter {
        self.active.bind(&[
            (semconv::http::REQUEST_METHOD, method.as_str().into()),
            (semconv::url::SCHEME, scheme.as_str().into()),
        ])
    }
}
