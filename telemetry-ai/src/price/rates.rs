//! What one unit costs, by kind.

use rust_decimal::Decimal;

macro_rules! rate_kinds {
    ($($(#[$doc:meta])* $kind:ident = $code:literal, $name:literal, $per:ident;)*) => {
        /// What a rate is the price of.
        ///
        /// ```
        /// use telemetry_ai::{Decimal, ModelPrice, Provider, RateKind};
        ///
        /// // Four cents an image.
        /// let price = ModelPrice::new(Provider::new("replicate"), "black-forest-labs/flux-1.1-pro")
        ///     .rate(RateKind::OutputImage, Decimal::new(4, 2));
        /// # let _ = price;
        /// ```
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum RateKind {
            $($(#[$doc])* $kind,)*
        }

        impl RateKind {
            pub(super) const ALL: &'static [Self] = &[$(Self::$kind),*];

            /// The name in a file of prices: `input`, `output_image`, ...
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$kind => $name,)* }
            }

            /// By the name in a file of prices.
            pub(super) fn parse(name: &str) -> Option<Self> {
                match name { $($name => Some(Self::$kind),)* _ => None }
            }

            /// By the code in the built-in table.
            pub(super) fn of_code(code: &str) -> Option<Self> {
                match code { $($code => Some(Self::$kind),)* _ => None }
            }

            /// How many units the rate is for.
            pub(super) fn units(self) -> Units {
                match self { $(Self::$kind => Units::$per,)* }
            }
        }
    };
}

/// How many units a rate is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Units {
    One,
    Million,
}

rate_kinds! {
    /// A million input tokens that are of no other kind.
    Input = "i", "input", Million;
    /// A million input tokens read from a cache.
    CacheRead = "c", "cache_read", Million;
    /// A million input tokens written to a cache.
    CacheWrite = "w", "cache_write", Million;
    /// A million input tokens written to a cache for an hour.
    CacheWriteOneHour = "w1", "cache_write_one_hour", Million;
    /// A million input tokens written to a cache for twelve hours.
    CacheWriteTwelveHours = "w12", "cache_write_twelve_hours", Million;
    /// A million output tokens that are of no other kind.
    Output = "o", "output", Million;
    /// A million reasoning tokens.
    Reasoning = "r", "reasoning", Million;
    /// A million audio tokens in.
    InputAudio = "ia", "input_audio", Million;
    /// A million image tokens in.
    InputImageTokens = "ii", "input_image_tokens", Million;
    /// A million video tokens in.
    InputVideoTokens = "iv", "input_video_tokens", Million;
    /// A million audio tokens read from a cache.
    CacheReadAudio = "ca", "cache_read_audio", Million;
    /// A million image tokens read from a cache.
    CacheReadImage = "ci", "cache_read_image", Million;
    /// A million audio tokens out.
    OutputAudio = "oa", "output_audio", Million;
    /// A million image tokens out.
    OutputImageTokens = "oi", "output_image_tokens", Million;
    /// A million video tokens out.
    OutputVideoTokens = "ov", "output_video_tokens", Million;
    /// A million characters in.
    InputCharacters = "ch", "input_characters", Million;
    /// A million characters out.
    OutputCharacters = "co", "output_characters", Million;
    /// A request, whatever it uses besides.
    Request = "q", "request", One;
    /// An image out.
    OutputImage = "im", "output_image", One;
    /// An image in.
    InputImage = "in", "input_image", One;
    /// A megapixel (1,048,576 pixels) out, each image rounded up to whole ones.
    OutputMegapixel = "mp", "output_megapixel", One;
    /// A video out.
    OutputVideo = "nv", "output_video", One;
    /// A second of video out.
    OutputVideoSecond = "vs", "output_video_second", One;
    /// A second of video in.
    InputVideoSecond = "vi", "input_video_second", One;
    /// A second of sound out.
    OutputAudioSecond = "as", "output_audio_second", One;
    /// A second of sound in.
    InputAudioSecond = "ai", "input_audio_second", One;
    /// A page of a document.
    Page = "pg", "page", One;
    /// A search unit of a reranking.
    SearchUnit = "su", "search_unit", One;
    /// A step of a training.
    TrainingStep = "ts", "training_step", One;
    /// A second of a machine.
    ComputeSecond = "cs", "compute_second", One;
    /// A unit of the provider's own bill.
    BilledUnit = "bu", "billed_unit", One;
    /// A credit of a prepaid plan.
    Credit = "cr", "credit", One;
    /// A search of the web.
    WebSearch = "ws", "web_search", One;
    /// An answer for which the web was searched, however often.
    WebSearchAnswer = "wp", "web_search_answer", One;
    /// A page fetched from the web.
    WebFetch = "wf", "web_fetch", One;
    /// A search of files.
    FileSearch = "fs", "file_search", One;
    /// A session of an interpreter.
    CodeSession = "cx", "code_session", One;
    /// A query of a map.
    MapQuery = "mq", "map_query", One;
}

const KINDS: usize = RateKind::ALL.len();

/// What a model costs by everything that it is billed by, in US dollars.
#[derive(Debug, Clone)]
pub(super) struct Rates {
    /// Where each kind's rate stands among them, from 1; most kinds have none.
    places: [u8; KINDS],
    rates: Vec<Decimal>,
    /// Rates of a resolution, `720p` or `4k`, which go before the plain ones.
    of_resolution: Vec<(RateKind, Box<str>, Decimal)>,
}

impl Rates {
    pub(super) const fn new() -> Self {
        Self { places: [0; KINDS], rates: Vec::new(), of_resolution: Vec::new() }
    }

    /// The rate; zero is one.
    pub(super) fn of(&self, kind: RateKind) -> Option<Decimal> {
        let place = usize::from(self.places[kind as usize]).checked_sub(1)?;
        self.rates.get(place).copied()
    }

    /// The rate for a resolution, else the plain one.
    pub(super) fn of_resolution(
        &self,
        kind: RateKind,
        resolution: Option<&str>,
    ) -> Option<Decimal> {
        let own = resolution.and_then(|wanted| {
            let mut own = self.of_resolution.iter().filter(|(of, _, _)| *of == kind);
            own.find(|(_, resolution, _)| resolution.eq_ignore_ascii_case(wanted))
        });
        own.map(|(_, _, rate)| *rate).or_else(|| self.of(kind))
    }

    pub(super) fn set(&mut self, kind: RateKind, rate: Decimal) {
        let place = &mut self.places[kind as usize];
        let known = usize::from(*place).checked_sub(1).and_then(|at| self.rates.get_mut(at));
        if let Some(known) = known {
            *known = rate;
        } else {
            self.rates.push(rate);
            // There are fewer kinds than a byte counts.
            *place = u8::try_from(self.rates.len()).unwrap_or_default();
        }
    }

    pub(super) fn set_of_resolution(&mut self, kind: RateKind, resolution: &str, rate: Decimal) {
        self.of_resolution.push((kind, resolution.into(), rate));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_found_by_its_name_and_stands_at_its_own_place() {
        for (at, kind) in RateKind::ALL.iter().enumerate() {
            assert_eq!(*kind as usize, at);
            assert_eq!(RateKind::parse(kind.as_str()), Some(*kind));
        }
    }

    #[test]
    fn a_resolution_without_a_rate_of_its_own_has_the_plain_one() {
        let mut rates = Rates::new();
        rates.set(RateKind::OutputVideoSecond, Decimal::ONE);
        rates.set_of_resolution(RateKind::OutputVideoSecond, "1080p", Decimal::TWO);
        let of = |resolution| rates.of_resolution(RateKind::OutputVideoSecond, resolution);
        assert_eq!(of(Some("1080P")), Some(Decimal::TWO));
        assert_eq!(of(Some("480p")), Some(Decimal::ONE));
        assert_eq!(of(None), Some(Decimal::ONE));
        rates.set(RateKind::OutputVideoSecond, Decimal::TEN);
        rates.set(RateKind::Input, Decimal::ONE);
        assert_eq!(rates.of(RateKind::OutputVideoSecond), Some(Decimal::TEN));
        assert_eq!(rates.of(RateKind::Input), Some(Decimal::ONE));
        assert_eq!(rates.of(RateKind::Output), None);
    }
}
