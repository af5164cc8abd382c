//! The demo and the examples, run as their users run them: as processes, over TCP.

#![allow(
    clippy::panic,
    clippy::unwrap_used,
    reason = "what panics in a test has failed; clippy exempts the tests only, not their helpers"
)]

mod before_and_after;
mod program;
mod the_clients_and_the_service_count_the_same;
mod the_demo_shows_everything_and_agrees;
mod the_demo_tells_what_is_wrong_in_one_line;
mod the_provider_speaks_as_others_do;
mod the_provider_speaks_openais_wire_format;
mod the_questions_are_answered;
mod the_service_stops_in_good_order;
