use proptest::prelude::*;
use telemetry_core::Severity;
use telemetry_core::bridge::Directives;
use tracing::Level;

fn read(text: &str) -> Directives {
    text.parse().unwrap()
}

#[test]
fn the_longest_target_counts_and_of_equals_the_last() {
    let directives = read(" info , hyper=warn,hyper::proto=OFF, shop,shop=2 ,,sqlx = debug");
    let enabled = |target: &str| {
        let severities =
            [Severity::Trace, Severity::Debug, Severity::Info, Severity::Warn, Severity::Error];
        severities.into_iter().find(|severity| directives.enables(target, *severity))
    };
    assert_eq!(enabled("other"), Some(Severity::Info));
    assert_eq!(enabled("hyper_util::client"), Some(Severity::Warn));
    assert_eq!(enabled("hyper::proto::h1"), None);
    assert_eq!(enabled("shop::cart"), Some(Severity::Warn));
    assert_eq!(enabled("sqlx::query"), Some(Severity::Debug));
    assert_eq!(directives.least(), Some(Severity::Debug));
    assert_eq!(read("shop").least(), Some(Severity::Trace));
    assert_eq!((read("").least(), read("off").least()), (None, None));
    assert!(!read("shop=info").enables("other", Severity::Error));
    assert!(read("3").enables("any", Severity::Fatal));
}

#[test]
fn what_cannot_be_meant_is_named() {
    for wrong in
        ["shop[span]=info", "shop=loud", "=info", "shop=info=warn", "a b", "{x}", "7 dwarfs"]
    {
        let error = format!("info,{wrong}").parse::<Directives>().unwrap_err();
        assert_eq!(error.part(), wrong);
        assert!(error.to_string().contains(wrong), "{error}");
    }
}

proptest! {
    #[test]
    fn tracings_filter_lets_through_the_same(
        parts in prop::collection::vec(
            ("[ab]{0,3}", prop::sample::select(vec!["off", "error", "warn", "info", "debug", "trace"])),
            0..6,
        ),
        target in "[ab]{1,4}",
    ) {
        let part = |(target, level): &(String, &str)| match &**target {
            "" => (*level).to_owned(),
            target => format!("{target}={level}"),
        };
        let directives = read(&parts.iter().map(part).collect::<Vec<_>>().join(","));
        let filter = directives.filter();
        let levels = [
            (Level::ERROR, Severity::Error),
            (Level::WARN, Severity::Warn),
            (Level::INFO, Severity::Info),
            (Level::DEBUG, Severity::Debug),
            (Level::TRACE, Severity::Trace),
        ];
        for (level, severity) in levels {
            prop_assert_eq!(
                filter.would_enable(&target, &level),
                directives.enables(&target, severity),
                "{} {} {:?}", target, level, directives
            );
        }
    }

    #[test]
    fn any_text_is_read_or_refused_without_a_panic(text in "\\PC{0,40}") {
        let _ = text.parse::<Directives>();
    }
}
