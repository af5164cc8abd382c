//! The attribute `#[span]` of `telemetry-core`, which documents it and exports it as
//! `telemetry_core::macros::span`.

#![forbid(unsafe_code)]

mod expansion;
mod function;
mod options;
mod problem;
mod returned;
mod template;

use proc_macro::TokenStream;

use function::Function;
use options::Options;

/// A span around every call of a function; see `telemetry_core::macros`.
#[proc_macro_attribute]
pub fn span(options: TokenStream, item: TokenStream) -> TokenStream {
    let expanded = Options::parse(options).and_then(|options| {
        let function = Function::parse(item.clone())?;
        expansion::expand(&options, &function)
    });
    // The function itself stays beside the message, so that nothing else seems to be missing.
    expanded
        .unwrap_or_else(|problem| problem.into_compile_error().into_iter().chain(item).collect())
}
