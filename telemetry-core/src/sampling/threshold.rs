//! The threshold of consistent sampling as it stands in `tracestate`, `ot=th:…`
//! (<https://opentelemetry.io/docs/specs/otel/trace/tracestate-handling/#sampling-threshold-value-th>):
//! up to 14 hexadecimal digits of the number below which the trace's random bits are rejected,
//! without the zeros at its end.

use std::sync::Arc;

/// The vendor's key that OpenTelemetry has.
const MEMBER: &str = "ot=";
const SPACE: u64 = 1 << 56;

/// How many there are for each that isn't below the threshold.
pub(super) fn count_of(rejected_below: u64) -> f64 {
    SPACE as f64 / SPACE.saturating_sub(rejected_below).max(1) as f64
}

/// The digits of a threshold.
pub(super) fn digits(rejected_below: u64) -> Box<str> {
    let digits = format!("{rejected_below:014x}");
    let digits = digits.trim_end_matches('0');
    if digits.is_empty() { "0".into() } else { digits.into() }
}

/// A trace state with the threshold of these digits in place of any other, before what else is there.
pub(super) fn with(state: Option<&str>, digits: &str) -> Arc<str> {
    let Some(state) = state else {
        return format!("{MEMBER}th:{digits}").into();
    };
    let members = || state.split(',').map(str::trim).filter(|member| !member.is_empty());
    let own = members().find_map(|member| member.strip_prefix(MEMBER)).unwrap_or("");
    let kept = own.split(';').filter(|part| !part.is_empty() && !part.starts_with("th:"));
    let mut all = format!("{MEMBER}th:{digits}");
    kept.for_each(|part| {
        all.push(';');
        all.push_str(part);
    });
    // At most 32 members, of which this is one.
    for member in members().filter(|member| !member.starts_with(MEMBER)).take(31) {
        all.push(',');
        all.push_str(member);
    }
    all.into()
}

/// The state of a span whose own threshold is that of `own` and whose parent has `state`.
pub(crate) fn merge_state(state: Option<&str>, own: &Arc<str>) -> Arc<str> {
    match (state, own.strip_prefix(MEMBER).and_then(|own| own.strip_prefix("th:"))) {
        (Some(state), Some(digits)) => with(Some(state), digits),
        _ => Arc::clone(own),
    }
}

/// How many traces one stands for that was sampled by the threshold in this state; one where there is
/// none.
pub(crate) fn adjusted_count(state: &str) -> f64 {
    let member = state.split(',').find_map(|member| member.trim().strip_prefix(MEMBER));
    let digits = member.and_then(|own| own.split(';').find_map(|part| part.strip_prefix("th:")));
    let Some(digits) = digits.filter(|digits| (1..=14).contains(&digits.len())) else {
        return 1.0;
    };
    let Ok(number) = u64::from_str_radix(digits, 16) else {
        return 1.0;
    };
    count_of(number << (4 * (14 - digits.len())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn thresholds_are_written_as_the_specification_has_them() {
        // Of its table: probability and threshold.
        for (probability, expected) in [(1.0, "0"), (0.5, "8"), (0.25, "c"), (0.0625, "f")] {
            let rejected_below = ((1.0 - probability) * SPACE as f64) as u64;
            assert_eq!(&*digits(rejected_below), expected);
            assert!((adjusted_count(&with(None, expected)) - 1.0 / probability).abs() < 1e-9);
        }
    }

    #[test]
    fn a_threshold_takes_the_place_of_another_and_leaves_the_rest() {
        for (state, expected) in [
            ("", "ot=th:c"),
            ("a=1,b=2", "ot=th:c,a=1,b=2"),
            ("a=1,ot=th:8;rv:ab,b=2", "ot=th:c;rv:ab,a=1,b=2"),
            ("ot=rv:ab", "ot=th:c;rv:ab"),
        ] {
            assert_eq!(&*with(Some(state), "c"), expected);
        }
    }

    proptest! {
        #[test]
        fn any_state_gives_a_count_of_one_or_more(state in "\\PC{0,40}", th in "[0-9a-f]{0,16}") {
            prop_assert!(adjusted_count(&state) >= 1.0);
            prop_assert!(adjusted_count(&(state + ",ot=th:" + &th)) >= 1.0);
        }
    }
}
