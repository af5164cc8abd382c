//! The classes of transport errors.

use std::{borrow::Cow, error::Error};

use telemetry_core::{ErrorClass, semconv::error::OTHER};

/// The class of whatever a chain of middleware returned; another one may have wrapped the client's
/// error.
pub(super) fn error_type_of_any(error: &reqwest_middleware::Error) -> Cow<'static, str> {
    match error {
        reqwest_middleware::Error::Reqwest(error) => error_type(error),
        reqwest_middleware::Error::Middleware(error) => {
            let mut chain = error.chain();
            let wrapped = chain.find_map(|cause| {
                let own = cause.downcast_ref::<reqwest::Error>().map(error_type);
                own.or_else(|| cause.downcast_ref().map(error_type_of_any))
            });
            wrapped.unwrap_or_else(|| ErrorClass::of(error.as_ref()).error_type)
        }
    }
}

/// The classes of the errors of reqwest's bodies.
#[derive(Debug)]
pub(crate) struct Classes;

impl crate::stream::Broken<reqwest::Error> for Classes {
    fn error_type(error: &reqwest::Error) -> Cow<'static, str> {
        error_type(error)
    }
}

/// The class of a client's error: never its message, which holds the URL.
fn error_type(error: &reqwest::Error) -> Cow<'static, str> {
    if error.is_timeout() {
        return Cow::Borrowed("timeout");
    }
    if error.is_connect() {
        return Cow::Borrowed("connect");
    }
    if error.is_redirect() {
        return Cow::Borrowed("redirect");
    }
    if error.is_builder() {
        return Cow::Borrowed("invalid_request");
    }
    let class =
        error.source().map_or(Cow::Borrowed(OTHER), |source| ErrorClass::of(source).error_type);
    if class != OTHER {
        return class;
    }
    // What is left of a request or a body is a connection that broke.
    Cow::Borrowed(if error.is_decode() && !error.is_body() {
        "decode"
    } else if error.is_body() || error.is_request() {
        "network_error"
    } else {
        OTHER
    })
}
