//! Points in time as people and machines read them, in UTC.

use std::fmt;

/// A point in time, given in nanoseconds since the Unix epoch; shown as
/// [RFC 3339](https://www.rfc-editor.org/rfc/rfc3339) with all nine digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Timestamp(pub(crate) u64);

impl Timestamp {
    /// Hours, minutes, seconds and nanoseconds of the day.
    fn time_of_day(self) -> (u64, u64, u64, u64) {
        let seconds = self.0 / 1_000_000_000 % 86_400;
        (seconds / 3600, seconds / 60 % 60, seconds % 60, self.0 % 1_000_000_000)
    }

    /// Year, month and day of the Gregorian calendar, by eras of 400 years that begin in March, so
    /// that the leap day is the last of a year.
    fn date(self) -> (u64, u64, u64) {
        const DAYS_FROM_MARCH_0000: u64 = 719_468;
        const DAYS_OF_ERA: u64 = 146_097;
        let days = self.0 / 86_400_000_000_000 + DAYS_FROM_MARCH_0000;
        let (era, day) = (days / DAYS_OF_ERA, days % DAYS_OF_ERA);
        let year = (day - day / 1460 + day / 36_524 - day / (DAYS_OF_ERA - 1)) / 365;
        let day = day - (365 * year + year / 4 - year / 100);
        let month = (5 * day + 2) / 153;
        let day_of_month = day - (153 * month + 2) / 5 + 1;
        let next_year = u64::from(month >= 10);
        let month = if month < 10 { month + 3 } else { month - 9 };
        (era * 400 + year + next_year, month, day_of_month)
    }

    /// The time of day to the millisecond: `14:03:07.125`.
    pub(crate) fn clock(self) -> impl fmt::Display {
        let (hour, minute, second, nanos) = self.time_of_day();
        fmt::from_fn(move |out| {
            let millis = nanos / 1_000_000;
            write!(out, "{hour:02}:{minute:02}:{second:02}.{millis:03}")
        })
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = self.date();
        let (hour, minute, second, nanos) = self.time_of_day();
        write!(out, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{nanos:09}Z")
    }
}

/// A duration in nanoseconds as a decimal number of milliseconds, exact: `1.234567`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Milliseconds(pub(crate) u64);

impl fmt::Display for Milliseconds {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, mut rest) = (self.0 / 1_000_000, self.0 % 1_000_000);
        if rest == 0 {
            return write!(out, "{whole}");
        }
        let mut digits = 6;
        while rest % 10 == 0 {
            rest /= 10;
            digits -= 1;
        }
        write!(out, "{whole}.{rest:0digits$}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_agree_with_the_calendar() {
        for (nanos, text) in [
            (0, "1970-01-01T00:00:00.000000000Z"),
            (
                951_782_400_000_000_001, // `date -u -d 2000-02-29 +%s`
                "2000-02-29T00:00:00.000000001Z",
            ),
            (1_709_251_199_999_999_999, "2024-02-29T23:59:59.999999999Z"),
            (1_709_251_200_000_000_000, "2024-03-01T00:00:00.000000000Z"),
            (1_798_761_599_000_000_000, "2026-12-31T23:59:59.000000000Z"),
            (4_102_444_800_000_000_000, "2100-01-01T00:00:00.000000000Z"),
            (4_107_542_400_000_000_000, "2100-03-01T00:00:00.000000000Z"),
            (u64::MAX, "2554-07-21T23:34:33.709551615Z"),
        ] {
            assert_eq!(Timestamp(nanos).to_string(), text);
        }
        assert_eq!(Timestamp(1_709_251_199_999_999_999).clock().to_string(), "23:59:59.999");
    }

    #[test]
    fn milliseconds_are_exact_and_short() {
        for (nanos, text) in [
            (0, "0"),
            (1, "0.000001"),
            (1_500_000, "1.5"),
            (1_234_567, "1.234567"),
            (2_000_000_000, "2000"),
            (u64::MAX, "18446744073709.551615"),
        ] {
            assert_eq!(Milliseconds(nanos).to_string(), text);
        }
    }
}
