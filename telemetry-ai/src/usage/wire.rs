//! The `usage` object of the OpenAI wire format and its dialects.

use rust_decimal::Decimal;

use super::{CacheWrites, Modalities, Usage};
use crate::stream::{
    Cursor, members as json_members,
    value::{decimal, whole},
};

/// Reads a `usage` object. `None` when it isn't one, or says nothing.
///
/// Unknown keys are passed over, and a value of an unexpected type counts as absent, so that one
/// odd field of a compatible provider doesn't lose the rest.
pub(crate) fn parse(json: &[u8]) -> Option<Usage> {
    let mut wire = Wire::default();
    wire.read(&mut Cursor::new(json));
    wire.into_usage()
}

/// Reads the `usage` object that `bytes` begin with, and says how long it is; `None` where it isn't there to
/// its end, or isn't JSON.
pub(crate) fn parse_in_place(bytes: &[u8]) -> Option<(Option<Usage>, usize)> {
    let (mut wire, mut cursor) = (Wire::default(), Cursor::new(bytes));
    if !wire.read(&mut cursor) {
        return None;
    }
    let length = cursor.length_of(bytes)?;
    Some((wire.into_usage(), length))
}

#[derive(Default)]
struct Wire<'a> {
    prompt_tokens: Option<u64>,
    completion_tokens: Option<u64>,
    /// The same, in the words of the Responses API, of images and of sound.
    input_tokens: Option<u64>,
    output_tokens: Option<u64>,
    total_tokens: Option<u64>,
    prompt: Details,
    completion: Details,
    /// Transcriptions that are billed by their length say so, and the seconds.
    is_duration: bool,
    seconds: Option<&'a [u8]>,
    /// DeepSeek states the cached part of the prompt at the top level.
    prompt_cache_hit_tokens: Option<u64>,
    /// Moonshot too, under another name.
    cached_tokens: Option<u64>,
    /// Perplexity counts reasoning and searches at the top level.
    reasoning_tokens: Option<u64>,
    num_search_queries: Option<u64>,
    /// OpenRouter, and whoever follows it, states the charge in US dollars.
    cost: Option<&'a [u8]>,
    /// xAI states it in ticks, ten thousand million to the dollar.
    cost_in_usd_ticks: Option<u64>,
}

#[derive(Default, Clone, Copy)]
struct Details {
    /// Which of its names it stands under, from 1; an earlier one goes before a later one.
    name: u8,
    cached_tokens: Option<u64>,
    cache_write_tokens: Option<u64>,
    twelve_hours: Option<u64>,
    cached: Modalities,
    reasoning_tokens: Option<u64>,
    parts: Modalities,
}

/// A member of the object, or of its details.
#[derive(Debug, Clone, Copy)]
enum Member {
    Prompt,
    Completion,
    Input,
    Output,
    Total,
    /// Which of their names it is.
    PromptDetails(u8),
    CompletionDetails(u8),
    Type,
    Seconds,
    CacheHit,
    Cached,
    CacheWrite,
    CacheWriteDetails,
    CachedDetails,
    Reasoning,
    Searches,
    Cost,
    Ticks,
    Text,
    Image,
    Audio,
    Video,
    Unused,
}

/// As OpenAI writes them, one after the other; then what others have.
static MEMBERS: [(&str, Member); 19] = [
    ("prompt_tokens", Member::Prompt),
    ("completion_tokens", Member::Completion),
    ("total_tokens", Member::Total),
    ("prompt_tokens_details", Member::PromptDetails(1)),
    ("completion_tokens_details", Member::CompletionDetails(1)),
    ("input_tokens", Member::Input),
    ("input_tokens_details", Member::PromptDetails(2)),
    ("output_tokens", Member::Output),
    ("output_tokens_details", Member::CompletionDetails(2)),
    // Transcriptions say `token`.
    ("input_token_details", Member::PromptDetails(3)),
    ("output_token_details", Member::CompletionDetails(3)),
    ("type", Member::Type),
    ("seconds", Member::Seconds),
    ("prompt_cache_hit_tokens", Member::CacheHit),
    ("cached_tokens", Member::Cached),
    ("reasoning_tokens", Member::Reasoning),
    ("num_search_queries", Member::Searches),
    ("cost", Member::Cost),
    ("cost_in_usd_ticks", Member::Ticks),
];

static PROMPT_DETAILS: [(&str, Member); 9] = [
    ("cached_tokens", Member::Cached),
    ("audio_tokens", Member::Audio),
    ("cache_write_tokens", Member::CacheWrite),
    ("text_tokens", Member::Text),
    ("image_tokens", Member::Image),
    ("video_tokens", Member::Video),
    ("cache_write_tokens_details", Member::CacheWriteDetails),
    ("cached_tokens_details", Member::CachedDetails),
    ("reasoning_tokens", Member::Reasoning),
];

static COMPLETION_DETAILS: [(&str, Member); 7] = [
    ("reasoning_tokens", Member::Reasoning),
    ("audio_tokens", Member::Audio),
    ("accepted_prediction_tokens", Member::Unused),
    ("rejected_prediction_tokens", Member::Unused),
    ("text_tokens", Member::Text),
    ("image_tokens", Member::Image),
    ("video_tokens", Member::Video),
];

impl<'a> Wire<'a> {
    /// Reads the object that comes, and says whether there is one.
    fn read(&mut self, cursor: &mut Cursor<'a>) -> bool {
        let is_object = cursor.open(b'{');
        if is_object {
            let mut next = 0;
            while let Some(member) = cursor.member(&MEMBERS, &mut next) {
                self.take(member, cursor);
            }
        }
        is_object
    }

    fn take(&mut self, member: Option<Member>, cursor: &mut Cursor<'a>) {
        let count = match member {
            Some(Member::Prompt) => &mut self.prompt_tokens,
            Some(Member::Completion) => &mut self.completion_tokens,
            Some(Member::Input) => &mut self.input_tokens,
            Some(Member::Output) => &mut self.output_tokens,
            Some(Member::Total) => &mut self.total_tokens,
            Some(Member::CacheHit) => &mut self.prompt_cache_hit_tokens,
            Some(Member::Cached) => &mut self.cached_tokens,
            Some(Member::Reasoning) => &mut self.reasoning_tokens,
            Some(Member::Searches) => &mut self.num_search_queries,
            Some(Member::Ticks) => &mut self.cost_in_usd_ticks,
            Some(Member::PromptDetails(name)) => {
                return self.prompt.read(name, &PROMPT_DETAILS, cursor);
            }
            Some(Member::CompletionDetails(name)) => {
                return self.completion.read(name, &COMPLETION_DETAILS, cursor);
            }
            Some(Member::Type) => {
                self.is_duration = cursor.value() == Some(b"\"duration\"");
                return;
            }
            Some(Member::Seconds) => {
                self.seconds = cursor.value();
                return;
            }
            Some(Member::Cost) => {
                self.cost = cursor.value();
                return;
            }
            _ => {
                cursor.value();
                return;
            }
        };
        *count = cursor.count();
    }

    /// `None` if nothing is said.
    fn into_usage(self) -> Option<Usage> {
        let Self { prompt, completion, .. } = &self;
        let reasoning = completion.reasoning_tokens.or(self.reasoning_tokens);
        let input = self.prompt_tokens.or(self.input_tokens);
        let output = self.completion_tokens.or(self.output_tokens);
        let mut usage = Usage {
            input_tokens: input,
            cache_read_input_tokens: prompt
                .cached_tokens
                .or(self.prompt_cache_hit_tokens)
                .or(self.cached_tokens),
            cache_write_input_tokens: prompt.cache_write_tokens,
            output_tokens: with_reasoning(input, output, reasoning, self.total_tokens),
            reasoning_output_tokens: reasoning,
            input: prompt.parts,
            cache_read: prompt.cached,
            output: completion.parts,
            cost: self.cost.and_then(stated).or_else(|| self.cost_in_usd_ticks.and_then(ticks)),
            cache_writes: CacheWrites {
                twelve_hours: prompt.twelve_hours,
                ..CacheWrites::default()
            },
            ..Usage::default()
        };
        if self.num_search_queries.is_some() {
            usage.tools.web_searches = self.num_search_queries;
        }
        if self.is_duration
            && let Some(seconds) = self.seconds.and_then(decimal)
        {
            usage.units.input_audio_seconds = Some(seconds);
        }
        // Mostly the first of these is there.
        let says_anything = input.is_some() || !usage.is_empty();
        says_anything.then_some(usage)
    }
}

impl Details {
    /// Reads the object that comes under the name of this number, unless an earlier one was there.
    fn read(&mut self, name: u8, members: &[(&str, Member)], cursor: &mut Cursor<'_>) {
        let is_wanted = self.name == 0 || name <= self.name;
        if !is_wanted || !cursor.open(b'{') {
            cursor.value();
            return;
        }
        *self = Self { name, ..Self::default() };
        let mut next = 0;
        while let Some(member) = cursor.member(members, &mut next) {
            match member {
                Some(Member::Cached) => self.cached_tokens = cursor.count(),
                Some(Member::CacheWrite) => self.cache_write_tokens = cursor.count(),
                Some(Member::Reasoning) => self.reasoning_tokens = cursor.count(),
                Some(Member::CacheWriteDetails) => {
                    let lifetimes = cursor.value().unwrap_or_default();
                    let lifetime =
                        json_members(lifetimes).find(|(key, _)| *key == b"ttl_12h_tokens");
                    self.twelve_hours = lifetime.and_then(|(_, tokens)| whole(tokens));
                }
                Some(Member::CachedDetails) => self.read_cached(cursor),
                member => take_modality(&mut self.parts, member, cursor),
            }
        }
    }

    fn read_cached(&mut self, cursor: &mut Cursor<'_>) {
        if !cursor.open(b'{') {
            cursor.value();
            return;
        }
        let mut next = 0;
        while let Some(member) = cursor.member(&PROMPT_DETAILS, &mut next) {
            take_modality(&mut self.cached, member, cursor);
        }
        self.cached.video = None;
    }
}

fn take_modality(parts: &mut Modalities, member: Option<Member>, cursor: &mut Cursor<'_>) {
    let part = match member {
        Some(Member::Text) => &mut parts.text,
        Some(Member::Image) => &mut parts.image,
        Some(Member::Audio) => &mut parts.audio,
        Some(Member::Video) => &mut parts.video,
        _ => {
            cursor.value();
            return;
        }
    };
    *part = cursor.count();
}

/// The output with its reasoning.
///
/// OpenAI's `completion_tokens` include it, xAI's don't. The total tells which; where it doesn't,
/// reasoning that exceeds the completion can't be a part of it.
fn with_reasoning(
    prompt: Option<u64>,
    completion: Option<u64>,
    reasoning: Option<u64>,
    total: Option<u64>,
) -> Option<u64> {
    let (Some(completion), Some(reasoning @ 1..)) = (completion, reasoning) else {
        return completion;
    };
    let apart = completion.saturating_add(reasoning);
    let sum = prompt.map(|prompt| prompt.saturating_add(apart));
    let total_says_apart = total.is_some() && total == sum;
    Some(if total_says_apart || reasoning > completion { apart } else { completion })
}

/// A stated charge: a number, or (Perplexity) an object with a `total_cost`.
fn stated(cost: &[u8]) -> Option<Decimal> {
    if cost.starts_with(b"{") {
        let (_, total) = json_members(cost).find(|(key, _)| *key == b"total_cost")?;
        return charge(total);
    }
    charge(cost)
}

/// An amount, digit by digit. A negative one isn't a charge.
fn charge(number: &[u8]) -> Option<Decimal> {
    let amount = Some(number).filter(|number| !number.starts_with(b"\""));
    amount.and_then(decimal).filter(|amount| !amount.is_sign_negative() || amount.is_zero())
}

fn ticks(ticks: u64) -> Option<Decimal> {
    Decimal::try_from_i128_with_scale(i128::from(ticks), 10).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dollars(text: &str) -> Option<Decimal> {
        Some(text.parse().unwrap())
    }

    #[test]
    fn openai_counts_cached_and_reasoning_tokens_within_the_totals() {
        let usage = parse(
            br#"{"prompt_tokens":2006,"completion_tokens":300,"total_tokens":2306,
                "prompt_tokens_details":{"cached_tokens":1920,"cache_write_tokens":0,"audio_tokens":0,"text_tokens":2006},
                "completion_tokens_details":{"reasoning_tokens":64,"audio_tokens":0,"rejected_prediction_tokens":0}}"#,
        )
        .unwrap();
        assert_eq!(usage.input_tokens, Some(2006));
        assert_eq!(usage.cache_read_input_tokens, Some(1920));
        assert_eq!(usage.output_tokens, Some(300));
        assert_eq!(usage.reasoning_output_tokens, Some(64));
        assert_eq!(usage.cost, None);
    }

    #[test]
    fn xai_counts_reasoning_apart_and_its_total_tells() {
        let usage = parse(
            br#"{"prompt_tokens":37,"completion_tokens":5,"total_tokens":842,
                "completion_tokens_details":{"reasoning_tokens":800},"cost_in_usd_ticks":20580000}"#,
        )
        .unwrap();
        assert_eq!(usage.output_tokens, Some(805));
        assert_eq!(usage.cost, dollars("0.002058"));
    }

    #[test]
    fn deepseek_and_moonshot_state_the_cached_part_at_the_top() {
        let deepseek = parse(br#"{"prompt_tokens":10000,"prompt_cache_hit_tokens":8000}"#).unwrap();
        assert_eq!(deepseek.cache_read_input_tokens, Some(8000));
        let moonshot = parse(br#"{"prompt_tokens":19,"cached_tokens":8}"#).unwrap();
        assert_eq!(moonshot.cache_read_input_tokens, Some(8));
    }

    #[test]
    fn a_stated_cost_is_taken_digit_by_digit() {
        let cost = |json: &str| parse(json.as_bytes()).and_then(|usage| usage.cost);
        assert_eq!(cost(r#"{"cost":0.95}"#), dollars("0.95"));
        assert_eq!(cost(r#"{"cost":1.25e-05}"#), dollars("0.0000125"));
        assert_eq!(cost(r#"{"cost":0.00012345678901234567}"#), dollars("0.00012345678901234567"));
        assert_eq!(cost(r#"{"cost":{"input_tokens_cost":0.1,"total_cost":0.3}}"#), dollars("0.3"));
        assert_eq!(cost(r#"{"prompt_tokens":1,"cost":-1}"#), None);
        assert_eq!(cost(r#"{"prompt_tokens":1,"cost":"free"}"#), None);
        assert_eq!(cost(r#"{"prompt_tokens":1,"cost":1e400}"#), None);
    }

    #[test]
    fn odd_values_count_as_absent_and_lose_nothing_else() {
        let usage = parse(
            br#"{"prompt_tokens":12.0,"completion_tokens":-3,"total_tokens":"15","prompt_tokens_details":null,
                "prompt_cache_hit_tokens":[1],"cached_tokens":{"a":1},"cost_in_usd_ticks":1.5}"#,
        )
        .unwrap();
        assert_eq!(usage.input_tokens, Some(12));
        assert_eq!(usage.output_tokens, None);
        assert_eq!(usage.cache_read_input_tokens, None);
        assert_eq!(parse(b"null"), None);
        assert_eq!(parse(b"{}"), None);
        assert_eq!(parse(b"{\"prompt_tokens\":"), None);
    }
}
