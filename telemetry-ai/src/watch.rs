//! A look at a job.

use crate::{
    Jobs,
    provider::{HeaderLookup, Step, Target},
    stream::{Framing, Reading, Reply},
};

/// A request that asks after a job under way: what its response says goes to the job.
///
/// It has no span of its own, and no usage is counted for it: a job is one operation.
#[derive(Debug)]
pub(crate) struct Watch {
    target: Target,
    id: String,
    jobs: Option<Jobs>,
    reading: Option<Reading>,
    reply: Reply,
}

impl Watch {
    pub(crate) fn new(target: Target, id: String, jobs: Jobs) -> Self {
        Self { target, id, jobs: Some(jobs), reading: None, reply: Reply::default() }
    }

    /// Whether the response has a document on each line.
    pub(crate) fn expects_lines(&self) -> bool {
        self.target.lines
    }

    /// Takes over what status and headers say.
    pub(crate) fn headers(&mut self, status: u16, headers: HeaderLookup<'_>) {
        let protocol = self.target.wire.protocol;
        protocol.headers(headers, &mut self.reply);
        protocol.status(&Step::Poll(String::new()), status, &mut self.reply);
        self.reply.take_stated(&self.target.stated, headers);
    }

    /// Reads a piece of the body.
    pub(crate) fn read(&mut self, framing: Framing, piece: &[u8]) {
        if self.reading.is_none() {
            self.reading = Reading::new(framing, self.target.wire.response);
        }
        if let Some(reading) = &mut self.reading {
            reading.feed(piece, &mut self.reply);
        }
    }

    /// The body has ended; later calls do nothing.
    pub(crate) fn complete(&mut self) {
        let Some(jobs) = self.jobs.take() else {
            return;
        };
        if let Some(reading) = &mut self.reading {
            reading.finish(&mut self.reply);
        }
        jobs.told(&self.target.provider, &self.id, std::mem::take(&mut self.reply));
    }
}
