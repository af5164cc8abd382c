//! What sounds secret.

/// Whether the value under this name is to be masked.
pub(super) fn is_secret_name(name: &str) -> bool {
    /// Letters and digits of a name that are looked at.
    const LONGEST: usize = 64;

    if !name.is_ascii() {
        let letters = name.chars().filter(|it| it.is_alphanumeric()).take(LONGEST);
        let plain: String = letters.flat_map(char::to_lowercase).collect();
        return is_secret(plain.as_bytes());
    }
    let mut plain = [0; LONGEST];
    let mut length = 0;
    let letters = name.bytes().filter(u8::is_ascii_alphanumeric);
    for (place, letter) in plain.iter_mut().zip(letters) {
        *place = letter.to_ascii_lowercase();
        length += 1;
    }
    is_secret(plain.get(..length).unwrap_or_default())
}

/// The same of a name without separators and in lower case.
fn is_secret(plain: &[u8]) -> bool {
    /// Whole names that are too short to be looked for within others.
    const WHOLE: [&[u8]; 9] =
        [b"key", b"pass", b"pw", b"auth", b"sig", b"dsn", b"sid", b"pin", b"otp"];
    /// Counts of tokens are what a model's usage is told in.
    const COUNTS: [&[u8]; 4] = [b"tokens", b"maxtoken", b"tokencount", b"tokenlimit"];

    let is_count = || COUNTS.iter().any(|count| plain.ends_with(count));
    let has_part = |at: usize| {
        let rest = plain.get(at..).unwrap_or_default();
        let [first, second, ..] = rest else { return false };
        parts(*first, *second).iter().any(|part| rest.starts_with(part))
    };
    (WHOLE.contains(&plain) || (0..plain.len()).any(has_part)) && !is_count()
}

/// The parts of names that begin with these two letters and sound secret.
fn parts(first: u8, second: u8) -> &'static [&'static [u8]] {
    match [first, second] {
        [b'a', b'c'] => &[b"accesskey", b"accountkey"],
        [b'a', b'p'] => &[b"apikey"],
        [b'a', b'u'] => &[b"authorization"],
        [b'b', b'e'] => &[b"bearer"],
        [b'c', b'o'] => &[b"cookie", b"connectionstring"],
        [b'c', b'r'] => &[b"credential"],
        [b'e', b'n'] => &[b"encryptionkey"],
        [b'j', b'w'] => &[b"jwt"],
        [b'm', b'a'] => &[b"masterkey"],
        [b'p', b'a'] => &[b"password", b"passwd", b"passphrase"],
        [b'p', b'r'] => &[b"privatekey"],
        [b'p', b'w'] => &[b"pwd"],
        [b's', b'e'] => &[b"secret", b"session"],
        [b's', b'i'] => &[b"signingkey", b"signature"],
        [b't', b'o'] => &[b"token"],
        _ => &[],
    }
}

/// Whether all the rest of the line is the value, since it may have several parts.
pub(super) fn is_secret_header(name: &str) -> bool {
    ["authorization", "proxy-authorization", "cookie", "set-cookie"]
        .iter()
        .any(|header| name.eq_ignore_ascii_case(header))
}

/// Whether the word after this one is a credential.
pub(super) fn is_scheme<'a>(word: &str, next: impl FnOnce() -> &'a str) -> bool {
    let long_enough = |next: &str| next.len() >= 8;
    if word.eq_ignore_ascii_case("bearer") {
        return long_enough(next());
    }
    // The word has other meanings, and what follows it there is no Base64.
    let encoded = |next: &str| {
        next.contains('=')
            || next.chars().skip(1).any(|it| it.is_ascii_uppercase() || it.is_ascii_digit())
    };
    word.eq_ignore_ascii_case("basic") && {
        let next = next();
        long_enough(next) && encoded(next)
    }
}

/// How the keys of well-known services begin.
pub(super) const BEGINNINGS: [&str; 22] = [
    "sk-",
    "sk_",
    "pk_live_",
    "rk_live_",
    "ghp_",
    "gho_",
    "ghu_",
    "ghs_",
    "ghr_",
    "github_pat_",
    "glpat-",
    "xoxb-",
    "xoxp-",
    "xoxa-",
    "xapp-",
    "AKIA",
    "ASIA",
    "AIza",
    "ya29.",
    "hf_",
    "r8_",
    "npm_",
];

/// Whether the word is a key by how it begins.
pub(super) fn is_known_key(word: &str) -> bool {
    // One look tells most words from keys: few are as long, and fewer begin like one.
    let json_web_token =
        || word.starts_with("eyJ") && word.bytes().filter(|byte| *byte == b'.').count() >= 2;
    let known = || BEGINNINGS.iter().any(|beginning| word.starts_with(beginning));
    json_web_token() || (word.len() >= 16 && known())
}
