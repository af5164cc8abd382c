//! Statements of the grammar with a secret in every literal, mutated at random for as long as
//! `TELEMETRY_FUZZ_SECONDS` says (by default a second). A second reader, which knows nothing but
//! quotes and comments, says which secrets are inside of one: none of them may be shown.

use std::time::{Duration, Instant};

use telemetry_db::{Dialect, Statement};

use crate::grammar::{Shape, write};
use crate::random::Random;

const DIALECTS: [Dialect; 3] = [Dialect::Sqlite, Dialect::Postgres, Dialect::MySql];

/// What lexers look for.
const TOKENS: [&str; 34] = [
    "'",
    "''",
    "\"",
    "\"\"",
    "`",
    "[",
    "]",
    "--",
    "-- ",
    "#",
    "/*",
    "*/",
    "/*!",
    "\n",
    "\r",
    "\\",
    "\\'",
    "$",
    "$$",
    "$t$",
    "E'",
    "x'",
    "N'",
    "U&'",
    ";",
    "(",
    ")",
    ",",
    ".",
    " IN (",
    " VALUES (",
    "\u{0}",
    "é",
    "?",
];

/// A mark that stands for a secret: no piece of the grammar looks like it.
fn secret(number: usize) -> String {
    format!("hunter{number:04}z")
}

#[test]
fn whatever_becomes_of_a_statement() {
    // A seed that no other run has where there is time to look for what nobody has found.
    let seed = match std::env::var_os("TELEMETRY_FUZZ_SECONDS") {
        Some(_) => std::time::UNIX_EPOCH.elapsed().map_or(1, |since| since.as_nanos() as u64),
        None => 1,
    };
    let mut random = Random::from_seed(seed);
    let deadline = deadline();
    let (mut executions, mut withheld, mut checked) = (0_u64, 0_u64, 0_u64);
    while executions == 0 || Instant::now() < deadline {
        let dialect = *random.pick(&DIALECTS);
        let shape = Shape::draw(&mut random);
        let text = write(&shape, dialect, &mut random);
        let (planted, secrets) = plant(&text, &mut random);
        let text = mutate(planted, &mut random);
        let statement = Statement::of(&text, dialect);
        let mut summary = statement.summary().unwrap_or_default().to_owned();
        if dialect == Dialect::Sqlite {
            // A string after FROM is the name of a table there, and shown as that.
            summary = summary.split('\'').step_by(2).collect();
        }
        let sanitized = statement.sanitized().unwrap_or_default();
        withheld += u64::from(sanitized.is_empty());
        for backslashes in [false, true] {
            let hidden = hidden(&text, dialect, backslashes);
            for secret in &secrets {
                let mut places = text.match_indices(secret.as_str()).map(|(at, _)| at);
                // A mutation may have made two of it.
                let (Some(at), None) = (places.next(), places.next()) else { continue };
                if hidden.iter().any(|(start, end)| *start <= at && at + secret.len() <= *end) {
                    checked += 1;
                    assert!(
                        !sanitized.contains(secret.as_str()) && !summary.contains(secret.as_str()),
                        "seed {seed}, {dialect:?}: {secret} of\n{text:?}\nis shown in\n{summary}\n{sanitized}"
                    );
                }
            }
        }
        executions += 1;
    }
    println!("{executions} texts, {withheld} withheld, {checked} secrets, seed {seed}");
    assert!(executions > 0);
}

fn deadline() -> Instant {
    let seconds = std::env::var("TELEMETRY_FUZZ_SECONDS").ok().and_then(|text| text.parse().ok());
    Instant::now() + Duration::from_secs(seconds.unwrap_or(1))
}

/// Puts a secret of its own behind every quote, and for some of the words.
fn plant(text: &str, random: &mut Random) -> (String, Vec<String>) {
    let mut planted = String::new();
    let mut secrets = Vec::new();
    for character in text.chars() {
        planted.push(character);
        if matches!(character, '\'' | '"' | '$' | '*') || random.once_in(40) {
            let secret = secret(secrets.len());
            planted.push_str(&secret);
            secrets.push(secret);
        }
    }
    (planted, secrets)
}

fn mutate(mut text: String, random: &mut Random) -> String {
    for _ in 0..random.below(5) {
        let one = text.floor_char_boundary(random.below(text.len() + 1));
        let two = text.floor_char_boundary(random.below(text.len() + 1));
        let (begin, end) = (one.min(two), one.max(two));
        match random.below(5) {
            0 | 1 => text.insert_str(begin, random.pick::<&str>(&TOKENS)),
            2 if end - begin < 40 => text.replace_range(begin..end, random.pick::<&str>(&TOKENS)),
            3 => text.truncate(text.floor_char_boundary(end.max(text.len() / 2))),
            _ => text.insert(begin, char::from(random.below(128) as u8)),
        }
    }
    text
}

/// Where strings and comments are, from the byte after their opening mark to the one before their
/// closing one, if a backslash escapes or if it doesn't.
fn hidden(text: &str, dialect: Dialect, backslashes: bool) -> Vec<(usize, usize)> {
    let (mysql, postgres) = (dialect == Dialect::MySql, dialect == Dialect::Postgres);
    let mut found = Vec::new();
    let mut at = 0;
    let rest = |at: usize| text.get(at..).unwrap_or_default();
    while at < text.len() {
        let here = rest(at);
        let Some(first) = here.chars().next() else { break };
        let line = here.starts_with("--")
            && (!mysql || here[2..].chars().next().is_none_or(|next| next <= ' '))
            || mysql && first == '#';
        if line {
            let end = here.find(|it| it == '\n' || postgres && it == '\r').unwrap_or(here.len());
            found.push((at, at + end));
            at += end;
        } else if here.starts_with("/*") {
            let end = block_comment(here, postgres);
            // MySQL runs what stands in `/*!`, so that is code.
            if !here.starts_with("/*!") && !here.starts_with("/*M!") {
                found.push((at, at + end));
            }
            at += end;
        } else if postgres && dollar_tag(text, at).is_some() {
            let tag = dollar_tag(text, at).unwrap_or_default();
            let body = at + tag.len();
            let end = rest(body).find(tag).map_or(text.len(), |end| body + end + tag.len());
            found.push((at, end));
            at = end;
        } else if first == '\'' || first == '"' || first == '`' && !postgres {
            let string = first == '\'' || first == '"' && mysql;
            let escapes = string
                && (backslashes && dialect != Dialect::Sqlite
                    || is_escape_string(text, at, postgres));
            let end = at + quoted(here, first, escapes);
            if string {
                found.push((at + 1, end));
            }
            at = end;
        } else if first == '[' && dialect == Dialect::Sqlite {
            at += here.find(']').map_or(here.len(), |end| end + 1);
        } else {
            at += first.len_utf8();
        }
    }
    found
}

fn quoted(here: &str, quote: char, escapes: bool) -> usize {
    let bytes = here.as_bytes();
    let mut at = 1;
    while at < bytes.len() {
        if escapes && bytes[at] == b'\\' {
            at += 2;
        } else if bytes[at] == quote as u8 {
            if bytes.get(at + 1) != Some(&(quote as u8)) {
                return at + 1;
            }
            at += 2;
        } else {
            at += 1;
        }
    }
    here.len()
}

fn block_comment(here: &str, nests: bool) -> usize {
    let mut depth = 0;
    let mut at = 0;
    while at < here.len() {
        let rest = &here.as_bytes()[at..];
        if rest.starts_with(b"/*") && (nests || depth == 0) {
            depth += 1;
            at += 2;
        } else if rest.starts_with(b"*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += 1;
        }
    }
    here.len()
}

/// `E` before the quote, and no word before the `E`.
fn is_escape_string(text: &str, quote: usize, postgres: bool) -> bool {
    let before = &text.as_bytes()[..quote];
    postgres
        && matches!(before.last(), Some(b'e' | b'E'))
        && !before.len().checked_sub(2).is_some_and(|at| in_word(before[at]))
}

fn in_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$') || byte >= 0x80
}

/// `$tag$`, if one begins here and isn't the end of a word.
fn dollar_tag(text: &str, at: usize) -> Option<&str> {
    let rest = text.get(at..)?.strip_prefix('$')?;
    if at > 0 && in_word(text.as_bytes()[at - 1])
        || rest.starts_with(|it: char| it.is_ascii_digit())
    {
        return None;
    }
    let tag = rest.find(|it: char| !in_word(it as u32 as u8) && it.is_ascii() || it == '$')?;
    rest[tag..].starts_with('$').then(|| &text[at..at + tag + 2])
}
