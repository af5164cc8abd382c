use http::StatusCode;
use telemetry_core::{ErrorClass, semconv};

use super::MAX_BODY;
use super::message::{Called, Reply};
use crate::rpc::methods::Methods;
use crate::rpc::{CallGuard, Failure};

/// The calls of one request, under way.
#[derive(Debug, Default)]
pub(in crate::rpc) struct Calls {
    calls: Vec<(CallGuard, Called)>,
    /// Absent where there are no calls.
    methods: Option<Methods>,
    status: Option<StatusCode>,
    /// The answer, as far as it has come; none when it isn't to be read.
    answer: Option<Vec<u8>>,
}

impl Calls {
    /// Starts the calls in a request's body.
    pub(super) fn start(body: &[u8], methods: &Methods) -> Self {
        Self::of(Called::all(body), methods)
    }

    /// Starts these calls.
    pub(in crate::rpc) fn of(called: impl IntoIterator<Item = Called>, methods: &Methods) -> Self {
        let start = |called: Called| {
            let mut call = crate::rpc::call("jsonrpc", String::from(called.method.clone()));
            if !methods.know(&called.method) {
                call = call.unrecognised();
            }
            let mut guard = call.start();
            guard.set(semconv::rpc::JSONRPC_PROTOCOL_VERSION, "2.0");
            if let Some(id) = called.id_text() {
                let id = &id[..id.floor_char_boundary(MAX_ID)];
                guard.set(semconv::rpc::JSONRPC_REQUEST_ID, id);
            }
            (guard, called)
        };
        let calls = called.into_iter().map(start).collect();
        Self { calls, methods: Some(methods.clone()), status: None, answer: None }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.calls.is_empty()
    }

    /// Runs a part of the work, within the span of a call that came alone.
    pub(in crate::rpc) fn in_scope<R>(&mut self, work: impl FnOnce() -> R) -> R {
        match &mut *self.calls {
            [(guard, _)] => guard.in_scope(work),
            _ => work(),
        }
    }

    /// The head of the answer has come.
    pub(super) fn respond(&mut self, status: StatusCode, is_json: bool) {
        self.status = Some(status);
        self.answer = is_json.then(Vec::new);
    }

    /// A part of the answer has come.
    pub(super) fn read(&mut self, part: &[u8]) {
        if let Some(answer) = &mut self.answer {
            if answer.len() + part.len() <= MAX_BODY {
                answer.extend_from_slice(part);
            } else {
                self.answer = None;
            }
        }
    }

    /// A part of the answer can't be read; so nor can the answer.
    pub(super) fn skip(&mut self) {
        self.answer = None;
    }

    /// The whole answer has come at once.
    #[cfg(feature = "jsonrpsee")]
    pub(in crate::rpc) fn read_whole(&mut self, answer: &[u8]) {
        self.answer = Some(Vec::new());
        self.read(answer);
    }

    /// The answer to a call that came alone is complete.
    #[cfg(feature = "jsonrpsee")]
    pub(in crate::rpc) fn end_with(mut self, error: Option<i64>) {
        if let Some((guard, called)) = self.calls.pop() {
            end(guard, &called, self.methods.as_ref(), Some(error), None);
        }
    }

    /// The answer is complete.
    pub(in crate::rpc) fn end(mut self) {
        let replies = self.answer.take().map(|answer| Reply::all(&answer)).unwrap_or_default();
        // An error without an id is about the request.
        let of_all = replies.iter().find(|reply| reply.id.is_none());
        for (guard, called) in self.calls.drain(..) {
            let own = replies.iter().find(|reply| called.id.is_some() && reply.id == called.id);
            let reply = own.or(of_all).filter(|_| called.id.is_some());
            end(guard, &called, self.methods.as_ref(), reply.map(|reply| reply.error), self.status);
        }
    }

    /// The answer fails.
    pub(super) fn fail(mut self, error_type: &str) {
        for (guard, _) in self.calls.drain(..) {
            guard.fail(ErrorClass::new(error_type.to_owned(), false));
        }
    }
}

/// Ends a call with the reply to it, an error or none, where there is one, else with HTTP's status.
fn end(
    mut guard: CallGuard,
    called: &Called,
    methods: Option<&Methods>,
    reply: Option<Option<i64>>,
    status: Option<StatusCode>,
) {
    let proves = reply.is_some_and(|error| error.is_none_or(proves_method));
    let known = methods.is_some_and(|methods| {
        methods.know(&called.method) || (proves && methods.learn(&called.method))
    });
    guard.recognise(known);
    let is_refused = |status: &StatusCode| status.is_client_error() || status.is_server_error();
    match (reply, status.filter(is_refused)) {
        (Some(Some(code)), _) => guard.fail(Failure::status(code.to_string())),
        (None, Some(status)) => guard.fail(ErrorClass::new(status.as_str().to_owned(), false)),
        _ => guard.end(),
    }
}

/// Whether an error of this code shows that there is such a procedure.
fn proves_method(code: i64) -> bool {
    !matches!(code, -32700 | -32600 | -32601 | -32099..=-32000)
}

/// What is longer is cut.
const MAX_ID: usize = 256;
