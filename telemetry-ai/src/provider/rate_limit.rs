//! How much of a rate limit is left, from the headers of a response.

use super::protocol::HeaderLookup;

/// What is left of one of a provider's limits.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Headroom {
    /// What is limited: `requests`, `tokens`, `input_tokens`, `output_tokens`.
    pub(crate) kind: &'static str,
    pub(crate) remaining: f64,
    pub(crate) limit: Option<f64>,
}

/// The headers by kind: what remains, and the limit.
static HEADERS: &[(&str, &str, &str)] = &[
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

/// Every limit that the headers tell of.
pub(crate) fn headroom(headers: HeaderLookup<'_>) -> Vec<Headroom> {
    let number = |name: &str| {
        let value: f64 = headers(name)?.trim().parse().ok()?;
        (value.is_finite() && value >= 0.0).then_some(value)
    };
    let mut found: Vec<Headroom> = Vec::new();
    for &(kind, remaining, limit) in HEADERS {
        if let Some(remaining) = number(remaining)
            && !found.iter().any(|known| known.kind == kind)
        {
            found.push(Headroom { kind, remaining, limit: number(limit) });
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headroom_is_read_in_every_providers_words() {
        let of = |headers: &'static [(&str, &str)]| {
            headroom(&|name| headers.iter().find(|(known, _)| *known == name).map(|found| found.1))
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
