use telemetry_ai::Invocation;
use telemetry_core::{MetricData, SpanKind, testing::Capture};

use crate::assert_attribute;

#[tokio::test]
async fn the_creation_of_an_agent_is_a_client_operation_with_its_model() {
    let capture = Capture::start();
    let create = Invocation::create_agent("concierge")
        .agent_id("asst_5j66UpCpwteGg4YSxUnt7lPY")
        .description("Answers guests")
        .model("gpt-4o");
    capture.run_async(create.run(async {})).await;
    let span = capture.spans_named("create_agent concierge").remove(0);
    assert_eq!(span.kind, SpanKind::Client);
    assert_attribute!(span, "gen_ai.operation.name", "create_agent");
    assert_attribute!(span, "gen_ai.agent.name", "concierge");
    assert_attribute!(span, "gen_ai.agent.id", "asst_5j66UpCpwteGg4YSxUnt7lPY");
    assert_attribute!(span, "gen_ai.agent.description", "Answers guests");
    assert_attribute!(span, "gen_ai.tool.description", none);
    assert_attribute!(span, "gen_ai.request.model", "gpt-4o");
    let metrics = capture.metrics();
    let labels = [("gen_ai.operation.name", "create_agent"), ("gen_ai.agent.name", "concierge")];
    let duration = metrics.histogram("gen_ai.client.operation.duration", &labels).unwrap();
    assert_eq!(duration.count(), 1);
    // It invoked nothing.
    assert!(
        metrics
            .metric("gen_ai.invoke_agent.duration")
            .is_none_or(|metric| metric.data.points() == 0)
    );
    capture.assert_ledger_balances();
}

#[test]
fn a_tool_and_an_agent_say_each_what_it_is_for() {
    let capture = Capture::start();
    capture.run(|| {
        Invocation::tool("get_weather").description("Tells the weather").in_scope(|| ());
        Invocation::agent("concierge").description("Answers guests").model("o3").in_scope(|| ());
    });
    let spans = capture.spans();
    assert_attribute!(spans[0], "gen_ai.tool.description", "Tells the weather");
    assert_attribute!(spans[0], "gen_ai.agent.description", none);
    assert_attribute!(spans[1], "gen_ai.agent.description", "Answers guests");
    assert_attribute!(spans[1], "gen_ai.request.model", "o3");
}

#[test]
fn a_tool_that_panics_has_failed_and_is_not_merely_dropped() {
    let capture = Capture::start();
    let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        capture.run(|| Invocation::tool("divide").in_scope(|| panic!("by secret")));
    }));
    assert!(panicked.is_err());
    let span = capture.spans().remove(0);
    assert!(span.status.is_error());
    assert_attribute!(span, "error.type", "panic");
    assert!(!format!("{span:?}").contains("secret"));
    let labels = [("gen_ai.tool.name", "divide"), ("error.type", "panic")];
    let duration = capture.metrics();
    let duration = duration.histogram("gen_ai.execute_tool.duration", &labels).unwrap();
    assert_eq!(duration.count(), 1);
}

#[test]
fn what_is_begun_by_hand_fails_by_the_first_reason_and_says_how_long_it_took() {
    let capture = Capture::start();
    let took = capture.run(|| {
        let mut tool = Invocation::tool("search").start();
        tool.fail("nothing_found");
        tool.fail("too_late");
        tool.end()
    });
    let span = capture.spans().remove(0);
    span.expect_error("nothing_found");
    let nanoseconds = u128::from(span.end_unix_nanos - span.start_unix_nanos);
    assert_eq!(took.as_nanos(), nanoseconds);
}

#[test]
fn names_of_agents_beyond_a_bound_become_one() {
    let capture = Capture::start();
    capture.run(|| {
        for index in 0..1_000 {
            Invocation::agent(format!("agent {index}")).in_scope(|| ());
        }
    });
    // Each span has its name; labels are bounded, and nothing is lost.
    assert_eq!(capture.spans_named("invoke_agent agent 999").len(), 1);
    let metrics = capture.metrics();
    for name in ["gen_ai.invoke_agent.duration", "gen_ai.invoke_agent.tool_calls"] {
        let MetricData::Histogram { points, .. } = &metrics.metric(name).unwrap().data else {
            panic!("{name} is no histogram")
        };
        assert_eq!(points.len(), 201, "{name}");
        assert_eq!(points.iter().map(|point| point.count()).sum::<u64>(), 1_000, "{name}");
        let others = metrics.histogram(name, &[("gen_ai.agent.name", "_other")]).unwrap();
        assert_eq!(others.count(), 800, "{name}");
    }
}

#[test]
fn without_a_pipeline_what_is_run_is_run_all_the_same() {
    assert_eq!(Invocation::tool("add").in_scope(|| 1 + 1), 2);
    assert_eq!(Invocation::create_agent("a").start().end(), std::time::Duration::ZERO);
}
