//! What is billed by other units than tokens.

use std::borrow::Cow;

use rust_decimal::Decimal;

/// Unknown measurements beyond this many are dropped.
const MOST_OTHERS: usize = 32;

/// What a call consumed and produced in units other than tokens.
///
/// `None` means that nobody said, which is not the same as zero; nothing here is ever guessed.
/// Seconds are exact decimals, as the provider wrote them.
///
/// ```
/// use telemetry_ai::{Decimal, Usage};
///
/// let mut usage = Usage::default();
/// usage.units.output_images = Some(2);
/// usage.units.compute_seconds = Some(Decimal::new(42_5, 1));
/// assert!(!usage.is_empty());
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Units {
    /// Images that came out.
    pub output_images: Option<u64>,
    /// Images that went in.
    pub input_images: Option<u64>,
    /// Pixels that came out, of all images or frames.
    pub output_pixels: Option<u64>,
    /// Pixels that went in.
    pub input_pixels: Option<u64>,
    /// Videos that came out.
    pub output_videos: Option<u64>,
    /// Seconds of video that came out.
    pub output_video_seconds: Option<Decimal>,
    /// Seconds of video that went in.
    pub input_video_seconds: Option<Decimal>,
    /// Seconds of sound that came out.
    pub output_audio_seconds: Option<Decimal>,
    /// Seconds of sound that went in.
    pub input_audio_seconds: Option<Decimal>,
    /// Characters that went in, as speech is billed.
    pub input_characters: Option<u64>,
    /// Characters that came out.
    pub output_characters: Option<u64>,
    /// Pages of documents that went in.
    pub pages: Option<u64>,
    /// Search units of a reranking (Cohere).
    pub search_units: Option<u64>,
    /// Steps of a training.
    pub training_steps: Option<u64>,
    /// Seconds of a machine, mostly of a GPU: Replicate's `predict_time`, ComfyUI's execution, a
    /// Modal worker's own statement. [`Terms::hardware`](super::Terms::hardware) is whose, where
    /// it is known.
    pub compute_seconds: Option<Decimal>,
    /// What the provider bills, in the unit of the endpoint's price: fal's
    /// `x-fal-billable-units`.
    pub billed_units: Option<Decimal>,
    /// Credits of a prepaid plan that the call used (Comfy's `X-Comfy-Credits-Used`).
    pub credits: Option<Decimal>,
    /// Measurements of the provider's that have no field here, under the provider's own names
    /// (Replicate's `metrics`).
    pub others: Vec<(Cow<'static, str>, Decimal)>,
}

impl super::Empty for Units {
    const EMPTY: &'static Self = &Self {
        output_images: None,
        input_images: None,
        output_pixels: None,
        input_pixels: None,
        output_videos: None,
        output_video_seconds: None,
        input_video_seconds: None,
        output_audio_seconds: None,
        input_audio_seconds: None,
        input_characters: None,
        output_characters: None,
        pages: None,
        search_units: None,
        training_steps: None,
        compute_seconds: None,
        billed_units: None,
        credits: None,
        others: Vec::new(),
    };
}

impl Units {
    /// Adds a measurement that has no field, or replaces the one of that name. At most 32 are kept.
    pub fn set_other(&mut self, name: impl Into<Cow<'static, str>>, amount: Decimal) {
        let name = name.into();
        if let Some((_, known)) = self.others.iter_mut().find(|(known, _)| *known == name) {
            *known = amount;
        } else if self.others.len() < MOST_OTHERS {
            self.others.push((name, amount));
        }
    }

    pub(super) fn merge(&mut self, later: &Self) {
        fn take<T: Copy>(field: &mut Option<T>, later: Option<T>) {
            *field = later.or(*field);
        }
        take(&mut self.output_images, later.output_images);
        take(&mut self.input_images, later.input_images);
        take(&mut self.output_pixels, later.output_pixels);
        take(&mut self.input_pixels, later.input_pixels);
        take(&mut self.output_videos, later.output_videos);
        take(&mut self.output_video_seconds, later.output_video_seconds);
        take(&mut self.input_video_seconds, later.input_video_seconds);
        take(&mut self.output_audio_seconds, later.output_audio_seconds);
        take(&mut self.input_audio_seconds, later.input_audio_seconds);
        take(&mut self.input_characters, later.input_characters);
        take(&mut self.output_characters, later.output_characters);
        take(&mut self.pages, later.pages);
        take(&mut self.search_units, later.search_units);
        take(&mut self.training_steps, later.training_steps);
        take(&mut self.compute_seconds, later.compute_seconds);
        take(&mut self.billed_units, later.billed_units);
        take(&mut self.credits, later.credits);
        for (name, amount) in &later.others {
            self.set_other(name.clone(), *amount);
        }
    }
}
