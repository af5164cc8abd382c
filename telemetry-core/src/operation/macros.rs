/// An [`Operation`](crate::Operation) of the calling crate: a name and attributes that are known
/// before it starts.
///
/// ```
/// use telemetry_core::operation;
///
/// let number = operation!("settings.read", "file" = "port").in_scope(|| "8080".parse::<u16>());
/// assert_eq!(number, Ok(8080));
/// ```
#[macro_export]
macro_rules! operation {
    ($name:expr $(, $key:literal = $value:expr)* $(,)?) => {{
        static SCOPE: $crate::Scope =
            $crate::Scope::new(env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"));
        $crate::Operation::new(&SCOPE, $name)$(.attribute($key, $value))*
    }};
}
