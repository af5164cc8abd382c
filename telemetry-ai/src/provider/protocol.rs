//! What a provider's file says of its wire.

use std::{borrow::Cow, fmt::Debug};

use super::{Operation, Provider, openai};
use crate::{
    RequestParameters,
    stream::{Node, Reply, Shape},
};

/// How one provider is spoken to: which of its paths are calls, what they ask for and how they are
/// answered. One file each; another provider is another file, and a line in `hosts.rs`.
pub(crate) trait Protocol: Sync + Debug {
    /// What a request is, by its method and path, whatever its host; `None` if it is nothing that
    /// uses a model.
    fn recognise(&self, request: &RequestLine<'_>) -> Option<Target>;

    /// What a call of `operation` looks like on a path that the user declared.
    fn declared(&self, operation: &Operation) -> Target;

    /// Takes over what the headers of a response say.
    fn headers(&self, headers: HeaderLookup<'_>, reply: &mut Reply) {
        let _ = (headers, reply);
    }

    /// Takes over what the status of a response says, before its body is read.
    fn status(&self, step: &Step, status: u16, reply: &mut Reply) {
        let _ = (step, status, reply);
    }

    /// Completes what a response said by what was asked for, once it has ended.
    fn settle(&self, operation: &Operation, asked: &RequestParameters, reply: &mut Reply) {
        let _ = (operation, asked, reply);
    }
}

/// Finds a header of a response by its lower-case name.
pub(crate) type HeaderLookup<'h> = &'h dyn Fn(&str) -> Option<&'h str>;

/// The first line of a request, and where it goes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RequestLine<'a> {
    pub(crate) method: &'a str,
    pub(crate) host: &'a str,
    pub(crate) path: &'a str,
    /// Looked at for a job's id, never recorded.
    pub(crate) query: &'a str,
}

impl<'a> RequestLine<'a> {
    pub(crate) fn is_post(&self) -> bool {
        self.method == "POST"
    }

    pub(crate) fn is_get(&self) -> bool {
        self.method == "GET"
    }

    /// The path without slashes at its ends.
    pub(crate) fn trimmed(&self) -> &'a str {
        self.path.trim_matches('/')
    }

    /// What follows `marker` in the path, up to the next slash.
    pub(crate) fn segment_after(&self, marker: &str) -> Option<&'a str> {
        let rest = self.path.split_once(marker)?.1;
        let segment = rest.split('/').next().unwrap_or(rest);
        (!segment.is_empty()).then_some(segment)
    }
}

/// What a request was recognised as.
#[derive(Debug, Clone)]
pub(crate) struct Target {
    pub(crate) provider: Provider,
    pub(crate) operation: Operation,
    /// The host, where it is one of those that are known.
    pub(crate) host: Option<&'static str>,
    /// The model, where the path or a rule names it.
    pub(crate) model: Option<String>,
    /// Where the model is served, as far as the host or the path tells.
    pub(crate) geography: Option<String>,
    pub(crate) step: Step,
    pub(crate) wire: Wire,
    /// Whether the path asks for a stream.
    pub(crate) stream: bool,
    /// Whether the response has a document on each line, whatever it says that it is.
    pub(crate) lines: bool,
    /// Which of OpenAI's interfaces it is, where it isn't chat completions.
    pub(crate) interface: Option<&'static str>,
    /// The machine, where a rule names it.
    pub(crate) hardware: Option<String>,
    /// Headers in which a gateway or a worker of the user's states what a call used.
    pub(crate) stated: Vec<(Cow<'static, str>, Stated)>,
}

/// How a call is written and read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wire {
    pub(crate) protocol: &'static dyn Protocol,
    pub(crate) request: &'static Node<RequestParameters>,
    pub(crate) response: Shape,
}

/// Which step of a call a request is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Step {
    /// The call itself, or the submission of a job.
    Call,
    /// A look at the job of this id, its result or its cancellation.
    Poll(String),
}

/// What a header of the user's own states.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stated {
    /// The cost in US dollars.
    Cost,
    /// The seconds of a machine.
    ComputeSeconds,
    /// Which machine.
    Hardware,
}

impl Target {
    pub(crate) fn new(
        operation: Operation,
        protocol: &'static dyn Protocol,
        request: &'static Node<RequestParameters>,
        response: &'static Node<Reply>,
    ) -> Self {
        Self {
            provider: Provider::OTHER,
            operation,
            host: None,
            model: None,
            geography: None,
            step: Step::Call,
            wire: Wire { protocol, request, response: Shape::of(response) },
            stream: false,
            lines: false,
            interface: None,
            hardware: None,
            stated: Vec::new(),
        }
    }

    pub(crate) fn model(mut self, model: Option<&str>) -> Self {
        self.model = model.filter(|model| !model.is_empty()).map(str::to_owned);
        self
    }

    pub(crate) fn geography(mut self, geography: Option<&str>) -> Self {
        self.geography = geography.map(str::to_owned);
        self
    }

    pub(crate) fn poll(mut self, job: &str) -> Self {
        self.step = Step::Poll(job.to_owned());
        self
    }

    /// The response has a document on each line.
    pub(crate) fn in_lines(mut self) -> Self {
        self.lines = true;
        self
    }

    pub(crate) fn streamed(mut self, stream: bool) -> Self {
        self.stream = stream;
        self
    }

    pub(crate) fn wrapping(mut self, wrapped: &'static Node<Reply>) -> Self {
        self.wire.response.wrapped = wrapped;
        self
    }
}

impl Default for Wire {
    /// OpenAI's chat completions, which most servers speak.
    fn default() -> Self {
        openai::chat_wire()
    }
}
