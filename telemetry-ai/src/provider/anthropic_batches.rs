//! Batches of Anthropic's messages: jobs that end when their results are read, which say what was used.

use super::{
    Operation, anthropic, picks,
    protocol::{RequestLine, Target},
};
use crate::{
    Iteration, RequestParameters, Sparse, Usage,
    stream::{JobState, Node, Reply, set, unix_milliseconds, value::text},
};

/// The lengths of prompts above which some model or other costs more, each message by itself.
const THRESHOLDS: [u64; 3] = [100_000, 128_000, 200_000];
/// Sums beyond this many kinds are not told apart.
const MOST_SUMS: usize = 64;

pub(super) fn recognise(request: &RequestLine<'_>) -> Option<Target> {
    let path = request.trimmed();
    let (_, rest) = path.split_once("messages/batches")?;
    let of = |response| Target::new(Operation::BATCH, &anthropic::Anthropic, &REQUEST, response);
    match (rest.trim_start_matches('/').split_once('/'), rest.strip_prefix('/')) {
        (None, None | Some("")) => request.is_post().then(|| of(&BATCH)),
        (Some((id, "results")), _) => request.is_get().then(|| of(&RESULT).poll(id).in_lines()),
        (Some((id, "cancel")), _) => request.is_post().then(|| of(&BATCH).poll(id)),
        (None, Some(id)) => request.is_get().then(|| of(&BATCH).poll(id)),
        _ => None,
    }
}

static REQUEST: Node<RequestParameters> = Node::object(&[("requests", Node::list(&REQUESTED))]);

static REQUESTED: Node<RequestParameters> =
    Node::object(&[("params", Node::object(&[("model", Node::scalar(model))]))]);

/// The batch itself, which says nothing of its usage.
static BATCH: Node<Reply> = Node::object(&[
    ("id", Node::scalar(picks::id)),
    ("processing_status", Node::scalar(status)),
    ("created_at", Node::scalar(created)),
    ("ended_at", Node::scalar(ended)),
    ("error", picks::ERROR),
]);

/// A line of the results.
static RESULT: Node<Reply> = Node::object(&[(
    "result",
    Node::object(&[(
        "message",
        Node::object(&[("model", Node::scalar(result_model)), ("usage", Node::whole(usage))]),
    )]),
)])
.on_open(begin_result)
.on_close(end_result);

/// The first one names the batch.
fn model(parameters: &mut RequestParameters, value: &[u8]) {
    if parameters.model.is_none() {
        picks::request_model(parameters, value);
    }
}

/// Also one that has ended is waited for, until its results are read.
fn status(reply: &mut Reply, _: &[u8]) {
    reply.job.state = Some(JobState::Pending);
}

fn created(reply: &mut Reply, value: &[u8]) {
    reply.job.created = text(value).and_then(|time| unix_milliseconds(&time));
    reply.job.started = reply.job.created;
}

fn ended(reply: &mut Reply, value: &[u8]) {
    reply.job.ended = text(value).and_then(|time| unix_milliseconds(&time));
}

fn begin_result(reply: &mut Reply) {
    reply.pass = Sparse::default();
    reply.job.state = Some(JobState::Succeeded);
}

fn result_model(reply: &mut Reply, value: &[u8]) {
    set(&mut reply.pass.model, text(value).as_deref());
}

fn usage(reply: &mut Reply, value: &[u8]) {
    let mut message = Reply::default();
    anthropic::usage(&mut message, value);
    reply.pass.usage = message.usage.unwrap_or_default();
}

fn end_result(reply: &mut Reply, _: u32) {
    let mut pass = std::mem::take(&mut reply.pass).into_part();
    if !pass.usage.has_quantities() {
        return;
    }
    pass.usage.terms.batch = Some(true);
    // A message of several passes is billed for their sum, at the price of its own model.
    pass.usage.iterations.clear();
    pass.usage.terms.context_tokens = pass.usage.input_tokens;
    let total = reply.usage_mut();
    total.terms.batch = Some(true);
    add(total, &pass.usage);
    let known = total.iterations.iter().position(|known| is_same(known, &pass));
    let full = (total.iterations.len() >= MOST_SUMS).then_some(MOST_SUMS - 1);
    match known.or(full).and_then(|at| total.iterations.get_mut(at)) {
        Some(known) => add(&mut known.usage, &pass.usage),
        None => total.iterations.push(pass),
    }
}

/// Whether two messages cost the same for each token.
fn is_same(one: &Iteration, other: &Iteration) -> bool {
    let step = |usage: &Usage| {
        let prompt = usage.terms.context_tokens.unwrap_or(0);
        THRESHOLDS.iter().filter(|&&threshold| prompt > threshold).count()
    };
    let (usage, others) = (&one.usage, &other.usage);
    one.model == other.model
        && step(usage) == step(others)
        && usage.terms.geography == others.terms.geography
        && usage.terms.speed == others.terms.speed
}

fn add(sum: &mut Usage, more: &Usage) {
    let add = |sum: &mut Option<u64>, more: Option<u64>| {
        if let Some(more) = more {
            *sum = Some(sum.unwrap_or(0).saturating_add(more));
        }
    };
    add(&mut sum.input_tokens, more.input_tokens);
    add(&mut sum.output_tokens, more.output_tokens);
    add(&mut sum.cache_read_input_tokens, more.cache_read_input_tokens);
    add(&mut sum.cache_write_input_tokens, more.cache_write_input_tokens);
    add(&mut sum.cache_writes.five_minutes, more.cache_writes.five_minutes);
    add(&mut sum.cache_writes.one_hour, more.cache_writes.one_hour);
    add(&mut sum.reasoning_output_tokens, more.reasoning_output_tokens);
    add(&mut sum.tools.web_searches, more.tools.web_searches);
    add(&mut sum.tools.web_fetches, more.tools.web_fetches);
    add(&mut sum.tools.code_sessions, more.tools.code_sessions);
}
