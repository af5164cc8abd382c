//! Licence expressions, as SPDX 2.3, annex D, writes them.

use std::iter::Peekable;
use std::vec::IntoIter;

/// Whether a user who accepts only the allowed licences can use what is under this one.
///
/// `MIT/Apache-2.0`, which cargo accepted before it knew expressions, reads as `OR`. A
/// licence `WITH` an exception is asked for as a whole, then without the exception,
/// since an exception only ever permits more.
///
/// # Errors
///
/// Says what is wrong with an expression that cannot be read.
pub(super) fn satisfied(
    expression: &str,
    allowed: impl Fn(&str) -> bool,
) -> Result<bool, &'static str> {
    let mut words = words(expression).into_iter().peekable();
    let satisfied = any(&mut words, &allowed)?;
    match words.next() {
        None => Ok(satisfied),
        Some(_) => Err("goes on after its end"),
    }
}

type Words = Peekable<IntoIter<String>>;

fn words(expression: &str) -> Vec<String> {
    let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    spaced.split_whitespace().map(str::to_owned).collect()
}

fn any(words: &mut Words, allowed: &impl Fn(&str) -> bool) -> Result<bool, &'static str> {
    let mut satisfied = all(words, allowed)?;
    while words.next_if(|word| word == "OR").is_some() {
        satisfied |= all(words, allowed)?;
    }
    Ok(satisfied)
}

fn all(words: &mut Words, allowed: &impl Fn(&str) -> bool) -> Result<bool, &'static str> {
    let mut satisfied = one(words, allowed)?;
    while words.next_if(|word| word == "AND").is_some() {
        satisfied &= one(words, allowed)?;
    }
    Ok(satisfied)
}

fn one(words: &mut Words, allowed: &impl Fn(&str) -> bool) -> Result<bool, &'static str> {
    let word = words.next().ok_or("ends too early")?;
    match word.as_str() {
        "(" => {
            let satisfied = any(words, allowed)?;
            match words.next_if(|word| word == ")") {
                Some(_) => Ok(satisfied),
                None => Err("leaves a bracket open"),
            }
        }
        ")" | "OR" | "AND" | "WITH" => Err("lacks a licence where one should be"),
        licence if words.next_if(|word| word == "WITH").is_some() => {
            let exception = words.next().ok_or("ends too early")?;
            Ok(allowed(&format!("{licence} WITH {exception}")) || allowed(licence))
        }
        licence => Ok(allowed(licence)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_mit_and_isc(expression: &str) -> Result<bool, &'static str> {
        satisfied(expression, |id| id == "MIT" || id == "ISC")
    }

    #[test]
    fn one_of_several_is_enough() {
        assert_eq!(with_mit_and_isc("GPL-3.0 OR MIT"), Ok(true));
        assert_eq!(with_mit_and_isc("Apache-2.0/MIT"), Ok(true));
        assert_eq!(with_mit_and_isc("Apache-2.0 / GPL-2.0"), Ok(false));
    }

    #[test]
    fn all_of_several_are_needed() {
        assert_eq!(with_mit_and_isc("MIT AND ISC"), Ok(true));
        assert_eq!(with_mit_and_isc("MIT AND OpenSSL"), Ok(false));
    }

    #[test]
    fn and_binds_closer_than_or() {
        assert_eq!(with_mit_and_isc("MIT OR Zlib AND OpenSSL"), Ok(true));
        assert_eq!(with_mit_and_isc("(MIT OR Zlib) AND OpenSSL"), Ok(false));
        assert_eq!(with_mit_and_isc("(GPL-3.0 OR (MIT)) AND ISC"), Ok(true));
    }

    #[test]
    fn an_exception_only_permits_more() {
        let with_exception = "Apache-2.0 WITH LLVM-exception";
        assert_eq!(satisfied(with_exception, |id| id == "Apache-2.0"), Ok(true));
        assert_eq!(satisfied(with_exception, |id| id == with_exception), Ok(true));
        assert_eq!(satisfied(with_exception, |id| id == "MIT"), Ok(false));
    }

    #[test]
    fn what_cannot_be_read_is_no_permission() {
        for expression in ["", "MIT OR", "(MIT", "MIT)", "AND MIT", "MIT ISC", "MIT WITH"] {
            assert!(with_mit_and_isc(expression).is_err(), "{expression}");
        }
    }
}
