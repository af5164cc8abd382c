use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{PoisonError, RwLock};

/// The library that a record or a metric comes from: OpenTelemetry's
/// [instrumentation scope](https://opentelemetry.io/docs/specs/otel/common/instrumentation-scope/).
///
/// ```
/// use telemetry_core::Scope;
///
/// static SCOPE: Scope = Scope::new(env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"));
/// assert_eq!(SCOPE.name(), "telemetry-core");
/// ```
#[derive(Debug)]
pub struct Scope {
    name: &'static str,
    version: &'static str,
    /// Place in the register plus one; zero until the first record is made.
    place: AtomicU16,
}

static REGISTER: RwLock<Vec<&'static Scope>> = RwLock::new(Vec::new());

impl Scope {
    /// A scope, to be kept in a `static`.
    pub const fn new(name: &'static str, version: &'static str) -> Self {
        Self { name, version, place: AtomicU16::new(0) }
    }

    /// The library's name.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// The library's version; empty when it isn't known.
    pub fn version(&self) -> &'static str {
        self.version
    }

    /// The scope named after `name` alone. What is made stays for the life of the process, so names
    /// must be those of code, never data.
    #[cfg(any(feature = "log", feature = "tracing"))]
    pub(crate) fn of_name(name: &'static str) -> &'static Self {
        use std::collections::HashMap;
        use std::sync::{Mutex, OnceLock};

        static NAMED: OnceLock<Mutex<HashMap<&'static str, &'static Scope>>> = OnceLock::new();
        let mut named =
            NAMED.get_or_init(Mutex::default).lock().unwrap_or_else(PoisonError::into_inner);
        named.entry(name).or_insert_with(|| Box::leak(Box::new(Self::new(name, ""))))
    }

    /// The number under which records carry the scope.
    #[inline]
    pub(crate) fn id(&'static self) -> u16 {
        match self.place.load(Ordering::Relaxed) {
            0 => self.register(),
            place => place,
        }
    }

    /// The scope of a number that [`Scope::id`] gave.
    pub(crate) fn of_id(id: u16) -> &'static Self {
        static UNKNOWN: Scope = Scope::new("", "");
        let register = REGISTER.read().unwrap_or_else(PoisonError::into_inner);
        register.get(usize::from(id).wrapping_sub(1)).copied().unwrap_or(&UNKNOWN)
    }

    #[cold]
    fn register(&'static self) -> u16 {
        let mut register = REGISTER.write().unwrap_or_else(PoisonError::into_inner);
        match self.place.load(Ordering::Relaxed) {
            0 => {}
            place => return place,
        }
        // `span!` has a scope of its own wherever it stands: those of one library share a number.
        let same = |known: &&'static Self| (known.name, known.version) == (self.name, self.version);
        let place = register.iter().position(same).unwrap_or(register.len()) + 1;
        // Scopes are as many as there are instrumented libraries; beyond 65,535 all share the last.
        let place = u16::try_from(place).unwrap_or(u16::MAX);
        if register.len() < usize::from(place) {
            register.push(self);
        }
        self.place.store(place, Ordering::Relaxed);
        place
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_of_one_library_share_a_number_and_others_do_not() {
        static ONE: Scope = Scope::new("one-library", "1.0.0");
        static SAME: Scope = Scope::new("one-library", "1.0.0");
        static LATER: Scope = Scope::new("one-library", "1.1.0");
        assert_eq!(ONE.id(), SAME.id());
        assert_ne!(ONE.id(), LATER.id());
        assert_eq!(Scope::of_id(LATER.id()).version(), "1.1.0");
    }
}
