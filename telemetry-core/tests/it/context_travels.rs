use telemetry_core::propagation::{self, HeaderGet, HeaderSet};
use telemetry_core::testing::Capture;
use telemetry_core::{Baggage, Context, span};

#[derive(Default)]
struct Headers(Vec<(String, String)>);

impl HeaderGet for Headers {
    fn header(&self, name: &str) -> Option<&str> {
        self.0.iter().find_map(|(key, value)| (key == name).then_some(value.as_str()))
    }
}

impl HeaderSet for Headers {
    fn set_header(&mut self, name: &str, value: &str) {
        self.0.push((name.to_owned(), value.to_owned()));
    }
}

#[test]
fn one_trace_goes_through_two_processes() {
    let (caller, called) = (Capture::start(), Capture::start());
    let headers = caller.run(|| {
        let baggage = Baggage::default().with("tenant.id", "acme");
        Context::current().with_baggage(baggage).in_scope(|| {
            span!("call").in_scope(|| {
                let mut headers = Headers::default();
                propagation::inject(&Context::current(), &mut headers);
                headers
            })
        })
    });
    called.run(|| {
        propagation::extract(&headers).in_scope(|| {
            span!("handle").in_scope(|| {
                assert_eq!(Context::current().baggage().get("tenant.id"), Some("acme"));
            });
        });
    });
    let (call, handle) = (&caller.spans()[0], &called.spans()[0]);
    assert_eq!(handle.trace_id, call.trace_id);
    assert_eq!(handle.parent_span_id, Some(call.span_id));
    assert!(handle.parent_is_remote && !call.parent_is_remote);
}

#[test]
fn an_unsampled_remote_parent_stays_unsampled_and_the_context_still_travels() {
    let capture = Capture::start();
    let headers = Headers(vec![(
        "traceparent".to_owned(),
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00".to_owned(),
    )]);
    let out = capture.run(|| {
        propagation::extract(&headers).in_scope(|| {
            span!("handle").in_scope(|| {
                let mut out = Headers::default();
                propagation::inject(&Context::current(), &mut out);
                out
            })
        })
    });
    let parent = out.header("traceparent").unwrap();
    assert!(parent.starts_with("00-4bf92f3577b34da6a3ce929d0e0e4736-") && parent.ends_with("-00"));
    assert!(!parent.contains("00f067aa0ba902b7"), "the span in between is the new parent");
    assert!(capture.spans().is_empty());
    assert_eq!(capture.ledger().spans.sampled_out, 1);
}

#[test]
fn the_context_that_is_injected_is_the_span_that_is_current() {
    let capture = Capture::start();
    let (header, id) = capture.run(|| {
        let span = span!("call").start();
        let mut headers = Headers::default();
        propagation::inject(span.context(), &mut headers);
        let id = span.context().span_context().map(|it| it.span_id());
        (headers.header("traceparent").unwrap().to_owned(), id)
    });
    let span = &capture.spans()[0];
    assert_eq!(id, Some(span.span_id));
    assert_eq!(header, format!("00-{}-{}-03", span.trace_id, span.span_id));
}
