//! Tokens by modality.

/// A token count by modality; `None` where the provider does not break it down.
///
/// ```
/// use telemetry_ai::Usage;
///
/// let mut usage = Usage::default();
/// usage.input_tokens = Some(1_500);
/// usage.input.image = Some(1_290);
/// assert_eq!(usage.input.text, None);
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Modalities {
    /// Text tokens.
    pub text: Option<u64>,
    /// Image tokens.
    pub image: Option<u64>,
    /// Audio tokens.
    pub audio: Option<u64>,
    /// Video tokens. The conventions have no attribute for them yet; in the token counters they
    /// are of `unknown` modality.
    pub video: Option<u64>,
}

impl Modalities {
    /// As many as [`rows`](Self::rows) tells apart.
    pub(crate) const ROWS: usize = 4;
    pub(super) const NONE: Self = Self { text: None, image: None, audio: None, video: None };

    /// Whether nothing is broken down.
    pub(crate) fn is_empty(&self) -> bool {
        *self == Self::NONE
    }

    /// Those of which there is any: many providers count all of them, used or not.
    pub(crate) fn used(&self) -> Self {
        let used = |tokens: Option<u64>| tokens.filter(|&tokens| tokens > 0);
        Self {
            text: used(self.text),
            image: used(self.image),
            audio: used(self.audio),
            video: used(self.video),
        }
    }

    pub(super) fn merge(&mut self, later: &Self) {
        self.text = later.text.or(self.text);
        self.image = later.image.or(self.image);
        self.audio = later.audio.or(self.audio);
        self.video = later.video.or(self.video);
    }

    /// Splits `total` into what each modality accounts for, as `(modality, tokens)`.
    ///
    /// A modality that the provider does not break out is `unknown`, as the conventions ask: the
    /// prompt of a vision request counts its images among the prompt tokens. Parts that exceed the
    /// total are cut, so that the rows always add up to it.
    pub(crate) fn rows(&self, total: u64) -> [(&'static str, u64); Self::ROWS] {
        let mut rest = total;
        let mut cut = |part: Option<u64>| {
            let part = part.unwrap_or(0).min(rest);
            rest -= part;
            part
        };
        let audio = cut(self.audio);
        let image = cut(self.image);
        let video = cut(self.video);
        let text = cut(self.text);
        [("text", text), ("image", image), ("audio", audio), ("unknown", rest + video)]
    }
}
