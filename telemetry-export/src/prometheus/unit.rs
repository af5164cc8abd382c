//! Units: from [UCUM](https://ucum.org/ucum) to the words that Prometheus uses.

/// The word for `unit`; none when there is nothing to say: no unit, an annotation (`{request}`), or
/// the unity of anything but a gauge.
pub(super) fn word(unit: &str, is_gauge: bool) -> Option<String> {
    let unit = without_annotations(unit);
    let word = match unit.split_once('/') {
        Some((amount, per)) => {
            let amount = amount_word(amount);
            let per = per_word(per);
            match (amount.is_empty(), per.is_empty()) {
                (_, true) => amount,
                (true, false) => format!("per_{per}"),
                (false, false) => format!("{amount}_per_{per}"),
            }
        }
        None if unit == "1" && is_gauge => "ratio".to_owned(),
        None => amount_word(&unit),
    };
    (!word.is_empty()).then_some(word)
}

/// Drops what stands in braces, which only explains.
fn without_annotations(unit: &str) -> String {
    let mut depth = 0_usize;
    unit.chars()
        .filter(|character| {
            match character {
                '{' => depth += 1,
                '}' => {
                    depth = depth.saturating_sub(1);
                    return false;
                }
                _ => {}
            }
            depth == 0
        })
        .collect::<String>()
        .trim()
        .to_owned()
}

fn amount_word(unit: &str) -> String {
    let word = match unit {
        "" | "1" => "",
        "d" => "days",
        "h" => "hours",
        "min" => "minutes",
        "s" => "seconds",
        "ms" => "milliseconds",
        "us" => "microseconds",
        "ns" => "nanoseconds",
        "By" => "bytes",
        "KiBy" => "kibibytes",
        "MiBy" => "mebibytes",
        "GiBy" => "gibibytes",
        "TiBy" => "tebibytes",
        "kBy" => "kilobytes",
        "MBy" => "megabytes",
        "GBy" => "gigabytes",
        "TBy" => "terabytes",
        "m" => "meters",
        "V" => "volts",
        "A" => "amperes",
        "J" => "joules",
        "W" => "watts",
        "g" => "grams",
        "Cel" => "celsius",
        "Hz" => "hertz",
        "%" => "percent",
        other => return alphanumeric(other),
    };
    word.to_owned()
}

/// What something is measured against, in the singular.
fn per_word(unit: &str) -> String {
    let word = match unit {
        "" | "1" => "",
        "s" => "second",
        "min" => "minute",
        "h" => "hour",
        "d" => "day",
        "wk" => "week",
        "mo" => "month",
        "a" => "year",
        other => return alphanumeric(other),
    };
    word.to_owned()
}

/// A unit without a word of its own, as far as a name can hold it.
pub(super) fn alphanumeric(unit: &str) -> String {
    let mut word = String::new();
    for character in unit.chars() {
        if character.is_ascii_alphanumeric() {
            word.push(character);
        } else if !word.is_empty() && !word.ends_with('_') {
            word.push('_');
        }
    }
    word.trim_end_matches('_').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_become_words() {
        for (unit, gauge, expected) in [
            ("", false, None),
            ("{request}", false, None),
            ("1", false, None),
            ("1", true, Some("ratio")),
            ("s", false, Some("seconds")),
            ("By", true, Some("bytes")),
            ("%", true, Some("percent")),
            ("m/s", true, Some("meters_per_second")),
            ("By/s", true, Some("bytes_per_second")),
            ("{request}/s", true, Some("per_second")),
            ("{token}{cached}", false, None),
            ("USD", false, Some("USD")),
            ("{USD}", false, None),
            ("m^2", false, Some("m_2")),
            ("ünits", false, Some("nits")),
            ("}{", false, None),
        ] {
            assert_eq!(word(unit, gauge).as_deref(), expected, "{unit}");
        }
    }
}
