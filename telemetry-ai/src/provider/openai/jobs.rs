//! Videos and batches: jobs that are asked after until they end.

use super::{
    super::picks,
    chat::{USAGE, usage},
};
use crate::{
    Operation, RequestParameters,
    stream::{
        JobState, Node, Reply, set,
        value::{count, decimal, text},
    },
};

pub(super) static VIDEO: Node<Reply> = Node::object(&[
    ("id", Node::scalar(picks::id)),
    ("model", Node::scalar(picks::model)),
    ("status", Node::scalar(status)),
    ("seconds", Node::scalar(seconds)),
    ("size", Node::scalar(size)),
    ("created_at", Node::scalar(created)),
    ("completed_at", Node::scalar(ended)),
    ("usage", USAGE),
    ("error", picks::ERROR),
]);

/// Mostly sent as a form, since a picture may go with it.
pub(super) static VIDEO_REQUEST: Node<RequestParameters> = Node::object(&[
    ("model", Node::scalar(picks::request_model)),
    ("seconds", Node::scalar(picks::duration)),
    ("size", Node::scalar(picks::resolution)),
]);

pub(super) static BATCH: Node<Reply> = Node::object(&[
    ("id", Node::scalar(picks::id)),
    ("model", Node::scalar(picks::model)),
    ("status", Node::scalar(status)),
    ("created_at", Node::scalar(created)),
    ("in_progress_at", Node::scalar(started)),
    ("completed_at", Node::scalar(ended)),
    ("failed_at", Node::scalar(ended)),
    ("expired_at", Node::scalar(ended)),
    ("cancelled_at", Node::scalar(ended)),
    ("usage", Node::whole(batch_usage)),
]);

pub(super) static BATCH_REQUEST: Node<RequestParameters> = Node::object(&[]);

fn status(reply: &mut Reply, value: &[u8]) {
    reply.job.state = match text(value).as_deref() {
        Some("completed") => Some(JobState::Succeeded),
        Some("failed" | "expired") => Some(JobState::Failed),
        Some("cancelled") => Some(JobState::Cancelled),
        Some(_) => Some(JobState::Pending),
        None => reply.job.state,
    };
}

fn seconds(reply: &mut Reply, value: &[u8]) {
    reply.usage_mut().units.output_video_seconds = decimal(value);
}

fn size(reply: &mut Reply, value: &[u8]) {
    set(&mut reply.usage_mut().terms.resolution, text(value).as_deref());
}

/// Only a video that was made is billed, whatever length was asked for.
pub(super) fn settle(operation: &Operation, reply: &mut Reply) {
    if *operation == Operation::GENERATE_VIDEO
        && reply.job.state != Some(JobState::Succeeded)
        && let Some(usage) = &mut reply.usage
    {
        usage.units.output_video_seconds = None;
    }
}

fn batch_usage(reply: &mut Reply, value: &[u8]) {
    usage(reply, value);
    reply.usage_mut().terms.batch = Some(true);
}

fn created(reply: &mut Reply, value: &[u8]) {
    reply.job.created = milliseconds(value);
}

fn started(reply: &mut Reply, value: &[u8]) {
    reply.job.started = milliseconds(value);
}

fn ended(reply: &mut Reply, value: &[u8]) {
    reply.job.ended = milliseconds(value).or(reply.job.ended);
}

/// OpenAI's times are whole seconds.
fn milliseconds(value: &[u8]) -> Option<u64> {
    count(value)?.checked_mul(1000)
}
