//! Queries without their secrets.

use std::borrow::Cow;

/// What stands in a secret's place, as the conventions have it.
const REDACTED: &str = "REDACTED";

/// Keys that contain one of these, in small letters and without separators, have a secret for a value.
const SECRET_PARTS: &[&str] = &[
    "accesskey",
    "apikey",
    "assertion",
    "authorization",
    "credential",
    "jwt",
    "passphrase",
    "passwd",
    "password",
    "privatekey",
    "secret",
    "sessionid",
    "signature",
    "token",
];

/// Keys that are one of these.
const SECRET_KEYS: &[&str] = &[
    "auth",
    "code",
    "hmac",
    "key",
    "otp",
    "pass",
    "pin",
    "pwd",
    "session",
    "sid",
    "sig",
    "subscriptionkey",
    "ticket",
];

/// Keys whose values are secrets to a service beside those that look like it.
#[derive(Clone, Debug, Default)]
pub(crate) struct SecretKeys(Vec<Box<str>>);

impl SecretKeys {
    /// None beside those.
    pub(crate) const NONE: &Self = &Self(Vec::new());

    /// Adds a key. Case and separators don't matter.
    pub(crate) fn add(&mut self, key: &str) {
        let plain = key.chars().filter(char::is_ascii_alphanumeric);
        self.0.push(plain.map(|character| character.to_ascii_lowercase()).collect());
    }
}

/// `query` with the values of secret-looking keys replaced, and of those in `secret`. The
/// conventions' own list is a part of what is recognised here; unlike there, case doesn't matter: a
/// value too many is withheld rather than one too few.
pub(crate) fn redact_query<'q>(query: &'q str, secret: &SecretKeys) -> Cow<'q, str> {
    let is_secret = |key: &str, value: &str| is_secret(key, value, secret);
    if !pairs(query).any(|(key, value)| is_secret(key, value)) {
        return Cow::Borrowed(query);
    }
    let mut out = String::with_capacity(query.len());
    for pair in query.split_inclusive(is_separator) {
        let (pair, separator) = match pair.strip_suffix(is_separator) {
            Some(bare) => (bare, &pair[bare.len()..]),
            None => (pair, ""),
        };
        match pair.split_once('=') {
            Some((key, value)) if is_secret(key, value) => {
                out.extend([key, "=", REDACTED, separator]);
            }
            _ => out.extend([pair, separator]),
        }
    }
    Cow::Owned(out)
}

fn pairs(query: &str) -> impl Iterator<Item = (&str, &str)> {
    query.split(is_separator).filter_map(|pair| pair.split_once('='))
}

fn is_separator(character: char) -> bool {
    matches!(character, '&' | ';')
}

fn is_secret(key: &str, value: &str, secret: &SecretKeys) -> bool {
    if value.is_empty() {
        return false;
    }
    is_secret_name(key, secret) || holds_secret(value)
}

/// Whether what is called so is a secret, a parameter or a header.
pub(crate) fn is_secret_key(key: &str) -> bool {
    is_secret_name(key, SecretKeys::NONE)
}

fn is_secret_name(key: &str, secret: &SecretKeys) -> bool {
    let mut plain = [0; 64];
    let Some(key) = plain_key(key, &mut plain) else {
        // Nobody names a harmless parameter like that.
        return true;
    };
    SECRET_KEYS.contains(&key)
        || SECRET_PARTS.iter().any(|part| key.contains(part))
        || secret.0.iter().any(|secret| **secret == *key)
}

/// Whether the value is itself a query, or an address with one, in which something secret-looking
/// stands: `next=%2Fhome%3Ftoken%3D…`.
fn holds_secret(value: &str) -> bool {
    let assigns = value.contains('=') || value.contains("%3D") || value.contains("%3d");
    if !assigns {
        return false;
    }
    let plain: String = value
        .chars()
        .filter(|character| !matches!(character, '_' | '-'))
        .map(|character| character.to_ascii_lowercase())
        .collect();
    SECRET_PARTS.iter().any(|part| plain.contains(part))
}

/// The key in small letters, decoded, without separators; none when it is longer than any key that
/// is known to be harmless.
fn plain_key<'a>(key: &str, out: &'a mut [u8; 64]) -> Option<&'a str> {
    let mut bytes = key.bytes();
    let mut length = 0;
    while let Some(byte) = bytes.next() {
        let byte = match byte {
            b'%' => decode(&mut bytes),
            byte => byte,
        };
        if byte.is_ascii_alphanumeric() {
            *out.get_mut(length)? = byte.to_ascii_lowercase();
            length += 1;
        }
    }
    std::str::from_utf8(&out[..length]).ok()
}

/// The byte that the two digits after a percent sign mean; what isn't one counts as a separator.
fn decode(digits: &mut impl Iterator<Item = u8>) -> u8 {
    let mut digit = || char::from(digits.next()?).to_digit(16);
    let byte = digit().zip(digit()).map(|(high, low)| high << 4 | low);
    byte.and_then(|byte| u8::try_from(byte).ok()).unwrap_or(b'_')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn redacted(query: &str) -> Cow<'_, str> {
        redact_query(query, SecretKeys::NONE)
    }

    fn keys(query: &str) -> Vec<&str> {
        query.split(is_separator).filter_map(|pair| pair.split('=').next()).collect()
    }

    proptest! {
        #[test]
        fn whatever_stands_around_it_a_token_is_withheld(
            before in "[a-z%0-9=&;+.-]{0,24}",
            after in "[a-z%0-9=&;+.-]{0,24}",
        ) {
            let query = format!("{before}&token=HUNTER2&{after}");
            let redacted = redacted(&query);
            prop_assert!(!redacted.contains("HUNTER2"));
            prop_assert_eq!(keys(&redacted), keys(&query));
        }
    }

    #[test]
    fn values_of_secret_looking_keys_are_replaced_and_keys_are_kept() {
        for (query, expected) in [
            ("", ""),
            ("page=2&sort=name", "page=2&sort=name"),
            ("q=OpenTelemetry&sig=abc", "q=OpenTelemetry&sig=REDACTED"),
            ("X-Amz-Signature=a&b=1", "X-Amz-Signature=REDACTED&b=1"),
            ("x-amz-credential=a", "x-amz-credential=REDACTED"),
            ("X-Amz-Security-Token=a", "X-Amz-Security-Token=REDACTED"),
            ("X-Goog-Signature=a", "X-Goog-Signature=REDACTED"),
            ("AWSAccessKeyId=a&Signature=b", "AWSAccessKeyId=REDACTED&Signature=REDACTED"),
            ("api_key=a&apiKey=b&API-KEY=c", "api_key=REDACTED&apiKey=REDACTED&API-KEY=REDACTED"),
            ("access_token=a", "access_token=REDACTED"),
            ("Password=a&pwd=b", "Password=REDACTED&pwd=REDACTED"),
            ("code=a&state=b", "code=REDACTED&state=b"),
            ("user%5Btoken%5D=a", "user%5Btoken%5D=REDACTED"),
            ("%74oken=a", "%74oken=REDACTED"),
            ("a=1;token=b;c=2", "a=1;token=REDACTED;c=2"),
            ("token=a=b", "token=REDACTED"),
            ("next=%2Fhome%3Faccess_token%3Da", "next=REDACTED"),
            ("next=/home?api-key=a&x=1", "next=REDACTED&x=1"),
            ("next=%2Fhome%3Fpage%3D2", "next=%2Fhome%3Fpage%3D2"),
            ("token=&token", "token=&token"),
            ("monkey=1&keyboard=2&encode=3", "monkey=1&keyboard=2&encode=3"),
            ("broken%=1&token%2=x", "broken%=1&token%2=REDACTED"),
        ] {
            assert_eq!(redacted(query), expected);
        }
    }

    #[test]
    fn the_value_of_an_overlong_key_is_withheld() {
        let query = format!("{}=1", "x".repeat(65));
        assert!(redacted(&query).ends_with("=REDACTED"));
    }

    #[test]
    fn a_query_without_secrets_is_not_copied() {
        assert!(matches!(redacted("page=2"), Cow::Borrowed(_)));
    }

    #[test]
    fn a_service_has_secrets_of_its_own() {
        let mut secret = SecretKeys::default();
        secret.add("E-Mail");
        let query = "email=a&e_mail=b&E%2DMAIL=c&mail=d";
        let expected = "email=REDACTED&e_mail=REDACTED&E%2DMAIL=REDACTED&mail=d";
        assert_eq!(redact_query(query, &secret), expected);
    }
}
