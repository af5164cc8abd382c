use telemetry_core::view::{ViewError, above, counter, histogram, ratio, sum, summary};
use telemetry_core::{Pipeline, View};

fn problem(views: impl IntoIterator<Item = View>) -> String {
    let builder = views.into_iter().fold(Pipeline::builder(), |builder, view| builder.view(view));
    let error = builder.build().unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::InvalidInput);
    error.get_ref().and_then(|error| error.downcast_ref::<ViewError>()).unwrap().to_string()
}

#[test]
fn a_view_that_makes_no_sense_is_one_clear_error_that_names_it() {
    let event = |view: View| view.of_event("event");
    for (views, says) in [
        (vec![counter("a")], "`a` is wrong: it has no source: .of_event(name) or .of_span(name)"),
        (vec![event(histogram("a"))], "a histogram needs what it measures"),
        (vec![event(sum("a")).measure("")], "a sum needs what it measures"),
        (vec![event(counter("a")).measure("b")], "measures nothing: sum(..) adds up"),
        (vec![event(counter("9lives"))], "a name starts with a letter"),
        (vec![event(counter(""))], "a name starts with a letter"),
        (vec![event(counter("a b"))], "a name starts with a letter"),
        (vec![counter("a").of_event("x.*.y")], "an asterisk that isn't at its end"),
        (vec![counter("a").of_span("")], "a name is empty"),
        (vec![event(histogram("a")).measure("b").buckets(&[])], "at least one finite bound"),
        (vec![event(histogram("a")).measure("b").buckets(&[2.0, 1.0])], "greater than the last"),
        (vec![event(histogram("a")).measure("b").buckets(&[f64::NAN])], "finite bound"),
        (vec![event(counter("a")).buckets(&[1.0])], "a counter has no buckets"),
        (vec![event(summary("a")).measure("b").quantiles(&[95.0])], "between 0 and 1"),
        (vec![event(summary("a")).measure("b").by(["quantile"])], "a summary's own label"),
        (vec![event(ratio("a"))], "needs what it is the share of"),
        (vec![event(ratio("a")).share("b", "c").unit("ms")], "a ratio is in `%` or `1`"),
        (vec![event(counter("a")).max_series(0)], "it may have no series"),
        (vec![event(counter("a")).share("b", "c")], "a counter has no share"),
        (vec![event(counter("a")).by(["b", "b"])], "`b` is a label twice"),
        (vec![event(counter("a")).by_as("b.*", "c")], "`c` can't be the name of several"),
        (vec![event(counter("a")).by(["b"]).without(["c"])], "nothing else becomes a label"),
        (vec![event(counter("a")).when("b", above(f64::NAN))], "nothing can fulfil"),
        (
            vec![event(sum("a")).measure("size_bytes").unit("ms")],
            "`size_bytes` is in `By`, which can't be converted to `ms`",
        ),
        (
            vec![event(sum("a")).measure("b").measured_in("{item}").unit("ms")],
            "`b` is in `{item}`, which can't be converted to `ms`",
        ),
        (
            vec![event(counter("a")), event(sum("a")).measure("b")],
            "it is a sum, and another of the same name is a counter",
        ),
        (vec![event(counter("a")), event(counter("A"))], "differs only in case"),
        (
            vec![event(sum("a")).measure("b"), event(sum("a")).measure("b").unit("By")],
            "its unit is `By`, another's of the same name ``",
        ),
        (
            vec![
                event(histogram("a")).measure("b").buckets(&[1.0]),
                event(histogram("a")).measure("b").buckets(&[2.0]),
            ],
            "another of the same name has other buckets",
        ),
        (
            vec![event(ratio("a")).share("b", "c"), event(ratio("a")).share("b", "d")],
            "name several sources instead",
        ),
    ] {
        let said = problem(views);
        assert!(said.contains(says), "{said:?} doesn't say {says:?}");
    }
}
