use std::io;

use telemetry_ai::{Invocation, Workflow};
use telemetry_core::{SpanKind, testing::Capture};

use crate::{
    assert_attribute,
    provider::{PLAIN, REQUEST, Server, answer},
};

#[tokio::test]
async fn a_call_and_the_tool_that_it_asked_for_are_beneath_the_agent() {
    let server = Server::of_json(PLAIN).await;
    let capture = Capture::start();
    let client = server.client();
    capture
        .run_async(Invocation::agent("concierge").agent_id("a-1").conversation("c-7").run(async {
            answer(&client, &server.url(), REQUEST).await;
            Invocation::tool("get_weather")
                .call_id("call_1")
                .tool_type("function")
                .run(async {})
                .await;
        }))
        .await;
    let of = |name: &str| capture.spans_named(name).remove(0);
    let agent = of("invoke_agent concierge");
    let (call, tool) = (of("chat gpt-4o"), of("execute_tool get_weather"));
    assert_eq!(call.parent_span_id, Some(agent.span_id));
    assert_eq!(tool.parent_span_id, Some(agent.span_id));
    assert_eq!((agent.kind, tool.kind), (SpanKind::Internal, SpanKind::Internal));
    assert_attribute!(agent, "gen_ai.operation.name", "invoke_agent");
    assert_attribute!(agent, "gen_ai.agent.name", "concierge");
    assert_attribute!(agent, "gen_ai.agent.id", "a-1");
    assert_attribute!(agent, "gen_ai.conversation.id", "c-7");
    assert_attribute!(tool, "gen_ai.tool.name", "get_weather");
    assert_attribute!(tool, "gen_ai.tool.call.id", "call_1");
    assert_attribute!(tool, "gen_ai.tool.type", "function");
    let metrics = capture.metrics();
    for (name, label) in [
        ("gen_ai.invoke_agent.duration", ("gen_ai.agent.name", "concierge")),
        ("gen_ai.execute_tool.duration", ("gen_ai.tool.name", "get_weather")),
    ] {
        assert_eq!(metrics.histogram(name, &[label]).unwrap().count(), 1, "{name}");
    }
    capture.assert_ledger_balances();
}

#[tokio::test]
async fn an_agents_own_calls_are_counted_and_not_those_of_the_agents_beneath_it() {
    let server = Server::of_json(PLAIN).await;
    let capture = Capture::start();
    let (client, url) = (&server.client(), &server.url());
    capture
        .run_async(Invocation::agent("outer").run(async {
            answer(client, url, REQUEST).await;
            Invocation::tool("search").run(async {}).await;
            let (one, other) = (
                Invocation::agent("inner").run(async {
                    answer(client, url, REQUEST).await;
                    answer(client, url, REQUEST).await;
                }),
                Invocation::agent("idle").run(async {}),
            );
            // Polled in turn, on one thread.
            tokio::join!(one, other);
            Invocation::tool("search").in_scope(|| ());
            // A tool is no agent: what it calls is the agent's.
            Invocation::tool("ask").run(answer(client, url, REQUEST)).await;
        }))
        .await;
    // And nobody's.
    capture.run_async(answer(client, url, REQUEST)).await;
    let metrics = capture.metrics();
    for (agent, inferences, tools) in [("outer", 2.0, 3.0), ("inner", 2.0, 0.0), ("idle", 0.0, 0.0)]
    {
        let of = |name| metrics.histogram(name, &[("gen_ai.agent.name", agent)]).unwrap();
        let calls = of("gen_ai.invoke_agent.inference_calls");
        assert_eq!((calls.count(), calls.sum), (1, inferences), "{agent}");
        let calls = of("gen_ai.invoke_agent.tool_calls");
        assert_eq!((calls.count(), calls.sum), (1, tools), "{agent}");
    }
}

#[tokio::test]
async fn a_workflow_tells_the_way_through_its_nodes() {
    let capture = Capture::start();
    capture
        .run_async(async {
            let mut graph = Workflow::start("support");
            let ok = || async { Ok::<_, io::Error>(()) };
            graph.node("plan", ok()).await.unwrap();
            graph.node("retrieve", ok()).await.unwrap();
            let refused = async { Err::<(), _>(io::Error::from(io::ErrorKind::TimedOut)) };
            graph.node("answer", refused).await.unwrap_err();
            graph.fail("timeout");
            graph.end();
        })
        .await;
    let workflow = capture.spans_named("invoke_workflow support").remove(0);
    assert_attribute!(workflow, "gen_ai.workflow.name", "support");
    assert_attribute!(workflow, "error.type", "timeout");
    let of = |name: &str| capture.spans_named(&format!("execute_node {name}")).remove(0);
    for (name, from) in [("plan", None), ("retrieve", Some("plan")), ("answer", Some("retrieve"))] {
        let node = of(name);
        assert_eq!(node.parent_span_id, Some(workflow.span_id));
        let found = node.attribute("telemetry.gen_ai.graph.node.from").map(ToString::to_string);
        assert_eq!(found.as_deref(), from);
        assert_eq!(node.status.is_error(), name == "answer");
    }
    let metrics = capture.metrics();
    let labels = [("gen_ai.workflow.name", "support"), ("error.type", "timeout")];
    assert_eq!(metrics.histogram("gen_ai.workflow.duration", &labels).unwrap().count(), 1);
}

#[tokio::test]
async fn an_invocation_that_is_dropped_was_cancelled_and_one_that_fails_says_why() {
    let capture = Capture::start();
    capture
        .run_async(async {
            let pending = Invocation::tool("slow").run(std::future::pending::<()>());
            let short = tokio::time::timeout(std::time::Duration::from_millis(1), pending);
            short.await.unwrap_err();
            let failing = async { Err::<(), _>(io::Error::from(io::ErrorKind::ConnectionReset)) };
            Invocation::tool("broken").try_run(failing).await.unwrap_err();
            Invocation::tool("quick").in_scope(|| ());
        })
        .await;
    let of = |name: &str| capture.spans_named(&format!("execute_tool {name}")).remove(0);
    assert_attribute!(of("slow"), "telemetry.outcome", "cancelled");
    assert!(of("broken").status.is_error());
    assert_attribute!(of("quick"), "telemetry.outcome", none);
    let labels = [("telemetry.outcome", "cancelled")];
    let metrics = capture.metrics();
    assert_eq!(metrics.histogram("gen_ai.execute_tool.duration", &labels).unwrap().count(), 1);
}
