//! Numbers as people read them.

use telemetry_ai::Decimal;

/// `420 µs`, `12.3 ms`, `312 ms`, `1.24 s`: three digits that count.
pub(super) fn duration(seconds: f64) -> String {
    let (value, unit) = match seconds {
        ..0.000_999_5 => (seconds * 1e6, "µs"),
        ..0.999_5 => (seconds * 1e3, "ms"),
        _ => (seconds, "s"),
    };
    match value {
        // Compared where rounding would add a digit.
        ..9.995 => format!("{value:.2} {unit}"),
        ..99.95 => format!("{value:.1} {unit}"),
        _ => format!("{value:.0} {unit}"),
    }
}

/// `1,234,567`.
pub(super) fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// The same, with a dash for zero, so that what is there stands out.
pub(super) fn count_or_dash(number: u64) -> String {
    match number {
        0 => "–".to_owned(),
        number => count(number),
    }
}

/// `1 request`, `2 requests`.
pub(super) fn counted(number: u64, what: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{} {what}{plural}", count(number))
}

/// An exact decimal of US dollars; zero if it isn't one.
pub(super) fn dollars(text: &str) -> Decimal {
    text.parse().unwrap_or_default()
}

/// `$0.0124`, rounded for a glance.
pub(super) fn about(amount: Decimal) -> String {
    format!("${:.4}", amount.round_dp(4))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_three_digits_that_count() {
        for (seconds, text) in [
            (0.000_42, "420 µs"),
            (0.000_999_6, "1.00 ms"),
            (0.009_994, "9.99 ms"),
            (0.009_996, "10.0 ms"),
            (0.012_34, "12.3 ms"),
            (0.099_96, "100 ms"),
            (0.999_4, "999 ms"),
            (0.999_6, "1.00 s"),
            (9.996, "10.0 s"),
            (61.0, "61.0 s"),
            (250.4, "250 s"),
        ] {
            assert_eq!(duration(seconds), text);
        }
    }

    #[test]
    fn thousands_are_set_apart() {
        for (number, text) in [(0, "0"), (999, "999"), (1_000, "1,000"), (1_234_567, "1,234,567")] {
            assert_eq!(count(number), text);
        }
        assert_eq!(counted(1, "error"), "1 error");
        assert_eq!(counted(1_200, "error"), "1,200 errors");
    }
}
