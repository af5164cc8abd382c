//! Agents, workflows and tools: what calls of models are made for.

mod counts;
mod running;
mod workflow;

use std::{borrow::Cow, future::Future};

pub(crate) use counts::count_inference;
use counts::{AtWork, Counted};
pub use running::Running;
use telemetry_core::{Classify, ContextExt as _, Pipeline, SpanBuilder, SpanKind, semconv::gen_ai};
pub use workflow::Workflow;

use crate::{SCOPE, instruments::INSTRUMENTS, names};

/// What is invoked: the value of `gen_ai.operation.name`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Tool,
    Agent,
    CreateAgent,
    Workflow,
    Node,
}

impl Kind {
    fn operation(self) -> &'static str {
        match self {
            Self::Tool => "execute_tool",
            Self::Agent => "invoke_agent",
            Self::CreateAgent => "create_agent",
            Self::Workflow => "invoke_workflow",
            Self::Node => "execute_node",
        }
    }

    fn name_attribute(self) -> &'static str {
        match self {
            Self::Tool => names::TOOL_NAME,
            Self::Agent | Self::CreateAgent => names::AGENT_NAME,
            Self::Workflow => names::WORKFLOW_NAME,
            Self::Node => names::GRAPH_NODE,
        }
    }
}

/// An agent, a workflow, a step of a graph or a tool about to run, as a span of the conventions:
/// `execute_tool {tool}`, `invoke_agent {agent}`, `invoke_workflow {workflow}`.
///
/// What runs inside is beneath it: calls of models, other tools, other agents. Its duration is also
/// entered in `gen_ai.execute_tool.duration`, `gen_ai.invoke_agent.duration` or
/// `gen_ai.workflow.duration`. A future that is dropped ends it with the `telemetry.outcome`
/// `cancelled`. How often an agent called a model or a tool itself is entered in
/// `gen_ai.invoke_agent.inference_calls` and `gen_ai.invoke_agent.tool_calls`: in what [`run`](Self::run),
/// [`try_run`](Self::try_run) and [`in_scope`](Self::in_scope) run, without the tasks that are spawned
/// there. Arguments and results are content, and not recorded.
///
/// ```
/// use telemetry_ai::Invocation;
///
/// # async fn weather(_: &str) -> std::io::Result<u32> { Ok(21) }
/// # async fn example() -> std::io::Result<()> {
/// let answer = Invocation::agent("concierge")
///     .conversation("conv-17")
///     .try_run(async {
///         // A call of a model, and then the tool that it asked for:
///         Invocation::tool("get_weather").call_id("call_1").try_run(weather("Paris")).await
///     })
///     .await?;
/// # let _ = answer;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
#[must_use = "an invocation begins with `run`, `try_run`, `in_scope` or `start`"]
pub struct Invocation {
    kind: Kind,
    name: Cow<'static, str>,
    attributes: Vec<(&'static str, Cow<'static, str>)>,
}

impl Invocation {
    /// A tool that the application runs for a model.
    pub fn tool(name: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Kind::Tool, name.into())
    }

    /// An agent.
    pub fn agent(name: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Kind::Agent, name.into())
    }

    /// The creation of an agent, mostly with a remote service.
    pub fn create_agent(name: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Kind::CreateAgent, name.into())
    }

    /// A workflow, or a graph as LangGraph has it; see [`Workflow`] for its nodes.
    pub fn workflow(name: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Kind::Workflow, name.into())
    }

    /// A step of a workflow. The conventions have no name for it; it is `execute_node {node}`.
    pub fn node(name: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Kind::Node, name.into())
    }

    fn new(kind: Kind, name: Cow<'static, str>) -> Self {
        Self { kind, name, attributes: Vec::new() }
    }

    /// The id of the tool call, as the model gave it: `gen_ai.tool.call.id`.
    pub fn call_id(self, id: impl Into<Cow<'static, str>>) -> Self {
        self.with(names::TOOL_CALL_ID, id.into())
    }

    /// The kind of the tool, `function`, `extension`, `datastore`: `gen_ai.tool.type`.
    pub fn tool_type(self, kind: impl Into<Cow<'static, str>>) -> Self {
        self.with(names::TOOL_TYPE, kind.into())
    }

    /// What the tool or agent is for, in words of the application's: `gen_ai.tool.description`,
    /// `gen_ai.agent.description`.
    pub fn description(self, description: impl Into<Cow<'static, str>>) -> Self {
        let name = if self.kind == Kind::Tool {
            names::TOOL_DESCRIPTION
        } else {
            names::AGENT_DESCRIPTION
        };
        self.with(name, description.into())
    }

    /// The agent's id: `gen_ai.agent.id`.
    pub fn agent_id(self, id: impl Into<Cow<'static, str>>) -> Self {
        self.with(names::AGENT_ID, id.into())
    }

    /// The agent's version: `gen_ai.agent.version`.
    pub fn agent_version(self, version: impl Into<Cow<'static, str>>) -> Self {
        self.with(names::AGENT_VERSION, version.into())
    }

    /// The conversation that it belongs to: `gen_ai.conversation.id`.
    pub fn conversation(self, id: impl Into<Cow<'static, str>>) -> Self {
        self.with(gen_ai::CONVERSATION_ID, id.into())
    }

    /// The model that the agent uses: `gen_ai.request.model`.
    pub fn model(self, model: impl Into<Cow<'static, str>>) -> Self {
        self.with(gen_ai::REQUEST_MODEL, model.into())
    }

    fn with(mut self, name: &'static str, value: Cow<'static, str>) -> Self {
        self.attributes.push((name, value));
        self
    }

    /// Starts it in the present context. What runs in [`Running::context`] is beneath it.
    pub fn start(self) -> Running {
        if self.kind == Kind::Tool {
            counts::count_tool();
        }
        let operation = self.kind.operation();
        let kind = match self.kind {
            Kind::CreateAgent => SpanKind::Client,
            _ => SpanKind::Internal,
        };
        let mut builder = SpanBuilder::new(&SCOPE, format!("{operation} {}", self.name))
            .kind(kind)
            .attribute(gen_ai::OPERATION_NAME, operation)
            .attribute(self.kind.name_attribute(), &*self.name);
        for (name, value) in &self.attributes {
            builder = builder.attribute(name, &**value);
        }
        let instruments = Pipeline::current().map(|pipeline| INSTRUMENTS.of(&pipeline));
        Running::new(builder.start(), instruments, self.kind, self.name)
    }

    /// Runs a future that can't fail.
    pub async fn run<F: Future>(self, work: F) -> F::Output {
        let running = self.start();
        let work = Counted::new(work, running.counts());
        let output = work.in_context(running.context().clone()).await;
        running.end();
        output
    }

    /// Runs a future; an `Err` sets the status and `error.type`.
    ///
    /// # Errors
    ///
    /// Those of `work`.
    pub async fn try_run<F, T, E, By>(self, work: F) -> Result<T, E>
    where
        F: Future<Output = Result<T, E>>,
        E: Classify<By>,
    {
        let mut running = self.start();
        let work = Counted::new(work, running.counts());
        let result = work.in_context(running.context().clone()).await;
        if let Err(error) = &result {
            running.fail(error.class().error_type);
        }
        running.end();
        result
    }

    /// Runs a closure.
    pub fn in_scope<R>(self, work: impl FnOnce() -> R) -> R {
        let running = self.start();
        let at_work = running.counts().map(AtWork::begin);
        let output = running.context().in_scope(work);
        drop(at_work);
        running.end();
        output
    }
}
