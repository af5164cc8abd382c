//! The list in `tracestate` (<https://www.w3.org/TR/trace-context-2/#tracestate-header>).

use std::borrow::Cow;

/// What is carried on at the most, the least that the specification asks for.
const MAX_BYTES: usize = 512;
const MAX_MEMBERS: usize = 32;
/// Longer members go first when there is no room for all.
const LONG_MEMBER: usize = 128;

/// A list of 1 to 32 members, each `key=value`, without the white space around them. A malformed list
/// is dropped whole; of one that is longer than 512 characters whole members are, the long ones first,
/// then from the end.
pub(super) fn parse(text: &str) -> Option<Cow<'_, str>> {
    let mut count = 0;
    for member in members(text) {
        count += 1;
        if count > MAX_MEMBERS || !is_member(member) {
            return None;
        }
    }
    if count == 0 {
        return None;
    }
    let plain = !text.contains([' ', '\t']) && !text.starts_with(',') && !text.ends_with(',');
    if plain && !text.contains(",,") && text.len() <= MAX_BYTES {
        return Some(Cow::Borrowed(text));
    }
    let mut kept: Vec<&str> = members(text).collect();
    while length(&kept) > MAX_BYTES {
        let long = kept.iter().rposition(|member| member.len() > LONG_MEMBER);
        kept.remove(long.unwrap_or(kept.len() - 1));
    }
    (!kept.is_empty()).then(|| Cow::Owned(kept.join(",")))
}

/// Empty members are allowed and mean nothing.
fn members(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').map(|member| member.trim_matches([' ', '\t'])).filter(|it| !it.is_empty())
}

fn length(members: &[&str]) -> usize {
    members.iter().map(|member| member.len() + 1).sum::<usize>().saturating_sub(1)
}

fn is_member(member: &str) -> bool {
    let Some((key, value)) = member.split_once('=') else {
        return false;
    };
    let in_key =
        |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-' | b'*' | b'/' | b'@');
    let in_value = |byte: u8| matches!(byte, 0x20..=0x7e) && byte != b',' && byte != b'=';
    (1..=256).contains(&key.len())
        && key.bytes().all(in_key)
        && !key.starts_with(['_', '-', '*', '/', '@'])
        && (1..=256).contains(&value.len())
        && value.bytes().all(in_value)
}
