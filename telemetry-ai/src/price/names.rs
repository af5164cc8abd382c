//! By which names a model may be listed.

use std::borrow::Cow;

use crate::{Provider, Usage};

/// Tries the names that a model may be listed under, until one gives something; with it comes
/// whether the name is another model's, whose price is only assumed to be the same.
pub(super) fn first_of<'m, T>(
    provider: &Provider,
    model: &'m str,
    usage: &Usage,
    mut find: impl FnMut(&str) -> Option<T>,
) -> Option<(T, Cow<'m, str>, bool)> {
    let mut tried = |name: Cow<'m, str>, assumed| find(&name).map(|found| (found, name, assumed));
    let name = bare(provider, model);
    // What is more special goes first.
    if let Some(found) = of_image(name, usage, &mut tried) {
        return Some(found);
    }
    if let Some(found) = of_place(provider, name, usage, &mut tried) {
        return Some(found);
    }
    tried(Cow::Borrowed(name), false)
        .or_else(|| tried(Cow::Borrowed(undated(name)?), true))
        .or_else(|| of_application(provider, name, &mut tried))
}

/// The name without what providers put around it.
fn bare<'a>(provider: &Provider, model: &'a str) -> &'a str {
    let model = model.strip_prefix("models/").unwrap_or(model);
    if let Some(rest) = model.strip_prefix("ft:") {
        // `ft:gpt-4o-2024-08-06:org:suffix:id` is billed as `ft:gpt-4o-2024-08-06`.
        let base = rest.find(':').unwrap_or(rest.len());
        return &model[.."ft:".len() + base];
    }
    match provider.as_str() {
        // `arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-...`
        "aws.bedrock" if model.starts_with("arn:") => model.rsplit('/').next().unwrap_or(model),
        // `owner/name:version`
        "replicate" => model.split(':').next().unwrap_or(model),
        _ => model,
    }
}

/// What tries a name.
type Tried<'t, 'm, T> = dyn FnMut(Cow<'m, str>, bool) -> Option<(T, Cow<'m, str>, bool)> + 't;

/// Images are listed by quality and size, `high/1024-x-1536/gpt-image-1.5`.
fn of_image<'m, T>(
    name: &'m str,
    usage: &Usage,
    tried: &mut Tried<'_, 'm, T>,
) -> Option<(T, Cow<'m, str>, bool)> {
    // What is billed by its tokens isn't billed by its size.
    let size = usage.terms.image_size.as_deref().filter(|_| usage.output_tokens.is_none())?;
    let size = size.replace('x', "-x-");
    let quality = usage.terms.image_quality.as_deref();
    let with_quality = quality.map(|quality| format!("{quality}/{size}/{name}"));
    let found = with_quality.and_then(|name| tried(Cow::Owned(name), false));
    found.or_else(|| tried(Cow::Owned(format!("{size}/{name}")), false))
}

/// Where a model is served may be a part of its name: `us.anthropic.claude-...` and
/// `eu-west-2/qwen...` at Bedrock, `eu/gpt-4o` at Azure.
fn of_place<'m, T>(
    provider: &Provider,
    name: &'m str,
    usage: &Usage,
    tried: &mut Tried<'_, 'm, T>,
) -> Option<(T, Cow<'m, str>, bool)> {
    let place = usage.terms.geography.as_deref()?;
    match provider.as_str() {
        "aws.bedrock" => tried(Cow::Owned(format!("{place}.{name}")), false)
            .or_else(|| tried(Cow::Owned(format!("{place}/{name}")), false)),
        "azure.ai.openai" => tried(Cow::Owned(format!("{place}/{name}")), false),
        _ => None,
    }
}

/// An endpoint below an application of fal costs what the application does, if it isn't listed.
fn of_application<'m, T>(
    provider: &Provider,
    name: &'m str,
    tried: &mut Tried<'_, 'm, T>,
) -> Option<(T, Cow<'m, str>, bool)> {
    if provider.as_str() != "fal_ai" {
        return None;
    }
    let mut name = name;
    while let Some((above, _)) = name.rsplit_once('/').filter(|(above, _)| above.contains('/')) {
        if let Some(found) = tried(Cow::Borrowed(above), true) {
            return Some(found);
        }
        name = above;
    }
    None
}

/// `gpt-4o-2024-08-06` or `claude-sonnet-4-5-20250929` without its date; `None` if it has none.
pub(crate) fn undated(name: &str) -> Option<&str> {
    let dashed = |text: &str| {
        text.bytes().enumerate().all(|(at, byte)| {
            if matches!(at, 0 | 5 | 8) { byte == b'-' } else { byte.is_ascii_digit() }
        })
    };
    let compact = |text: &str| {
        text.starts_with(['-', '@']) && text.bytes().skip(1).all(|byte| byte.is_ascii_digit())
    };
    let without = |date: &str, is_date: &dyn Fn(&str) -> bool| {
        let (base, end) = name.split_at_checked(name.len().checked_sub(date.len())?)?;
        (is_date(end) && !base.is_empty()).then_some(base)
    };
    without("-2024-08-06", &dashed).or_else(|| without("-20240806", &compact))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_whole_date_is_taken_off() {
        assert_eq!(undated("gpt-4o-2024-08-06"), Some("gpt-4o"));
        assert_eq!(undated("claude-sonnet-4-5-20250929"), Some("claude-sonnet-4-5"));
        assert_eq!(undated("claude-sonnet-4-5@20250929"), Some("claude-sonnet-4-5"));
        for none in ["gpt-4-0613", "-2024-08-06", "-20240806", "gpt-4o-2024x08-06", "é2024-08-06"]
        {
            assert_eq!(undated(none), None, "{none}");
        }
    }

    #[test]
    fn what_providers_put_around_a_name_is_taken_off() {
        for (provider, model, name) in [
            (Provider::GEMINI, "models/gemini-2.5-pro", "gemini-2.5-pro"),
            (Provider::OPENAI, "ft:gpt-4o-2024-08-06:org::id", "ft:gpt-4o-2024-08-06"),
            (Provider::new("replicate"), "acme/dog:5c7d5dc6", "acme/dog"),
            (
                Provider::new("aws.bedrock"),
                "arn:aws:bedrock:us-east-1:1:inference-profile/us.anthropic.claude-x-v1:0",
                "us.anthropic.claude-x-v1:0",
            ),
            (Provider::new("aws.bedrock"), "anthropic.claude-x-v1:0", "anthropic.claude-x-v1:0"),
        ] {
            assert_eq!(bare(&provider, model), name);
        }
    }
}
