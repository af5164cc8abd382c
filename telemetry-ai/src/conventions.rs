//! Which version of the conventions' names is emitted.

use std::sync::LazyLock;

/// Which names of the GenAI conventions are emitted.
///
/// The conventions are in development and were renamed in 2026. The newest names are the default.
/// The environment variable `OTEL_SEMCONV_STABILITY_OPT_IN`, a list with commas, chooses others
/// where the program doesn't: `gen_ai_latest_experimental` means the newest, as the specification
/// has it; `gen_ai/v1.36` the older ones and `gen_ai/dup` both, in the way of other areas. Without
/// one of these, the newest stand.
///
/// | newest | older |
/// |---|---|
/// | `gen_ai.client.inference.duration` | `gen_ai.client.operation.duration` |
/// | `gen_ai.client.inference.time_to_first_chunk`, `.time_per_output_chunk` | `gen_ai.client.operation.…` |
/// | counters `gen_ai.client.inference.usage.*` with `gen_ai.token.modality` | histogram `gen_ai.client.token.usage` with `gen_ai.token.type` |
/// | `gen_ai.provider.name` | `gen_ai.system`, beside the newer one |
/// | `gen_ai.usage.cache_write.input_tokens` | `gen_ai.usage.cache_creation.input_tokens` |
///
/// ```
/// use telemetry_ai::{Conventions, Middleware};
///
/// let middleware = Middleware::builder().conventions(Conventions::Both).build();
/// # let _ = middleware;
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Conventions {
    /// The newest names.
    Latest,
    /// The names before 2026, for dashboards that know no others.
    Older,
    /// Both, while dashboards move.
    Both,
}

impl Conventions {
    /// What the environment chooses, read once.
    #[must_use]
    pub fn from_environment() -> Self {
        static CHOSEN: LazyLock<Conventions> = LazyLock::new(|| {
            let value = std::env::var("OTEL_SEMCONV_STABILITY_OPT_IN").unwrap_or_default();
            Conventions::parse(&value)
        });
        *CHOSEN
    }

    /// Reads a list of opt-ins; those of other areas are passed over, and an opt-in to both wins.
    ///
    /// ```
    /// use telemetry_ai::Conventions;
    ///
    /// assert_eq!(Conventions::parse("http/dup, gen_ai_latest_experimental"), Conventions::Latest);
    /// assert_eq!(Conventions::parse("gen_ai/v1.36"), Conventions::Older);
    /// assert_eq!(Conventions::parse("gen_ai/dup,database"), Conventions::Both);
    /// assert_eq!(Conventions::parse(""), Conventions::Latest);
    /// ```
    #[must_use]
    pub fn parse(opt_in: &str) -> Self {
        let mut chosen = Self::Latest;
        for area in opt_in.split(',').map(str::trim) {
            match area {
                "gen_ai/dup" => return Self::Both,
                "gen_ai/v1.36" => chosen = Self::Older,
                "gen_ai_latest_experimental" => return Self::Latest,
                _ => {}
            }
        }
        chosen
    }

    pub(crate) fn latest(self) -> bool {
        self != Self::Older
    }

    pub(crate) fn older(self) -> bool {
        self != Self::Latest
    }
}

impl Default for Conventions {
    /// What the environment chooses.
    fn default() -> Self {
        Self::from_environment()
    }
}
