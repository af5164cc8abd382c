//! Days, weekdays and minutes in UTC, which prices depend on.

use std::{
    fmt,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

const DAY: u64 = 24 * 60 * 60;

/// A moment as far as prices depend on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Moment {
    pub(crate) day: Day,
    /// From 1, a Monday.
    pub(crate) weekday: u8,
    /// Of the day.
    pub(crate) minute: u16,
}

impl Moment {
    pub(crate) fn of(time: SystemTime) -> Self {
        let since = time.duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO).as_secs();
        let days = since / DAY;
        // The first of January 1970 was a Thursday.
        let weekday = (days + 3) % 7 + 1;
        let minute = since % DAY / 60;
        Self {
            day: Day(i32::try_from(days).unwrap_or(i32::MAX)),
            weekday: u8::try_from(weekday).unwrap_or(1),
            minute: u16::try_from(minute).unwrap_or(0),
        }
    }

    /// Whether it lies in one of the windows, written `12345:0000-0100,0400-0600;67:0000-0000`: the
    /// weekdays from Monday, and hours of which the first is in and the last is out. A window may
    /// pass midnight, and is the whole day where both are the same.
    pub(super) fn is_within(self, windows: &str) -> bool {
        let day = |days: &str| days.bytes().any(|day| day == b'0' + self.weekday);
        let of_day = windows.split(';').filter_map(|rule| rule.split_once(':'));
        of_day.filter(|(days, _)| day(days)).any(|(_, hours)| {
            hours.split(',').filter_map(|hours| hours.split_once('-')).any(|(from, until)| {
                let (Some(from), Some(until)) = (minute(from), minute(until)) else {
                    return false;
                };
                if from < until {
                    (from..until).contains(&self.minute)
                } else {
                    self.minute >= from || self.minute < until
                }
            })
        })
    }
}

fn minute(clock: &str) -> Option<u16> {
    let (hours, minutes) = clock.split_at_checked(2)?;
    hours.parse::<u16>().ok()?.checked_mul(60)?.checked_add(minutes.parse().ok()?)
}

/// A day, counted from the first of January 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Day(pub(crate) i32);

impl fmt::Display for Day {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let month = self.month();
        let (year, month) = (month.div_euclid(12), month.rem_euclid(12) + 1);
        // The first of a month has an easy number.
        let first = Self::of_civil(year, month, 1);
        write!(formatter, "{year:04}-{month:02}-{:02}", self.0 - first.0 + 1)
    }
}

impl Day {
    /// Months since the year 0, so that a calendar's month is a number.
    pub(crate) fn month(self) -> i32 {
        let days = self.0 + 719_468;
        let era = days.div_euclid(146_097);
        let of_era = days.rem_euclid(146_097);
        let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year + year / 4 - year / 100);
        // Months from March on.
        let month = (5 * of_year + 2) / 153;
        (era * 400 + year) * 12 + month + 2
    }

    /// A date as ISO 8601 writes it, `2026-11-27`.
    pub(crate) fn parse(date: &str) -> Option<Self> {
        let mut parts = date.splitn(3, '-');
        let mut part = |digits: usize| {
            let text = parts.next().filter(|text| text.len() == digits)?;
            text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse::<i32>().ok())?
        };
        let (year, month, day) = (part(4)?, part(2)?, part(2)?);
        if !(1..=12).contains(&month) || !(1..=days_of(year, month)).contains(&day) {
            return None;
        }
        Some(Self::of_civil(year, month, day))
    }

    fn of_civil(year: i32, month: i32, day: i32) -> Self {
        // Years begin in March here, so that the leap day is a year's last.
        let year = if month <= 2 { year - 1 } else { year };
        let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
        let leaps = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
        Self(365 * year + leaps + day_of_year - 719_468)
    }
}

fn days_of(year: i32, month: i32) -> i32 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_counted_from_1970_on() {
        let days = |date| Day::parse(date).map(|day| day.0);
        assert_eq!(days("1970-01-01"), Some(0));
        assert_eq!(days("2000-02-29"), Some(11_016));
        assert_eq!(days("2000-03-01"), Some(11_017));
        assert_eq!(days("2026-11-27"), Some(20_784));
        for none in
            ["2026-02-29", "2026-13-01", "2026-00-01", "2026-1-01", "today", "", "2026-11-+1"]
        {
            assert_eq!(days(none), None, "{none}");
        }
    }

    #[test]
    fn every_day_is_written_as_it_is_read() {
        for number in 0..60_000 {
            assert_eq!(Day::parse(&Day(number).to_string()), Some(Day(number)));
        }
    }

    #[test]
    fn a_month_lasts_from_its_first_day_to_its_last() {
        let month = |date| Day::parse(date).map(Day::month);
        assert_eq!(month("2026-11-01"), month("2026-11-30"));
        assert_eq!(month("2024-02-29"), Some(2024 * 12 + 1));
        for (before, after) in [
            ("2026-11-30", "2026-12-01"),
            ("2026-12-31", "2027-01-01"),
            ("2024-02-29", "2024-03-01"),
            ("2026-02-28", "2026-03-01"),
        ] {
            assert_eq!(month(before).map(|month| month + 1), month(after), "{after}");
        }
    }

    #[test]
    fn windows_are_open_from_their_first_minute_until_their_last() {
        const WINDOWS: &str = "12345:0000-0100,0400-0600,1000-0000;67:0000-0000";
        // 2026-11-20 was a Friday.
        let at = |hour: u64, minute: u64| {
            let seconds = 20_777 * DAY + hour * 3600 + minute * 60;
            Moment::of(UNIX_EPOCH + Duration::from_secs(seconds))
        };
        assert_eq!((at(2, 0).weekday, at(2, 0).minute), (5, 120));
        for (hour, minute, open) in [
            (0, 0, true),
            (0, 59, true),
            (1, 0, false),
            (2, 0, false),
            (10, 0, true),
            (23, 59, true),
            (24, 0, true),
            (26, 0, true),
        ] {
            assert_eq!(at(hour, minute).is_within(WINDOWS), open, "{hour}:{minute}");
        }
        assert!(!at(2, 0).is_within("5:nonsense"));
        assert!(at(23, 0).is_within("5:2200-0200"));
    }
}
