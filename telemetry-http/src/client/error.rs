//! From the errors of clients and bodies to `error.type`: never their messages, which hold addresses.

use std::any::Any;
use std::borrow::Cow;
use std::error::Error;

use telemetry_core::{ErrorClass, semconv};

use crate::server::error::as_error;

/// Errors of one chain that are looked at.
const MAX_CHAIN: usize = 16;

/// The class of an error of any type.
pub(super) fn error_type_of_any<E: 'static>(error: &E) -> Cow<'static, str> {
    match as_known_error(error) {
        Some(error) => error_type(error),
        None => Cow::Borrowed(semconv::error::OTHER),
    }
}

/// The class of an error of an HTTP client.
pub(super) fn error_type(error: &(dyn Error + 'static)) -> Cow<'static, str> {
    #[cfg(feature = "reqwest")]
    if let Some(error) = error.downcast_ref() {
        return error_type_of_reqwest(error);
    }
    #[cfg(feature = "reqwest")]
    if error.is::<super::reqwest::TooManyRedirects>() {
        return Cow::Borrowed("redirect");
    }
    if is_dns(error) {
        return Cow::Borrowed("dns");
    }
    let class = ErrorClass::of(error).error_type;
    #[cfg(feature = "hyper")]
    if class != ErrorClass::TIMEOUT.error_type
        && let Some(class) = chain(error).find_map(class_of_hyper)
    {
        return Cow::Borrowed(class);
    }
    class
}

/// The error behind a type that nobody has bound to be one. No bound takes both boxed errors and
/// those of clients.
pub(crate) fn as_known_error<E: 'static>(error: &E) -> Option<&(dyn Error + 'static)> {
    let any: &dyn Any = error;
    #[cfg(feature = "reqwest")]
    if let Some(error) = any.downcast_ref::<reqwest::Error>() {
        return Some(error);
    }
    #[cfg(feature = "hyper")]
    if let Some(error) = any.downcast_ref::<hyper_util::client::legacy::Error>() {
        return Some(error);
    }
    #[cfg(feature = "hyper")]
    if let Some(error) = any.downcast_ref::<hyper::Error>() {
        return Some(error);
    }
    #[cfg(feature = "tonic")]
    if let Some(error) = any.downcast_ref::<tonic::transport::Error>() {
        return Some(error);
    }
    #[cfg(feature = "tonic")]
    if let Some(error) = any.downcast_ref::<tonic::Status>() {
        return Some(error);
    }
    as_error(any)
}

/// What hyper says of a connection.
#[cfg(feature = "hyper")]
fn class_of_hyper(error: &(dyn Error + 'static)) -> Option<&'static str> {
    if let Some(error) = error.downcast_ref::<hyper_util::client::legacy::Error>() {
        return error.is_connect().then_some("connect");
    }
    let error = error.downcast_ref::<hyper::Error>()?;
    if error.is_timeout() {
        Some("timeout")
    } else if error.is_parse() {
        Some("invalid_data")
    } else if error.is_closed() || error.is_canceled() || error.is_incomplete_message() {
        Some("network_error")
    } else {
        None
    }
}

#[cfg(feature = "reqwest")]
fn error_type_of_reqwest(error: &reqwest::Error) -> Cow<'static, str> {
    // Nothing can be resolved in time, or nothing can be resolved: the first is what matters.
    if error.is_timeout() {
        return Cow::Borrowed("timeout");
    }
    if error.is_connect() {
        return Cow::Borrowed(if is_dns(error) { "dns" } else { "connect" });
    }
    if error.is_redirect() {
        return Cow::Borrowed("redirect");
    }
    if error.is_builder() {
        return Cow::Borrowed("invalid_request");
    }
    let class = error.source().map_or(ErrorClass::OTHER, ErrorClass::of).error_type;
    if class != semconv::error::OTHER {
        return class;
    }
    // What is left of a request or a body is a connection that broke.
    Cow::Borrowed(if error.is_decode() && !error.is_body() {
        "decode"
    } else if error.is_body() || error.is_request() {
        "network_error"
    } else {
        semconv::error::OTHER
    })
}

/// Whether a name wasn't found. The connectors of hyper say so in a type that nobody can name.
fn is_dns(error: &(dyn Error + 'static)) -> bool {
    chain(error).any(|error| {
        // An error that names an address may be long; this one is two words.
        let mut text = FirstWord::default();
        let _ = std::fmt::Write::write_fmt(&mut text, format_args!("{error}"));
        text.is_dns()
    })
}

/// An error and what caused it, not for ever.
fn chain<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    let source = |error: &&'a (dyn Error + 'static)| (*error).source();
    std::iter::successors(Some(error), source).take(MAX_CHAIN)
}

/// The beginning of a text, without room for the rest.
#[derive(Default)]
struct FirstWord {
    bytes: [u8; 9],
    length: usize,
}

impl FirstWord {
    fn is_dns(&self) -> bool {
        &self.bytes[..self.length] == b"dns error"
    }
}

impl std::fmt::Write for FirstWord {
    fn write_str(&mut self, part: &str) -> std::fmt::Result {
        let room = self.bytes.len() - self.length;
        let taken = part.len().min(room);
        if let Some(place) = self.bytes.get_mut(self.length..self.length + taken) {
            place.copy_from_slice(&part.as_bytes()[..taken]);
            self.length += taken;
        }
        // What has filled up needs no more.
        if self.length == self.bytes.len() { Err(std::fmt::Error) } else { Ok(()) }
    }
}
