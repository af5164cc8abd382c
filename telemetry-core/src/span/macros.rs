/// A [`SpanBuilder`](crate::SpanBuilder) of the calling crate: a name and attributes that are known
/// before the operation starts.
///
/// ```
/// use telemetry_core::span;
///
/// # #[derive(Debug)] struct Missing;
/// # impl std::fmt::Display for Missing { fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { Ok(()) } }
/// # impl std::error::Error for Missing {}
/// # async fn place(_: u64) -> Result<(), Missing> { Ok(()) }
/// # async fn handler() -> Result<(), Missing> {
/// let id = 17;
/// span!("order.place", "order.id" = id).try_run(place(id)).await?;
/// # Ok(())
/// # }
/// ```
#[macro_export]
macro_rules! span {
    ($name:expr $(, $key:literal = $value:expr)* $(,)?) => {{
        static SCOPE: $crate::Scope =
            $crate::Scope::new(env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"));
        static KEYS: &[$crate::Key] = &[$($crate::Key::new($key)),*];
        $crate::SpanBuilder::new(&SCOPE, $name)
            .known_attributes(KEYS, &[$(::core::convert::Into::<$crate::Value<'_>>::into($value)),*])
    }};
}
