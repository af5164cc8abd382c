use std::fmt;

/// Whether text for people is coloured.
///
/// ```
/// use std::io::IsTerminal;
/// use telemetry_export::console::Style;
///
/// let coloured = std::io::stdout().is_terminal();
/// let style = if coloured { Style::Coloured } else { Style::Plain };
/// # let _ = style;
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Style {
    /// Text alone.
    #[default]
    Plain,
    /// With the escape sequences that terminals turn into colours.
    Coloured,
}

/// What a piece of text is, which decides its colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Paint {
    Dim,
    Strong,
    Good,
    Notice,
    Warning,
    Bad,
}

impl Style {
    /// Coloured on a terminal, unless [`NO_COLOR`](https://no-color.org) is set to anything or `TERM`
    /// is `dumb`. `variable` looks up the environment.
    pub(crate) fn of_terminal(variable: impl Fn(&str) -> Option<String>) -> Self {
        let refused = variable("NO_COLOR").is_some_and(|value| !value.is_empty());
        let dumb = variable("TERM").is_some_and(|value| value == "dumb");
        if refused || dumb { Self::Plain } else { Self::Coloured }
    }

    /// `text` in the colour for what it is.
    pub(crate) fn paint<T: fmt::Display>(self, paint: Paint, text: T) -> impl fmt::Display {
        fmt::from_fn(move |out| {
            let text = text.to_string();
            if self == Self::Plain || text.is_empty() {
                return out.write_str(&text);
            }
            let code = match paint {
                Paint::Dim => "2",
                Paint::Strong => "1",
                Paint::Good => "32",
                Paint::Notice => "36",
                Paint::Warning => "33",
                Paint::Bad => "31",
            };
            write!(out, "\u{1b}[{code}m{text}\u{1b}[0m")
        })
    }
}

/// A duration in nanoseconds with three significant digits and the unit that suits it.
pub(crate) fn duration(nanos: u64) -> String {
    let (value, unit) = match nanos {
        0..=999 => return format!("{nanos} ns"),
        1_000..=999_999 => (nanos as f64 / 1e3, "µs"),
        1_000_000..=999_999_999 => (nanos as f64 / 1e6, "ms"),
        _ => (nanos as f64 / 1e9, "s"),
    };
    // 999.6 would be rounded to four digits; as 1000 it is still right.
    match value {
        value if value < 9.995 => format!("{value:.2} {unit}"),
        value if value < 99.95 => format!("{value:.1} {unit}"),
        value => format!("{value:.0} {unit}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_three_digits_and_a_fitting_unit() {
        for (nanos, text) in [
            (0, "0 ns"),
            (999, "999 ns"),
            (1_000, "1.00 µs"),
            (12_345, "12.3 µs"),
            (999_600, "1000 µs"),
            (1_240_000, "1.24 ms"),
            (9_996_000, "10.0 ms"),
            (320_000_000, "320 ms"),
            (1_187_000_000, "1.19 s"),
            (93_000_000_000, "93.0 s"),
        ] {
            assert_eq!(duration(nanos), text);
        }
    }

    #[test]
    fn colours_are_left_out_when_they_are_not_wanted() {
        let with = |name: &'static str, value: &'static str| {
            Style::of_terminal(move |wanted| (wanted == name).then(|| value.to_owned()))
        };
        assert_eq!(with("TERM", "xterm-256color"), Style::Coloured);
        assert_eq!(with("NO_COLOR", ""), Style::Coloured);
        assert_eq!(with("NO_COLOR", "0"), Style::Plain);
        assert_eq!(with("TERM", "dumb"), Style::Plain);
        assert_eq!(Style::Plain.paint(Paint::Bad, "x").to_string(), "x");
        let red = Style::Coloured.paint(Paint::Bad, "x").to_string();
        assert_eq!(red, "\u{1b}[31mx\u{1b}[0m");
    }
}
