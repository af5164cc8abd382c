use std::time::Duration;

use telemetry_core::testing::Capture;
use telemetry_core::{
    Baggage, Context, Counter, Histogram, Notice, Pipeline, Registration, Scope, StaticInstrument,
    span,
};

use crate::support::{HANGS, is_alone};

static SCOPE: Scope = Scope::new("shop", "1.0.0");

static ORDERS: StaticInstrument<Counter> =
    StaticInstrument::new(&SCOPE, |meter| meter.counter("shop.orders").unit("{order}").build());
static DURATION: StaticInstrument<Histogram> =
    StaticInstrument::new(&SCOPE, |meter| meter.histogram("shop.duration").unit("s").build());
static CARTS: StaticInstrument<Registration> = StaticInstrument::new(&SCOPE, |meter| {
    meter.observable_gauge("shop.carts").callback(|observer| observer.observe(12, &[]))
});

#[test]
fn what_is_counted_before_there_is_a_pipeline_is_delivered_by_the_first_global_one() {
    if !is_alone(
        "static_instruments_count_from_the_start::what_is_counted_before_there_is_a_pipeline_is_delivered_by_the_first_global_one",
    ) {
        return;
    }
    let country = [("shop.country", "fr".into())];
    ORDERS.add(2, &country);
    let _registered = &*CARTS;
    // A pipeline that isn't the global one has instruments of its own.
    let capture = Capture::start();
    capture.run(|| ORDERS.add(1, &country));
    assert!(capture.metrics().metric("shop.orders").is_none());

    let first = Pipeline::builder().baggage_labels(["tenant"]).build().unwrap();
    first.install_global().unwrap();
    std::thread::spawn(move || ORDERS.add(4, &country)).join().unwrap();
    let metrics = first.metrics();
    assert_eq!(metrics.sum("shop.orders", &[("shop.country", "fr")]), 7.0);
    assert_eq!(metrics.metric("shop.orders").unwrap().scope.name(), "shop");
    assert_eq!(metrics.sum("shop.carts", &[]), 12.0);

    // One that is first used now goes by the pipeline's settings.
    let tenant = Context::current().with_baggage(Baggage::default().with("tenant", "acme"));
    tenant.in_scope(|| span!("order").in_scope(|| DURATION.record(0.5, &[])));
    let metrics = first.metrics();
    let point = metrics.histogram("shop.duration", &[("tenant", "acme")]).unwrap();
    assert_eq!((point.count(), point.exemplars.len()), (1, 1));

    assert_eq!(first.expire_series(Duration::ZERO), 2);
    assert!(first.shutdown(HANGS).is_complete());
    let second = Pipeline::builder().build().unwrap();
    second.install_global().unwrap();
    ORDERS.add(1, &[]);
    assert!(second.metrics().metric("shop.orders").is_none());
    assert!(second.shutdown(HANGS).is_complete());
}

#[test]
fn static_instruments_of_one_name_that_differ_are_told() {
    static COUNTER: StaticInstrument<Counter> =
        StaticInstrument::new(&SCOPE, |meter| meter.counter("shop.visits").build());
    static OF_BYTES: StaticInstrument<Counter> =
        StaticInstrument::new(&SCOPE, |meter| meter.counter("shop.visits").unit("By").build());
    if !is_alone(
        "static_instruments_count_from_the_start::static_instruments_of_one_name_that_differ_are_told",
    ) {
        return;
    }
    COUNTER.add(1, &[]);
    OF_BYTES.add(1, &[]);
    let pipeline = Pipeline::builder().build().unwrap();
    pipeline.install_global().unwrap();
    let notices = pipeline.notices();
    let is_it = |notice: &Notice| matches!(notice, Notice::InstrumentConflict { .. });
    assert!(notices.iter().any(is_it), "{notices:?}");
    assert!(pipeline.shutdown(HANGS).is_complete());
}
