//! Units that are converted into each other, in [UCUM](https://ucum.org/ucum)'s notation.

/// How a measure becomes what a view records.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Conversion {
    from: f64,
    to: f64,
}

impl Conversion {
    pub(super) const NONE: Self = Self { from: 1.0, to: 1.0 };

    /// From one unit to another of the same kind; none when they are of different kinds or when one
    /// isn't known.
    pub(super) fn between(from: &str, to: &str) -> Option<Self> {
        let (from, to) = (Unit::known(from)?, Unit::known(to)?);
        let comparable = from.kind == to.kind;
        comparable.then_some(Self { from: from.size, to: to.size })
    }

    #[inline]
    pub(super) fn convert(self, value: f64) -> f64 {
        if self == Self::NONE {
            return value;
        }
        let base = value * self.from;
        // 0.035 seconds are 35 milliseconds, also where a double makes them 35.00000000000001.
        let whole = base.round();
        let is_whole = (base - whole).abs() <= whole.abs() * 1e-12;
        (if is_whole { whole } else { base }) / self.to
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    Time,
    Bytes,
    Share,
}

#[derive(Clone, Copy, Debug)]
struct Unit {
    kind: Kind,
    /// In nanoseconds, bytes or hundredths.
    size: f64,
}

impl Unit {
    fn known(name: &str) -> Option<Self> {
        let (kind, size) = match name {
            "ns" => (Kind::Time, 1.0),
            "us" => (Kind::Time, 1e3),
            "ms" => (Kind::Time, 1e6),
            "s" => (Kind::Time, 1e9),
            "min" => (Kind::Time, 60e9),
            "h" => (Kind::Time, 3_600e9),
            "d" => (Kind::Time, 86_400e9),
            "By" => (Kind::Bytes, 1.0),
            "kBy" => (Kind::Bytes, 1e3),
            "MBy" => (Kind::Bytes, 1e6),
            "GBy" => (Kind::Bytes, 1e9),
            "KiBy" => (Kind::Bytes, 1024.0),
            "MiBy" => (Kind::Bytes, 1_048_576.0),
            "GiBy" => (Kind::Bytes, 1_073_741_824.0),
            "%" => (Kind::Share, 1.0),
            "1" => (Kind::Share, 100.0),
            _ => return None,
        };
        Some(Self { kind, size })
    }
}

/// Whether it is a unit that is converted.
pub(super) fn is_known(unit: &str) -> bool {
    Unit::known(unit).is_some()
}

/// The unit that a measure's name tells: seconds of a `duration`, else what its last word says.
pub(super) fn of_measure(name: &str) -> Option<&'static str> {
    let last = name.rsplit(['.', '_']).next().unwrap_or(name);
    match last {
        "duration" | "seconds" => Some("s"),
        "ms" | "milliseconds" => Some("ms"),
        "us" | "microseconds" => Some("us"),
        "ns" | "nanoseconds" => Some("ns"),
        "bytes" => Some("By"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn units_of_one_kind_are_converted_and_others_are_not() {
        let convert = |from, to, value| Conversion::between(from, to).unwrap().convert(value);
        assert_eq!(convert("s", "ms", 0.035), 35.0);
        assert_eq!(convert("ns", "ms", 1_500_000.0), 1.5);
        assert_eq!(convert("ms", "s", 250.0), 0.25);
        assert_eq!(convert("By", "KiBy", 2048.0), 2.0);
        assert_eq!(convert("1", "%", 0.25), 25.0);
        assert_eq!(Conversion::between("s", "By"), None);
        assert_eq!(Conversion::between("s", "{request}"), None);
    }

    #[test]
    fn the_name_of_a_measure_tells_its_unit() {
        assert_eq!(of_measure("duration"), Some("s"));
        assert_eq!(of_measure("telemetry.db.duration"), Some("s"));
        assert_eq!(of_measure("delay_ms"), Some("ms"));
        assert_eq!(of_measure("size_bytes"), Some("By"));
        assert_eq!(of_measure("batch_size"), None);
        assert_eq!(of_measure("items"), None);
    }

    proptest! {
        #[test]
        fn whole_milliseconds_stay_whole(millis in 0_u32..10_000_000) {
            let seconds = std::time::Duration::from_millis(u64::from(millis)).as_secs_f64();
            let conversion = Conversion::between("s", "ms").unwrap();
            prop_assert_eq!(conversion.convert(seconds), f64::from(millis));
        }
    }
}
