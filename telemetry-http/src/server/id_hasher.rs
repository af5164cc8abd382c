use std::fmt;
#[cfg(feature = "hashed-ids")]
use std::fmt::Write;

#[cfg(feature = "hashed-ids")]
use sha2::{Digest, Sha256};

/// Makes of an id what tells it from others without telling it: the first 16 bytes of its HMAC-SHA-256
/// (RFC 2104), in hexadecimal digits. Without the key nobody can try out ids.
#[derive(Clone)]
pub(super) struct IdHasher {
    /// What has taken in the key already, for the inner hash.
    #[cfg(feature = "hashed-ids")]
    inner: Sha256,
    /// The same for the outer one.
    #[cfg(feature = "hashed-ids")]
    outer: Sha256,
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
        if key.len() < Self::MIN_KEY {
            return Err(ShortKey(key.len()));
        }
        // A key that is longer than a block of the hash is hashed first.
        let mut block = [0; 64];
        match block.get_mut(..key.len()) {
            Some(place) => place.copy_from_slice(key),
            None => block[..32].copy_from_slice(&Sha256::digest(key)),
        }
        let keyed = |pad: u8| Sha256::new_with_prefix(block.map(|byte| byte ^ pad));
        Ok(Self { inner: keyed(0x36), outer: keyed(0x5c) })
    }

    pub(super) fn hash(&self, id: &str) -> String {
        let inner = self.inner.clone().chain_update(id).finalize();
        let mac = self.outer.clone().chain_update(inner).finalize();
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
        // Test cases 1 and 6, cut.
        let hasher = IdHasher::new(&[0x0b; 20]).unwrap();
        assert_eq!(hasher.hash("Hi There"), "b0344c61d8db38535ca8afceaf0bf12b");
        let hasher = IdHasher::new(&[0xaa; 131]).unwrap();
        let text = "Test Using Larger Than Block-Size Key - Hash Key First";
        assert_eq!(hasher.hash(text), "60e431591ee0b67f0d8a26aacbf5b77f");
        let refused = IdHasher::new(&[1; 15]).unwrap_err().to_string();
        assert_eq!(refused, "hash_ids: the key has 15 bytes; allowed are 16 and more");
        assert_eq!(format!("{hasher:?}"), "IdHasher { .. }");
    }
}
