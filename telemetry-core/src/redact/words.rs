//! What sounds secret.

/// Whether the value under this name is to be masked.
pub(super) fn is_secret_name(name: &str) -> bool {
    /// Parts of names, without separators and in lower case.
    const PARTS: [&str; 21] = [
        "password",
        "passwd",
        "passphrase",
        "pwd",
        "secret",
        "token",
        "apikey",
        "accesskey",
        "privatekey",
        "signingkey",
        "encryptionkey",
        "accountkey",
        "masterkey",
        "authorization",
        "credential",
        "signature",
        "session",
        "cookie",
        "bearer",
        "jwt",
        "connectionstring",
    ];
    /// Whole names that are too short to be looked for within others.
    const WHOLE: [&str; 9] = ["key", "pass", "pw", "auth", "sig", "dsn", "sid", "pin", "otp"];
    const LONGEST: usize = 64;

    let mut plain = String::with_capacity(LONGEST);
    for character in name.chars().filter(|it| it.is_alphanumeric()).take(LONGEST) {
        plain.extend(character.to_lowercase());
    }
    // Counts of tokens are what a model's usage is told in.
    let is_count = ["tokens", "maxtoken", "tokencount", "tokenlimit"];
    if is_count.iter().any(|count| plain.ends_with(count)) {
        return false;
    }
    WHOLE.contains(&plain.as_str()) || PARTS.iter().any(|part| plain.contains(part))
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

/// Whether the word is a key by how it begins.
pub(super) fn is_known_key(word: &str) -> bool {
    const BEGINNINGS: [&str; 22] = [
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
    let known = BEGINNINGS.iter().any(|beginning| word.starts_with(beginning));
    let json_web_token =
        word.starts_with("eyJ") && word.bytes().filter(|byte| *byte == b'.').count() >= 2;
    (known && word.len() >= 16) || json_web_token
}
