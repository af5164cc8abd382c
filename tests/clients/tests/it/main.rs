//! Each client asks a server on the loopback that answers in its provider's words.

mod clients_of_others_are_observed_once;
mod server;
