//! Reading a response for what it says of the call.

use super::{Call, Observed};
use crate::stream::{Events, Reply, Scanner};

/// What a response has been read as so far.
#[derive(Debug, Default)]
pub(super) enum Reading {
    #[default]
    Nothing,
    Document(Scanner),
    Stream(Events),
}

impl Call {
    /// Reads a piece of the body of a chat completion in OpenAI's format: ids, models, usage,
    /// finish reasons and errors, never the answer itself. The pieces may be cut anywhere; nothing
    /// is buffered.
    ///
    /// ```
    /// use telemetry_ai::{Call, Operation, Provider};
    ///
    /// let mut call = Call::builder(Operation::CHAT, Provider::VLLM).model("llama3.2").start();
    /// call.read_json(br#"{"model":"llama3.2","usage":{"prompt_tok"#);
    /// call.read_json(br#"ens":26,"completion_tokens":298}}"#);
    /// call.end();
    /// ```
    pub fn read_json(&mut self, piece: &[u8]) {
        let Some(observed) = self.observed.as_deref_mut() else {
            return;
        };
        if !matches!(observed.reading, Reading::Document(_)) {
            observed.reading = Reading::Document(Scanner::default());
        }
        observed.read(piece);
    }

    /// Reads a piece of a streamed chat completion in OpenAI's format, server-sent events. The
    /// pieces may be cut anywhere; nothing is buffered. The first event's time is kept, as by
    /// [`chunk`](Self::chunk).
    ///
    /// A stream that is not complete when the call [ends](Self::end) has failed, with
    /// `incomplete_stream`.
    pub fn read_events(&mut self, piece: &[u8]) {
        let Some(observed) = self.observed.as_deref_mut() else {
            return;
        };
        if !matches!(observed.reading, Reading::Stream(_)) {
            observed.reading = Reading::Stream(Events::default());
        }
        observed.read(piece);
        if observed.reply.chunks > 0 {
            self.chunk();
        }
    }
}

impl Observed {
    fn read(&mut self, piece: &[u8]) {
        match &mut self.reading {
            Reading::Nothing => {}
            Reading::Document(scanner) => scanner.feed(piece, &mut self.reply),
            Reading::Stream(events) => events.feed(piece, &mut self.reply),
        }
    }

    /// The body has ended in good order.
    pub(super) fn end_of_body(&mut self) {
        if let Reading::Stream(events) = &mut self.reading {
            events.finish(&mut self.reply);
            if self.first_chunk.is_none() && self.reply.chunks > 0 {
                self.first_chunk = Some(self.span.elapsed());
            }
            if !self.is_complete() {
                self.failure.get_or_insert("incomplete_stream".into());
            }
        }
    }

    /// Whether the response has said that it is complete.
    pub(super) fn is_complete(&self) -> bool {
        self.reply.is_complete(self.request.expected_choices())
    }

    pub(super) fn reply(&mut self) -> &mut Reply {
        &mut self.reply
    }
}
