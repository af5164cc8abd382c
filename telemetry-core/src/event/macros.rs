/// Emits an event of the calling crate: a name, measurements (numbers), attributes. Fire and forget.
///
/// ```
/// use telemetry_core::emit;
///
/// emit!("forge.stage.retry", { attempt: 2, delay_ms: 250 }, "stage" = "parse");
/// emit!("forge.dlq.enqueue", "stage" = "parse", "error" = "timeout");
/// ```
#[macro_export]
macro_rules! emit {
    ($name:expr, { $($measure:ident : $number:expr),* $(,)? } $(, $key:literal = $value:expr)* $(,)?) => {{
        static SCOPE: $crate::Scope =
            $crate::Scope::new(env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"));
        static KEYS: &[$crate::Key] =
            &[$($crate::Key::new(stringify!($measure)),)* $($crate::Key::new($key),)*];
        $crate::Event::new(&SCOPE, $name)
            .attributes(
                KEYS,
                &[
                    $(::core::convert::Into::<$crate::Value<'_>>::into($number),)*
                    $(::core::convert::Into::<$crate::Value<'_>>::into($value),)*
                ],
            )
            .emit()
    }};
    ($name:expr $(, $key:literal = $value:expr)* $(,)?) => {
        $crate::emit!($name, {} $(, $key = $value)*)
    };
}
