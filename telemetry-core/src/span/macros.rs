/// A [`SpanBuilder`](crate::SpanBuilder) of the calling crate: a name and attributes that are known
/// before the operation starts.
///
/// Values that are written out as texts are encoded when the program is compiled.
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
/// span!("order.place", "order.id" = id, "order.channel" = "web").try_run(place(id)).await?;
/// # Ok(())
/// # }
/// ```
#[macro_export]
macro_rules! span {
    ($name:expr $(,)?) => { $crate::__span!($name; []) };
    ($name:expr, $($attributes:tt)+) => { $crate::__span!($name; []; $($attributes)+) };
}

/// Tells the values that are texts in the code from the rest, one attribute after the other.
#[doc(hidden)]
#[macro_export]
macro_rules! __span {
    ($name:expr; [$(($key:literal, $text:expr, $value:expr))*] $(;)?) => {{
        static SCOPE: $crate::Scope =
            $crate::Scope::new(env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"));
        const KEYS: &[$crate::Key] = &[$($crate::Key::new($key)),*];
        const TEXTS: &[::core::option::Option<&str>] = &[$($text),*];
        static SITE: $crate::CallSite = $crate::CallSite::new(KEYS, TEXTS);
        $crate::SpanBuilder::new(&SCOPE, $name).known_attributes(&SITE, &[$($value),*])
    }};
    ($name:expr; [$($done:tt)*]; $key:literal = $value:literal $(, $($rest:tt)*)?) => {
        $crate::__span!($name; [$($done)* (
            $key,
            if $crate::CallSite::is_text(stringify!($value)) {
                ::core::option::Option::Some(concat!($value))
            } else {
                ::core::option::Option::None
            },
            if const { $crate::CallSite::is_text(stringify!($value)) } {
                $crate::Value::Empty
            } else {
                ::core::convert::Into::<$crate::Value<'_>>::into($value)
            }
        )]; $($($rest)*)?)
    };
    ($name:expr; [$($done:tt)*]; $key:literal = $value:expr $(, $($rest:tt)*)?) => {
        $crate::__span!($name; [$($done)* (
            $key,
            ::core::option::Option::None,
            ::core::convert::Into::<$crate::Value<'_>>::into($value)
        )]; $($($rest)*)?)
    };
}
