//! Under which terms a call was served.

/// The terms that a call was served under, as far as they decide its price.
///
/// Values are the provider's own words, cut to 64 bytes; `None` where the response didn't say.
///
/// ```
/// use telemetry_ai::Usage;
///
/// let mut usage = Usage::default();
/// usage.terms.service_tier = Some("batch".to_owned());
/// usage.terms.geography = Some("us".to_owned());
/// assert!(usage.terms.is_batch());
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Terms {
    /// The service tier that served: OpenAI's `default`, `flex`, `priority`, `scale`; Anthropic's
    /// `standard`, `priority`, `batch`; Gemini's `trafficType` as `standard`, `priority`, `flex`,
    /// `provisioned`. The answer's word, never the request's wish.
    pub service_tier: Option<String>,
    /// Whether it was a part of a batch, where the service tier doesn't say so.
    pub batch: Option<bool>,
    /// The speed that was served (Anthropic's `standard`, `fast`).
    pub speed: Option<String>,
    /// Where the model was served: Anthropic's `inference_geo` (`us`, `global`), the prefix of a
    /// Bedrock inference profile (`us`, `eu`, `apac`, `global`), Vertex's location
    /// (`europe-west4`, `global`), OpenAI's regional host (`eu`, `us`).
    pub geography: Option<String>,
    /// The machine that ran the job (`gpu-h100`, `A100-80GB`), where the provider or the user said.
    pub hardware: Option<String>,
    /// The size of the images asked for or made, `1024x1536`.
    pub image_size: Option<String>,
    /// The quality of the images (`low`, `medium`, `high`, `hd`).
    pub image_quality: Option<String>,
    /// The resolution of a video or an image, `720p`, `4K`.
    pub resolution: Option<String>,
    /// How many tokens of context decide the tier of a long prompt, where that is another number
    /// than [`Usage::input_tokens`](super::Usage::input_tokens).
    pub context_tokens: Option<u64>,
    /// Whether the provider says that it replayed an earlier answer and bills nothing (Comfy's
    /// `Idempotent-Replayed`).
    pub replayed: Option<bool>,
}

impl super::Empty for Terms {
    const EMPTY: &'static Self = &Self {
        service_tier: None,
        batch: None,
        speed: None,
        geography: None,
        hardware: None,
        image_size: None,
        image_quality: None,
        resolution: None,
        context_tokens: None,
        replayed: None,
    };
}

impl Terms {
    /// Whether it was a part of a batch.
    #[must_use]
    pub fn is_batch(&self) -> bool {
        self.batch.unwrap_or_else(|| self.service_tier.as_deref() == Some("batch"))
    }

    pub(crate) fn merge(&mut self, later: &Self) {
        fn take<T: Clone>(field: &mut Option<T>, later: &Option<T>) {
            if later.is_some() {
                field.clone_from(later);
            }
        }
        take(&mut self.service_tier, &later.service_tier);
        take(&mut self.batch, &later.batch);
        take(&mut self.speed, &later.speed);
        take(&mut self.geography, &later.geography);
        take(&mut self.hardware, &later.hardware);
        take(&mut self.image_size, &later.image_size);
        take(&mut self.image_quality, &later.image_quality);
        take(&mut self.resolution, &later.resolution);
        take(&mut self.context_tokens, &later.context_tokens);
        take(&mut self.replayed, &later.replayed);
    }
}
