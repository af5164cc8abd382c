use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use super::profile::Profile;
use super::repeats::Repeats;
use crate::{Fingerprint, Statement};

/// What one pipeline knows of its queries.
#[derive(Debug)]
pub(crate) struct Kept {
    profiles: Mutex<HashMap<Fingerprint, Arc<Profile>>>,
    others: Arc<Profile>,
    /// Made with the first operation.
    repeats: OnceLock<Repeats>,
}

/// How many fingerprints are told apart, of about 1.3 KiB each and their texts.
const MOST: usize = 512;

impl Kept {
    pub(crate) fn new() -> Self {
        Kept {
            profiles: Mutex::default(),
            others: Arc::new(Profile::new(None, "_OTHER", None)),
            repeats: OnceLock::new(),
        }
    }

    /// The profile of a statement. Takes a lock: it is kept with the statement.
    pub(crate) fn profile(&self, statement: &Statement) -> Arc<Profile> {
        let Some(fingerprint) = statement.fingerprint() else {
            return Arc::clone(&self.others);
        };
        let mut profiles = self.profiles.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = profiles.get(&fingerprint) {
            return Arc::clone(known);
        }
        if profiles.len() >= MOST {
            return Arc::clone(&self.others);
        }
        let summary = statement.label().map_or("", |(_, name)| name);
        let profile = Profile::new(Some(fingerprint), summary, statement.sanitized());
        let profile = Arc::new(profile);
        profiles.insert(fingerprint, Arc::clone(&profile));
        profile
    }

    pub(crate) fn known(&self, fingerprint: Fingerprint) -> Option<Arc<Profile>> {
        self.profiles
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&fingerprint)
            .map(Arc::clone)
    }

    pub(super) fn all(&self) -> Vec<Arc<Profile>> {
        let profiles = self.profiles.lock().unwrap_or_else(PoisonError::into_inner);
        profiles.values().chain([&self.others]).map(Arc::clone).collect()
    }

    #[inline]
    pub(crate) fn repeats(&self) -> &Repeats {
        self.repeats.get_or_init(Repeats::new)
    }
}
