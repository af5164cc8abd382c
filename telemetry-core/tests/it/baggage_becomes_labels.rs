//! Labels of metrics that come from the baggage, where a pipeline lists them.

use telemetry_core::testing::Capture;
use telemetry_core::{Baggage, Context, Pipeline, Scope, span};

static SCOPE: Scope = Scope::new("shop", "1.0.0");

fn tenant(name: &str) -> Context {
    let baggage = Baggage::default().with("tenant.id", name).with("user.email", "ann@example.org");
    Context::current().with_baggage(baggage)
}

fn labelled() -> Capture {
    Capture::with(Pipeline::builder().baggage_labels(["tenant.id", "feature"]))
}

#[test]
fn listed_entries_are_labels_of_what_is_counted_and_measured_beneath_them() {
    let capture = labelled();
    let meter = capture.pipeline().meter(&SCOPE);
    let (orders, total) =
        (meter.counter("shop.orders").build(), meter.histogram("shop.total").build());
    let (bound, bound_total) = (orders.bind(&[("country", "fr".into())]), total.bind(&[]));
    capture.run(|| {
        for (name, times) in [("acme", 3), ("zoo", 2)] {
            tenant(name).in_scope(|| {
                for _ in 0..times {
                    orders.add(1, &[]);
                    bound.add(1);
                    total.record(1.5, &[("country", "fr".into())]);
                    bound_total.record(2.5);
                }
            });
        }
        orders.add(1, &[]);
        bound.add(1);
        bound_total.record(2.5);
    });
    let metrics = capture.pipeline().metrics();
    for (name, times) in [("acme", 3), ("zoo", 2)] {
        let labels = [("tenant.id", name)];
        let in_country = [("country", "fr"), ("tenant.id", name)];
        assert_eq!(metrics.sum("shop.orders", &in_country), f64::from(times));
        assert_eq!(metrics.sum("shop.orders", &labels), f64::from(times * 2));
        assert_eq!(
            metrics.histogram("shop.total", &in_country).unwrap().sum,
            1.5 * f64::from(times)
        );
    }
    assert_eq!(metrics.sum("shop.orders", &[]), 12.0);
    let text = format!("{metrics:?}");
    assert!(!text.contains("ann@example.org") && !text.contains("user.email"), "{text}");
}

#[test]
fn the_context_of_the_measurement_counts_and_an_attribute_of_the_same_key_wins() {
    let capture = labelled();
    let orders = capture.pipeline().meter(&SCOPE).counter("shop.orders").build();
    let bound = orders.bind(&[]);
    capture.run(|| {
        let of_acme = tenant("acme");
        tenant("zoo").in_scope(|| {
            orders.add_in(1, &[], &of_acme);
            bound.add_in(1, &of_acme);
            orders.add(1, &[("tenant.id", "chosen".into())]);
        });
        // Beneath a span the baggage is still that of whoever asked.
        tenant("zoo").in_scope(|| span!("work").in_scope(|| orders.add(1, &[])));
    });
    let metrics = capture.pipeline().metrics();
    let of = |name| metrics.sum("shop.orders", &[("tenant.id", name)]);
    assert_eq!((of("acme"), of("chosen"), of("zoo")), (2.0, 1.0, 1.0));
}

#[test]
fn what_goes_up_and_down_has_no_labels_from_baggage_and_comes_to_rest() {
    let capture = labelled();
    let open = capture.pipeline().meter(&SCOPE).up_down_counter("shop.open").build();
    capture.run(|| {
        tenant("acme").in_scope(|| open.add(1, &[]));
        open.add(-1, &[]);
    });
    let metrics = capture.pipeline().metrics();
    assert_eq!(metrics.sum("shop.open", &[]), 0.0);
    assert_eq!(metrics.sum("shop.open", &[("tenant.id", "acme")]), 0.0);
}

#[test]
fn tenants_without_number_share_one_series_and_long_names_are_cut() {
    let capture = labelled();
    let meter = capture.pipeline().meter(&SCOPE);
    let orders = meter.counter("shop.orders").max_series(10).build();
    capture.run(|| {
        for number in 0..100 {
            tenant(&format!("{number:0300}")).in_scope(|| orders.add(1, &[]));
        }
        for number in 0..100 {
            tenant(&format!("tenant-{number}")).in_scope(|| orders.add(1, &[]));
        }
    });
    let metrics = capture.pipeline().metrics();
    assert_eq!(metrics.sum("shop.orders", &[]), 200.0);
    assert_eq!(metrics.sum("shop.orders", &[("tenant.id", &"0".repeat(256))]), 100.0);
    assert!(metrics.points() <= 11 + 20, "{}", metrics.points());
}

#[test]
fn however_many_attributes_there_are_none_gives_way_to_a_label() {
    let capture = labelled();
    let orders = capture.pipeline().meter(&SCOPE).counter("shop.orders").build();
    let keys: Vec<String> = (0..40).map(|number| format!("key{number}")).collect();
    let attributes: Vec<_> = keys.iter().map(|key| (key.as_str(), 1_i64.into())).collect();
    capture.run(|| tenant("acme").in_scope(|| orders.add(1, &attributes)));
    let metrics = capture.pipeline().metrics();
    assert_eq!(metrics.sum("shop.orders", &[("key0", "1"), ("key39", "1")]), 1.0);
}

#[test]
fn nothing_of_the_baggage_is_a_label_unasked() {
    let capture = Capture::start();
    let orders = capture.pipeline().meter(&SCOPE).counter("shop.orders").build();
    capture.run(|| tenant("acme").in_scope(|| orders.add(1, &[])));
    let text = format!("{:?}", capture.pipeline().metrics());
    assert!(!text.contains("acme"), "{text}");
}
