//! A workflow whose nodes know where they came from.

use std::{
    borrow::Cow,
    future::Future,
    sync::{Mutex, PoisonError},
};

use telemetry_core::{Classify, ContextExt as _};

use super::{Invocation, Running};
use crate::names;

/// A workflow under way, as a graph of nodes (LangGraph and its like): one span
/// `invoke_workflow {workflow}`, and beneath it a span `execute_node {node}` for each node that ran,
/// with the node that ran before it in `telemetry.gen_ai.graph.node.from`.
///
/// ```
/// use telemetry_ai::Workflow;
///
/// # async fn plan() -> std::io::Result<u8> { Ok(1) }
/// # async fn answer(_: u8) -> std::io::Result<String> { Ok(String::new()) }
/// # async fn example() -> std::io::Result<()> {
/// let graph = Workflow::start("support");
/// let planned = graph.node("plan", plan()).await?;
/// let answered = graph.node("answer", answer(planned)).await?;
/// graph.end();
/// # let _ = answered;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
#[must_use = "a workflow that is dropped was cancelled"]
pub struct Workflow {
    running: Running,
    last: Mutex<Option<Cow<'static, str>>>,
}

impl Workflow {
    /// Starts a workflow in the present context.
    pub fn start(name: impl Into<Cow<'static, str>>) -> Self {
        Self { running: Invocation::workflow(name).start(), last: Mutex::new(None) }
    }

    /// Runs a node beneath the workflow.
    ///
    /// # Errors
    ///
    /// Those of `work`, which set the node's status and `error.type`; the workflow's are for
    /// [`fail`](Self::fail), since a graph may go on.
    pub async fn node<F, T, E, By>(
        &self,
        name: impl Into<Cow<'static, str>>,
        work: F,
    ) -> Result<T, E>
    where
        F: Future<Output = Result<T, E>>,
        E: Classify<By>,
    {
        let name = name.into();
        let context = self.running.context();
        let mut node = context.in_scope(|| Invocation::node(name.clone()).start());
        let from = self.last.lock().unwrap_or_else(PoisonError::into_inner).replace(name);
        if let Some(from) = from {
            node.set(names::GRAPH_NODE_FROM, &from);
        }
        let result = work.in_context(node.context().clone()).await;
        if let Err(error) = &result {
            node.fail(error.class().error_type);
        }
        node.end();
        result
    }

    /// The workflow has failed. `error_type` must be of few different values, and never a message.
    pub fn fail(&mut self, error_type: impl Into<Cow<'static, str>>) {
        self.running.fail(error_type);
    }

    /// Ends the workflow.
    pub fn end(self) {
        self.running.end();
    }
}
