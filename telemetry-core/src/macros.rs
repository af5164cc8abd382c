//! The attribute `#[span]`. It isn't beside [`span!`](crate::span!) since a module of Rust has only one
//! macro of a name: where both are used, the attribute is written `#[macros::span]`.

/// A span around every call of a function or method, `async` or not.
///
/// Of an `async fn`, and of a function that returns `impl Future<Output = …>`,
/// `Pin<Box<dyn Future<Output = …>>>` or a `BoxFuture`, the span lasts until the future is done; it
/// starts when that is first polled. So `#[span]` stands beside `#[async_trait]` as well.
///
/// An output that is a `Result` sets status and `error.type` like
/// [`SpanBuilder::try_run`](crate::SpanBuilder::try_run): by [`Classify`](crate::Classify), where the
/// error can be classed, as `_OTHER` where it can't. What the function is given isn't recorded, unless
/// it is listed.
///
/// | option | |
/// |---|---|
/// | `name = "order.place"` | the span's name; without it the function's, as with `#[instrument]` of `tracing` |
/// | `kind = "server"` | the role: `internal` (default), `server`, `client`, `producer`, `consumer` |
/// | `fields("order.id" = id.0)` | attributes, read before the call; anything that converts into a [`Value`](crate::Value) |
/// | `skip_err` | an error is expected, and none of the span's |
/// | `crate = path` | where `telemetry_core` is, for a crate that exports it again |
///
/// ```
/// use std::io;
/// use telemetry_core::macros::span;
/// use telemetry_core::testing::Capture;
///
/// struct OrderId(u64);
///
/// #[span(name = "order.place", kind = "producer", fields("order.id" = id.0))]
/// fn place(id: OrderId, card: &str) -> io::Result<()> {
///     check(card)?;
///     Ok(())
/// }
///
/// #[span]
/// fn check(card: &str) -> io::Result<()> {
///     Err(io::ErrorKind::TimedOut.into())
/// }
///
/// let capture = Capture::start();
/// capture.run(|| place(OrderId(17), "4111 1111 1111 1111")).unwrap_err();
///
/// let span = capture.expect_span("order.place");
/// span.expect_attribute("order.id", 17).expect_error("timeout");
/// capture.expect_span("check").expect_child_of(&span);
/// ```
///
/// A function of another kind is refused:
///
/// ```compile_fail
/// use telemetry_core::macros::span;
///
/// #[span]
/// const fn never() {}
/// ```
///
/// as is anything but a function, an option that there isn't, and a kind that there isn't:
///
/// ```compile_fail
/// #[telemetry_core::macros::span]
/// struct Order;
/// ```
///
/// ```compile_fail
/// #[telemetry_core::macros::span(feilds("order.id" = 17))]
/// fn place() {}
/// ```
///
/// ```compile_fail
/// #[telemetry_core::macros::span(kind = "sever")]
/// fn place() {}
/// ```
pub use telemetry_core_macros::span;

/// What the attribute's expansion calls; no one else.
#[doc(hidden)]
pub mod private {
    pub use crate::span::function::{
        Judge, OfAnything, OfClassified, OfResult, observe, observe_call, output_type,
    };
}
