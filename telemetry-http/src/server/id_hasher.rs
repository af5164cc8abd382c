use std::fmt;

/// Makes of an id what tells it from others without telling it: the first 16 bytes of its HMAC-SHA-256
/// (RFC 2104), in hexadecimal digits. Without the key nobody can try out ids.
#[derive(Clone)]
pub(super) struct IdHasher {
    #[cfg(feature = "hashed-ids")]
    keyed: hmac::Hmac<sha2::Sha256>,
    /// There is none without the feature.
    #[cfg(not(feature = "hashed-ids"))]
    never: std::convert::Infallible,
}

/// A key that is too short to protect anything, of [`Layer::hash_ids`](super::Layer::hash_ids).
#[cfg(feature = "hashed-ids")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShortKey(usize);

#[cfg(feature = "hashed-ids")]
impl IdHasher {
    const MIN_KEY: usize = 16;

    pub(super) fn new(key: &[u8]) -> Result<Self, ShortKey> {
        use hmac::KeyInit;
        // Any length is a key to HMAC itself.
        let keyed = hmac::Hmac::new_from_slice(key).ok();
        let keyed = keyed.filter(|_| key.len() >= Self::MIN_KEY).ok_or(ShortKey(key.len()))?;
        Ok(Self { keyed })
    }

    pub(super) fn hash(&self, id: &str) -> String {
        use std::fmt::Write;

        use hmac::Mac;

        let mac = self.keyed.clone().chain_update(id).finalize().into_bytes();
        mac.iter().take(16).fold(String::with_capacity(32), |mut text, byte| {
            // Writing to a string doesn't fail.
            let _ = write!(text, "{byte:02x}");
            text
        })
    }
}

#[cfg(not(feature = "hashed-ids"))]
impl IdHasher {
    pub(super) fn hash(&self, _: &str) -> String {
        match self.never {}
    }
}

#[cfg(feature = "hashed-ids")]
impl fmt::Display for ShortKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (length, least) = (self.0, IdHasher::MIN_KEY);
        write!(out, "hash_ids: the key has {length} bytes; allowed are {least} and more")
    }
}

#[cfg(feature = "hashed-ids")]
impl std::error::Error for ShortKey {}

/// Without the key.
impl fmt::Debug for IdHasher {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("IdHasher").finish_non_exhaustive()
    }
}

#[cfg(all(test, feature = "hashed-ids"))]
mod tests {
    use super::*;

    #[test]
    fn a_hash_is_that_of_rfc_4231() {
        // Test case 1, cut.
        let hasher = IdHasher::new(&[0x0b; 20]).unwrap();
        assert_eq!(hasher.hash("Hi There"), "b0344c61d8db38535ca8afceaf0bf12b");
        let refused = IdHasher::new(&[1; 15]).unwrap_err().to_string();
        assert_eq!(refused, "hash_ids: the key has 15 bytes; allowed are 16 and more");
        assert_eq!(format!("{hasher:?}"), "IdHasher { .. }");
    }
}
