//! How much of a rate limit is left, from the headers of a response.

/// What is left of one of a provider's limits.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Headroom {
    /// What is limited: `requests`, `tokens`, `input_tokens`, `output_tokens`.
    pub(crate) kind: &'static str,
    pub(crate) remaining: f64,
    pub(crate) limit: Option<f64>,
}

/// The headers by kind: what remains, and the limit.
static HEADERS: [(&str, &str, &str); 8] = [
    ("requests", "x-ratelimit-remaining-requests", "x-ratelimit-limit-requests"),
    ("tokens", "x-ratelimit-remaining-tokens", "x-ratelimit-limit-tokens"),
    ("requests", "anthropic-ratelimit-requests-remaining", "anthropic-ratelimit-requests-limit"),
    ("tokens", "anthropic-ratelimit-tokens-remaining", "anthropic-ratelimit-tokens-limit"),
    (
        "input_tokens",
        "anthropic-ratelimit-input-tokens-remaining",
        "anthropic-ratelimit-input-tokens-limit",
    ),
    (
        "output_tokens",
        "anthropic-ratelimit-output-tokens-remaining",
        "anthropic-ratelimit-output-tokens-limit",
    ),
    // Replicate, Together and the draft of the IETF.
    ("requests", "x-ratelimit-remaining", "x-ratelimit-limit"),
    ("requests", "ratelimit-remaining", "ratelimit-limit"),
];

/// Every limit that these headers, names in lower case with their values, tell of.
pub(crate) fn headroom<'h>(headers: impl Iterator<Item = (&'h str, &'h [u8])>) -> Vec<Headroom> {
    // What remains and the limit, by their places among those that are known.
    let mut numbers = [(None, None); HEADERS.len()];
    let mut has_any = false;
    for (name, value) in headers {
        if !matches!(name.as_bytes(), [b'x', b'-', b'r', ..] | [b'r', b'a', ..] | [b'a', b'n', ..])
        {
            continue;
        }
        for ((_, remaining, limit), (remains, most)) in HEADERS.iter().zip(&mut numbers) {
            if name == *remaining {
                *remains = number(value);
                has_any = true;
            } else if name == *limit {
                *most = number(value);
            }
        }
    }
    let mut found: Vec<Headroom> = Vec::new();
    if !has_any {
        return found;
    }
    for (&(kind, ..), (remaining, limit)) in HEADERS.iter().zip(numbers) {
        if let Some(remaining) = remaining
            && !found.iter().any(|known| known.kind == kind)
        {
            found.push(Headroom { kind, remaining, limit });
        }
    }
    found
}

fn number(value: &[u8]) -> Option<f64> {
    let value: f64 = str::from_utf8(value).ok()?.trim().parse().ok()?;
    (value.is_finite() && value >= 0.0).then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headroom_is_read_in_every_providers_words() {
        let of = |headers: &'static [(&str, &str)]| {
            headroom(headers.iter().map(|(name, value)| (*name, value.as_bytes())))
        };
        let openai = of(&[
            ("x-ratelimit-remaining-requests", "59"),
            ("x-ratelimit-limit-requests", "60"),
            ("x-ratelimit-remaining-tokens", "149984"),
        ]);
        assert_eq!(
            openai,
            [
                Headroom { kind: "requests", remaining: 59.0, limit: Some(60.0) },
                Headroom { kind: "tokens", remaining: 149_984.0, limit: None }
            ]
        );
        let anthropic = of(&[
            ("anthropic-ratelimit-input-tokens-remaining", "0"),
            ("anthropic-ratelimit-input-tokens-limit", "2000"),
        ]);
        assert_eq!(
            anthropic,
            [Headroom { kind: "input_tokens", remaining: 0.0, limit: Some(2000.0) }]
        );
        assert_eq!(of(&[("x-ratelimit-remaining", "12ms"), ("ratelimit-remaining", "-1")]), []);
    }
}
