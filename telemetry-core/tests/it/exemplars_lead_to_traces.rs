use telemetry_core::testing::Capture;
use telemetry_core::view::{counter, histogram};
use telemetry_core::{
    Baggage, Context, DeltaReader, Exemplar, ExemplarFilter, MetricData, MetricSnapshot, Number,
    Pipeline, Sampler, Scope, SpanContext, SpanId, Tail, TraceId, emit, span,
};

static SCOPE: Scope = Scope::new("shop", "1.0.0");

/// The exemplars of a counter's one series.
fn of_counter(metrics: &MetricSnapshot, name: &str) -> Vec<Exemplar> {
    let data = metrics.metric(name).map(|metric| &metric.data);
    let Some(MetricData::Sum { points, .. }) = data else {
        return Vec::new();
    };
    points.iter().flat_map(|point| point.exemplars.clone()).collect()
}

#[test]
fn each_bucket_has_the_latest_trace_since_the_last_reading() {
    let capture = Capture::start();
    let meter = capture.pipeline().meter(&SCOPE);
    let duration = meter.histogram("duration").buckets(&[1.0, 2.0]).build();
    let orders = meter.counter("orders").build();
    let size = meter.histogram("size").exponential().build();
    let work = |name: &'static str, value: f64| {
        capture.run(|| {
            span!(name).in_scope(|| {
                duration.record(value, &[]);
                size.record(value, &[]);
                orders.add(3, &[]);
            });
        });
    };
    work("fast", 0.5);
    work("slow", 5.0);
    let metrics = capture.metrics();
    let spans = capture.spans();
    let (fast, slow) = (&spans[0], &spans[1]);
    let exemplars = &metrics.histogram("duration", &[]).unwrap().exemplars;
    let found: Vec<_> = exemplars.iter().map(|it| (it.value, it.trace_id, it.span_id)).collect();
    assert_eq!(
        found,
        [
            (Number::F64(0.5), Some(fast.trace_id), Some(fast.span_id)),
            (Number::F64(5.0), Some(slow.trace_id), Some(slow.span_id)),
        ]
    );
    let between = fast.start_unix_nanos..=fast.end_unix_nanos;
    assert!(between.contains(&exemplars[0].time_unix_nanos), "{exemplars:?} not in {between:?}");
    assert_eq!(metrics.exponential_histogram("size", &[]).unwrap().exemplars.len(), 2);
    assert_eq!(of_counter(&metrics, "orders")[0].value, Number::I64(3));

    work("later", 5.0);
    let metrics = capture.metrics();
    let later = &capture.spans_named("later")[0];
    let exemplars = &metrics.histogram("duration", &[]).unwrap().exemplars;
    assert_eq!(exemplars[0].trace_id, Some(fast.trace_id));
    assert_eq!(exemplars[1].trace_id, Some(later.trace_id));
    assert_eq!(of_counter(&metrics, "orders")[0].trace_id, Some(later.trace_id));
}

#[test]
fn only_traces_that_are_kept_are_pointed_to() {
    let capture = Capture::with(Pipeline::builder().sampler(Sampler::AlwaysOff));
    let orders = capture.pipeline().meter(&SCOPE).counter("orders").build();
    orders.add(1, &[]);
    capture.run(|| span!("work").in_scope(|| orders.add(1, &[])));
    assert_eq!(of_counter(&capture.metrics(), "orders"), []);
}

#[test]
fn a_trace_that_is_rescued_is_pointed_to_once_it_is_kept() {
    let tail = Tail::default().slow(false).first(0);
    let capture = Capture::with(Pipeline::builder().sampler(Sampler::AlwaysOff).tail(tail));
    let meter = capture.pipeline().meter(&SCOPE);
    let duration = meter.histogram("duration").buckets(&[1.0]).build();
    let orders = meter.counter("orders").build();
    // What is measured in a variant of a span's context is measured in its trace.
    let measure = |value: f64, ends: &'static str| {
        let varied = Context::current().with_baggage(Baggage::default().with("tenant", "acme"));
        varied.in_scope(|| duration.record(value, &[("ends", ends.into())]));
        orders.add(1, &[]);
    };
    let root = capture.run(|| span!("fails").start());
    root.in_scope(|| measure(5.0, "badly"));
    capture.run(|| span!("goes well").in_scope(|| measure(0.5, "well")));
    let exemplars = |ends: &'static str| {
        let labels = [("ends", ends)];
        capture.metrics().histogram("duration", &labels).unwrap().exemplars.clone()
    };
    assert_eq!((exemplars("badly"), exemplars("well")), (Vec::new(), Vec::new()));

    let mut root = root;
    root.set_error("timeout");
    root.end();
    capture.flush();
    let kept = &capture.spans()[0];
    let found = exemplars("badly");
    let [exemplar] = &found[..] else { panic!("{found:?}") };
    assert_eq!((exemplar.trace_id, exemplar.span_id), (Some(kept.trace_id), Some(kept.span_id)));
    let between = kept.start_unix_nanos..=kept.end_unix_nanos;
    assert!(between.contains(&exemplar.time_unix_nanos));
    assert_eq!(exemplars("well"), []);
    assert_eq!(of_counter(&capture.metrics(), "orders")[0].trace_id, Some(kept.trace_id));
}

#[test]
fn one_that_waits_for_its_trace_gives_way_to_a_sampled_one_and_to_later_ones() {
    let tail = Tail::default().slow(false).first(0);
    let sampler = Sampler::ParentBased(Box::new(Sampler::AlwaysOff));
    let capture = Capture::with(Pipeline::builder().sampler(sampler).tail(tail));
    let orders = capture.pipeline().meter(&SCOPE).counter("orders").build();
    let work = |fails: bool| {
        let mut span = span!("work").start();
        span.in_scope(|| orders.add(1, &[]));
        if fails {
            span.set_error("timeout");
        }
        span.end();
        capture.flush();
        capture.spans().last().map(|span| span.trace_id)
    };
    let trace = || of_counter(&capture.metrics(), "orders").first().and_then(|it| it.trace_id);
    capture.run(|| {
        let failed = work(true);
        assert!(failed.is_some());
        assert_eq!(trace(), failed);
        let forced = Context::current().with_forced_sampling().in_scope(|| work(false));
        assert_ne!(forced, failed);
        assert_eq!(trace(), forced);
        let again = work(true);
        assert_ne!(again, forced);
        assert_eq!(trace(), again);
    });
}

#[test]
fn the_filter_may_take_all_or_none() {
    for (filter, expected) in [(ExemplarFilter::AlwaysOn, 1), (ExemplarFilter::AlwaysOff, 0)] {
        let capture = Capture::with(Pipeline::builder().exemplar_filter(filter));
        let orders = capture.pipeline().meter(&SCOPE).counter("orders").build();
        let bound = orders.bind(&[]);
        bound.add(1);
        let exemplars = of_counter(&capture.metrics(), "orders");
        assert_eq!(exemplars.len(), expected);
        assert!(exemplars.iter().all(|exemplar| exemplar.trace_id.is_none()));
        capture.run(|| span!("work").in_scope(|| bound.add(1)));
        let exemplars = of_counter(&capture.metrics(), "orders");
        assert_eq!(exemplars.iter().filter(|it| it.trace_id.is_some()).count(), expected);
    }
}

#[test]
fn a_sampled_trace_is_found_among_many_that_are_not() {
    let capture = Capture::start();
    let duration = capture.pipeline().meter(&SCOPE).histogram("duration").buckets(&[1.0]).build();
    let bound = duration.bind(&[]);
    // The cell gives up looking after so many outside of traces, until the next reading.
    (0..10_000).for_each(|_| bound.record(0.5));
    let _ = capture.metrics();
    (0..50).for_each(|_| bound.record(0.5));
    capture.run(|| span!("work").in_scope(|| bound.record(0.5)));
    let metrics = capture.metrics();
    assert_eq!(metrics.histogram("duration", &[]).unwrap().exemplars.len(), 1);
}

#[test]
fn a_measurement_may_be_of_another_context_than_the_current_one() {
    let capture = Capture::start();
    let meter = capture.pipeline().meter(&SCOPE);
    let duration = meter.histogram("duration").build();
    let size = meter.histogram("size").exponential().build().bind(&[]);
    let orders = meter.counter("orders").build();
    let span = capture.run(|| span!("work").start());
    let context = span.context().clone();
    duration.record_in(span.end().as_secs_f64(), &[], &context);
    size.record_in(3.0, &context);
    orders.add_in(1, &[], &context);
    let expected = context.span_context().map(|span| span.trace_id());
    let metrics = capture.metrics();
    for exemplar in [
        &metrics.histogram("duration", &[]).unwrap().exemplars[0],
        &metrics.exponential_histogram("size", &[]).unwrap().exemplars[0],
        &of_counter(&metrics, "orders")[0],
    ] {
        assert_eq!(exemplar.trace_id, expected);
    }
}

#[test]
fn a_delta_has_the_exemplars_of_its_own_time() {
    let capture = Capture::start();
    let orders = capture.pipeline().meter(&SCOPE).counter("orders").build();
    let mut reader = DeltaReader::new();
    capture.run(|| span!("work").in_scope(|| orders.add(1, &[])));
    assert_eq!(of_counter(&reader.read(&capture.metrics()), "orders").len(), 1);
    reader.acknowledge();
    orders.add(1, &[]);
    assert_eq!(of_counter(&reader.read(&capture.metrics()), "orders"), []);
}

#[test]
fn what_views_count_leads_to_the_traces_that_are_kept() {
    let builder = Pipeline::builder()
        .view(counter("works").of_span("work"))
        .view(histogram("work.duration").of_span("work").measure("duration").unit("s"))
        .view(counter("ticks").of_event("tick"));
    let capture = Capture::with(builder);
    let left_out = SpanContext::remote(
        TraceId::parse("4bf92f3577b34da6a3ce929d0e0e4736").unwrap(),
        SpanId::parse("00f067aa0ba902b7").unwrap(),
        false,
    );
    capture.run(|| {
        span!("work").in_scope(|| emit!("tick"));
        emit!("tick");
        Context::current().with_remote(left_out).in_scope(|| {
            span!("work").in_scope(|| emit!("tick"));
        });
    });
    let work = &capture.spans_named("work")[..];
    let [work] = work else { panic!("one of them is sampled: {work:?}") };
    let metrics = capture.metrics();
    assert_eq!((metrics.sum("works", &[]), metrics.sum("ticks", &[])), (2.0, 3.0));
    let durations = &metrics.histogram("work.duration", &[]).unwrap().exemplars;
    for exemplars in [&of_counter(&metrics, "works"), &of_counter(&metrics, "ticks"), durations] {
        assert_eq!(exemplars.len(), 1, "{exemplars:?}");
        assert_eq!(exemplars[0].trace_id, Some(work.trace_id));
        assert_eq!(exemplars[0].span_id, Some(work.span_id));
    }
}
