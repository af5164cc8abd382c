//! Requests that are sent, to real servers on the loopback.

mod attempts_of_one_call_count_each_other;
mod clients_errors_have_classes;
mod every_fate_of_a_sent_request_ends_it_once;
mod no_secret_of_a_sent_request_enters_a_record;
mod sent_requests_follow_the_conventions;
pub(crate) mod support;
mod what_goes_along_is_told_to_the_layer;
