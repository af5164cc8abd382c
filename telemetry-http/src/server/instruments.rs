use telemetry_core::{
    BoundUpDownCounter, Counter, Histogram, InstrumentSet, Instruments, Meter, UpDownCounter,
    semconv,
};

use super::method::Method;
use super::old_names::{OldInstruments, active_labels};
use super::settings::Scheme;
use super::stability::Stability;
use crate::bounds::{BYTES, SECONDS};
use crate::{SCOPE, names};

/// One set for each pipeline.
pub(super) static INSTRUMENTS: Instruments<ServerInstruments> = Instruments::new(&SCOPE);

/// What is measured of requests.
#[derive(Debug)]
pub(super) struct ServerInstruments {
    pub(super) duration: Histogram,
    pub(super) request_size: Histogram,
    pub(super) response_size: Histogram,
    pub(super) time_to_headers: Histogram,
    pub(super) hook_panics: Counter,
    /// Only where both generations of the conventions are asked for.
    pub(super) old: Option<OldInstruments>,
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
            request_size: meter
                .histogram(names::REQUEST_BODY_SIZE)
                .unit("By")
                .description("Size of HTTP server request bodies.")
                .buckets(&BYTES)
                .build(),
            response_size: meter
                .histogram(names::RESPONSE_BODY_SIZE)
                .unit("By")
                .description("Size of HTTP server response bodies.")
                .buckets(&BYTES)
                .build(),
            time_to_headers: meter
                .histogram(names::TIME_TO_HEADERS)
                .unit("s")
                .description("Time from an HTTP server request to the head of its response.")
                .buckets(&SECONDS)
                .build(),
            hook_panics: meter
                .counter(names::HOOK_PANICS)
                .unit("{panic}")
                .description("Number of panics in hooks of the HTTP server layer.")
                .build(),
            old: Stability::asked().is_both().then(|| OldInstruments::new(meter)),
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
        let stable = [
            (semconv::http::REQUEST_METHOD, method.as_str().into()),
            (semconv::url::SCHEME, scheme.as_str().into()),
        ];
        if self.old.is_none() {
            return self.active.bind(&stable);
        }
        let [old_method, old_scheme] = active_labels(method.as_str(), scheme.as_str());
        let [method, scheme] = stable;
        self.active.bind(&[method, scheme, old_method, old_scheme])
    }
}
