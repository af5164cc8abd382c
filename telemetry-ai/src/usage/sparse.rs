//! What few calls have.

use std::ops::{Deref, DerefMut};

/// A part of a [`Usage`](super::Usage) that most calls don't have: it takes no room before something is
/// set in it.
///
/// It is used as the part itself; one in which nothing is set is equal to one that was never touched.
///
/// ```
/// use telemetry_ai::Usage;
///
/// let mut usage = Usage::default();
/// assert_eq!(usage.units.output_images, None);
/// usage.units.output_images = Some(2);
/// assert_eq!(usage.units.output_images, Some(2));
/// ```
#[derive(Debug, Clone)]
pub struct Sparse<T>(Option<Box<T>>);

/// Has a value in which nothing is set.
#[doc(hidden)]
pub trait Empty: Default + PartialEq + 'static {
    /// It.
    const EMPTY: &'static Self;
}

impl<T: Empty> Sparse<T> {
    /// Nothing, in a constant.
    pub(crate) const NOTHING: Self = Self(None);

    /// The part, if anything is set in it.
    #[must_use]
    pub fn as_set(&self) -> Option<&T> {
        self.0.as_deref().filter(|part| *part != T::EMPTY)
    }

    /// The part, whatever is set in it.
    pub(crate) fn into_part(self) -> T {
        self.0.map(|part| *part).unwrap_or_default()
    }

    /// Whether nothing is set.
    pub(crate) fn is_empty(&self) -> bool {
        self.as_set().is_none()
    }
}

impl<T: Empty> Deref for Sparse<T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.0.as_deref().unwrap_or(T::EMPTY)
    }
}

impl<T: Empty> DerefMut for Sparse<T> {
    fn deref_mut(&mut self) -> &mut T {
        self.0.get_or_insert_default()
    }
}

impl<T> Default for Sparse<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<T: Empty> PartialEq for Sparse<T> {
    fn eq(&self, other: &Self) -> bool {
        (self.0.is_none() && other.0.is_none()) || **self == **other
    }
}

impl<T: Empty + Eq> Eq for Sparse<T> {}

impl<T: Empty> From<T> for Sparse<T> {
    fn from(part: T) -> Self {
        Self((part != *T::EMPTY).then(|| Box::new(part)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Terms, Units};

    #[test]
    fn what_was_touched_and_not_set_is_as_if_it_hadnt_been() {
        let mut touched = Sparse::<Terms>::default();
        touched.speed = None;
        assert_eq!(touched, Sparse::default());
        assert!(touched.is_empty());
        touched.speed = Some("fast".to_owned());
        assert_ne!(touched, Sparse::default());
        assert_eq!(touched.as_set().and_then(|terms| terms.speed.as_deref()), Some("fast"));
        assert!(Sparse::from(Units::default()).is_empty());
    }
}
