//! [`Answer`]: what the model says, and how long it takes over it.

use std::time::Duration;

use serde_json::{Value, json};

use super::request::{Model, Request};
use crate::demo::random::Random;

/// Decided before the first word is sent, so that one seed gives one answer.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) id: String,
    pub(super) model: &'static Model,
    /// One for each token: the time before it, and its text.
    pub(super) tokens: Vec<(Duration, String)>,
    /// Whether the answer was longer than allowed.
    cut: bool,
    pub(super) prompt_tokens: u64,
}

const SENTENCES: &[&str] = &[
    "Thanks for writing in, and sorry for the trouble.",
    "I have looked at your account and can see what happened.",
    "Please sign out, wait a minute, and sign in again.",
    "The order left our warehouse this morning.",
    "You will find the new invoice under Billing, at the top of the list.",
    "If the light still blinks red, hold the button for ten seconds.",
    "I have passed this on to the people who run the printers.",
    "Your refund is on its way and should arrive within three days.",
    "Could you send us a picture of the label on the back?",
    "Nothing was lost: the files are in the folder of the day before.",
    "This is fixed in the version of last week, so an update will help.",
    "We have raised the limit for your team until the end of the month.",
];

impl Answer {
    /// The answer to `request`.
    pub(super) fn to(request: &Request, model: &'static Model, random: &mut Random) -> Self {
        let id = format!("chatcmpl-{:016x}{:08x}", random.next(), random.next() as u32);
        let words = words(request, random);
        let most = usize::try_from(request.most_tokens()).unwrap_or(usize::MAX);
        let cut = words.len() > most;
        let mut wait = model.first_token_milliseconds.clone();
        let paced = words.into_iter().take(most).map(|word| {
            let milliseconds =
                random.within(std::mem::replace(&mut wait, model.next_token_milliseconds.clone()));
            (Duration::from_millis(milliseconds), word.to_owned())
        });
        Self { id, model, tokens: paced.collect(), cut, prompt_tokens: request.prompt_tokens() }
    }

    /// How long all of it takes.
    pub(super) fn duration(&self) -> Duration {
        self.tokens.iter().map(|(wait, _)| *wait).sum()
    }

    /// All of it.
    pub(super) fn text(&self) -> String {
        self.tokens.iter().map(|(_, text)| text.as_str()).collect()
    }

    /// Why it ends.
    pub(super) fn finish_reason(&self) -> &'static str {
        if self.cut { "length" } else { "stop" }
    }

    /// What it used.
    pub(super) fn usage(&self) -> Value {
        let completion_tokens = self.tokens.len() as u64;
        json!({
            "prompt_tokens": self.prompt_tokens,
            "completion_tokens": completion_tokens,
            "total_tokens": self.prompt_tokens + completion_tokens,
            "prompt_tokens_details": { "cached_tokens": 0, "audio_tokens": 0 },
            "completion_tokens_details": { "reasoning_tokens": 0, "audio_tokens": 0 },
        })
    }
}

/// What there is to say: one of the words that the question offers, or a few sentences.
fn words<'a>(request: &'a Request, random: &mut Random) -> Vec<&'a str> {
    let offered: Vec<&str> = request.offered_words().collect();
    if let Some(word) = random.choose(&offered) {
        return vec![word];
    }
    let sentences = (0..random.within(2..5)).filter_map(|_| random.choose(SENTENCES).copied());
    sentences.flat_map(|sentence| sentence.split_inclusive(' ').chain([" "])).collect()
}
