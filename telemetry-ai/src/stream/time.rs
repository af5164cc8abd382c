//! Times that providers write.

/// Milliseconds since 1970 of a time as RFC 3339 has it, `2026-11-27T16:19:34.765994Z`.
///
/// `None` for anything else, and for times before 1970.
pub(crate) fn unix_milliseconds(text: &str) -> Option<u64> {
    let (date, time) = text.split_once(['T', 't', ' '])?;
    let mut date = date.splitn(3, '-').map(str::parse::<i64>);
    let (year, month, day) = (date.next()?.ok()?, date.next()?.ok()?, date.next()?.ok()?);
    let offset_at = time.find(['Z', 'z', '+', '-'])?;
    let (clock, offset) = time.split_at(offset_at);
    let (clock, fraction) = clock.split_once('.').unwrap_or((clock, ""));
    let mut clock = clock.splitn(3, ':').map(str::parse::<i64>);
    let (hour, minute, second) = (clock.next()?.ok()?, clock.next()?.ok()?, clock.next()?.ok()?);
    let in_range = (1970..=9999).contains(&year)
        && (1..=12).contains(&month)
        && (1..=31).contains(&day)
        && (0..24).contains(&hour)
        && (0..60).contains(&minute)
        && (0..=60).contains(&second);
    if !in_range || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let milliseconds: i64 = format!("{fraction:0<3.3}").parse().ok()?;
    let seconds = ((days(year, month, day) * 24 + hour) * 60 + minute) * 60 + second;
    let seconds = seconds - offset_seconds(offset)?;
    u64::try_from(seconds * 1000 + milliseconds).ok()
}

fn offset_seconds(offset: &str) -> Option<i64> {
    if offset.eq_ignore_ascii_case("z") {
        return Some(0);
    }
    let (sign, rest) = offset.split_at_checked(1)?;
    let (hours, minutes) = rest.split_once(':')?;
    let (hours, minutes): (u8, u8) = (hours.parse().ok()?, minutes.parse().ok()?);
    let seconds = i64::from(hours) * 3600 + i64::from(minutes) * 60;
    Some(if sign == "-" { -seconds } else { seconds })
}

/// Days since 1970 in the Gregorian calendar, counted in years that begin in March.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let of_era = year % 400;
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    year / 400 * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::unix_milliseconds;

    #[test]
    fn times_of_rfc_3339_are_read_to_the_millisecond() {
        assert_eq!(unix_milliseconds("1970-01-01T00:00:00Z"), Some(0));
        assert_eq!(unix_milliseconds("2023-09-08T16:19:34.765994Z"), Some(1_694_189_974_765));
        assert_eq!(unix_milliseconds("2024-02-29T23:59:59.5+01:30"), Some(1_709_245_799_500));
        assert_eq!(unix_milliseconds("2000-03-01T00:00:00-00:00"), Some(951_868_800_000));
        for wrong in [
            "",
            "2023-09-08",
            "2023-09-08T16:19Z",
            "2023-13-08T16:19:34Z",
            "1969-12-31T23:59:59Z",
            "x",
        ] {
            assert_eq!(unix_milliseconds(wrong), None, "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "[0-9TZ:.+-]{0,40}|\\PC{0,40}") {
            unix_milliseconds(&text);
        }
    }
}
