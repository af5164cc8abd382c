use std::any::TypeId;
use std::error::Error;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, OnceLock};

use super::ErrorClass;

/// Why [`ErrorClass::register`] didn't take a type.
///
/// ```
/// use std::fmt;
/// use telemetry_core::ErrorClass;
/// use telemetry_core::error::NotRegistered;
///
/// assert!(ErrorClass::register::<fmt::Error>(|_| None).is_ok());
/// assert_eq!(ErrorClass::register::<fmt::Error>(|_| None), Err(NotRegistered::Taken));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NotRegistered {
    /// The type has been registered before, which stays.
    Taken,
    /// All 64 places are taken.
    Full,
}

impl fmt::Display for NotRegistered {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Taken => "this type of error has been registered already",
            Self::Full => "64 types of errors have been registered, which is all there is room for",
        })
    }
}

impl Error for NotRegistered {}

struct Entry {
    registered: TypeId,
    class_of: Box<Classifier>,
}

type Classifier = dyn Fn(&(dyn Error + 'static)) -> Option<ErrorClass> + Send + Sync;

/// Filled from the front and never emptied, so that reading takes no lock.
static ENTRIES: [OnceLock<Entry>; 64] = [const { OnceLock::new() }; 64];

pub(super) fn register<E: Error + 'static>(
    class_of: impl Fn(&E) -> Option<ErrorClass> + Send + Sync + 'static,
) -> Result<(), NotRegistered> {
    let registered = TypeId::of::<E>();
    let class_of = move |error: &(dyn Error + 'static)| class_of(find::<E>(error)?);
    let mut entry = Entry { registered, class_of: Box::new(class_of) };
    for place in &ENTRIES {
        match place.set(entry) {
            Ok(()) => return Ok(()),
            Err(_) if place.get().is_some_and(|taken| taken.registered == registered) => {
                return Err(NotRegistered::Taken);
            }
            Err(back) => entry = back,
        }
    }
    Err(NotRegistered::Full)
}

/// What was registered for the type of this very error says.
pub(super) fn class_of(error: &(dyn Error + 'static)) -> Option<ErrorClass> {
    let mut entries = ENTRIES.iter().map_while(OnceLock::get);
    entries.find_map(|entry| {
        // Somebody else's code, which mustn't take the operation down with it.
        catch_unwind(AssertUnwindSafe(|| (entry.class_of)(error))).unwrap_or(None)
    })
}

/// The error as an `E`, also when it is shared or boxed.
fn find<'a, E: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a E> {
    let shared = || error.downcast_ref::<Arc<E>>().map(|it| &**it);
    let boxed = || error.downcast_ref::<Box<E>>().map(|it| &**it);
    error.downcast_ref::<E>().or_else(shared).or_else(boxed)
}
