use telemetry_core::{Counter, Histogram, InstrumentSet, Instruments, Meter, UpDownCounter};

use crate::bounds::{BYTES, SECONDS};
use crate::{SCOPE, names};

/// One set for each pipeline.
pub(super) static INSTRUMENTS: Instruments<SocketInstruments> = Instruments::new(&SCOPE);

/// From a second to three days.
const CONNECTED: [f64; 12] = [
    1.0, 5.0, 15.0, 60.0, 300.0, 900.0, 3_600.0, 10_800.0, 21_600.0, 43_200.0, 86_400.0, 259_200.0,
];

/// What is measured of connections and their messages.
#[derive(Debug)]
pub(super) struct SocketInstruments {
    pub(super) open: UpDownCounter,
    pub(super) connection_duration: Histogram,
    pub(super) messages: Counter,
    pub(super) message_size: Histogram,
    pub(super) message_duration: Histogram,
}

impl InstrumentSet for SocketInstruments {
    fn create(meter: &Meter) -> Self {
        Self {
            open: meter
                .up_down_counter(names::SOCKET_CONNECTIONS)
                .unit("{connection}")
                .description("Number of open socket connections.")
                .build(),
            connection_duration: meter
                .histogram(names::SOCKET_CONNECTION_DURATION)
                .unit("s")
                .description("How long socket connections were open.")
                .buckets(&CONNECTED)
                .build(),
            messages: meter
                .counter(names::SOCKET_MESSAGES)
                .unit("{message}")
                .description("Number of messages received and sent over sockets.")
                .build(),
            message_size: meter
                .histogram(names::SOCKET_MESSAGE_SIZE)
                .unit("By")
                .description("Size of messages received and sent over sockets.")
                .buckets(&BYTES)
                .build(),
            message_duration: meter
                .histogram(names::SOCKET_MESSAGE_DURATION)
                .unit("s")
                .description("Duration of handling a message received over a socket.")
                .buckets(&SECONDS)
                .build(),
        }
    }
}
