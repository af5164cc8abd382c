//! Reading a response for what it says of the call.

use super::{Call, Observed};
use crate::stream::{Framing, Reading, Reply};

impl Call {
    /// Reads a piece of the body of a response, one JSON document: ids, models, usage, finish
    /// reasons and errors, never the answer itself. It is read as the call's provider writes it; as
    /// OpenAI does, if nothing else is known. The pieces may be cut anywhere; nothing is buffered.
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
        self.read(Framing::Json, piece);
    }

    /// Reads a piece of a streamed response, server-sent events. The pieces may be cut anywhere;
    /// nothing is buffered. The first event's time is kept, as by [`chunk`](Self::chunk).
    ///
    /// A stream that is not complete when the call [ends](Self::end) has failed, with
    /// `incomplete_stream`.
    ///
    /// ```
    /// use telemetry_ai::{Call, Operation, Provider};
    ///
    /// let mut call = Call::builder(Operation::CHAT, Provider::ANTHROPIC).streaming(true).start();
    /// call.read_events(b"data: {\"type\":\"message_delta\",\"usage\":{\"output_tokens\":15}}\n\n");
    /// call.read_events(b"data: {\"type\":\"message_stop\"}\n\n");
    /// call.end();
    /// ```
    pub fn read_events(&mut self, piece: &[u8]) {
        self.read(Framing::Events, piece);
    }

    /// Reads a piece of a streamed response, a JSON document on each line (NDJSON, as Ollama
    /// streams). The pieces may be cut anywhere; nothing is buffered.
    ///
    /// ```
    /// use telemetry_ai::{Call, Operation, Provider};
    ///
    /// let mut call = Call::builder(Operation::CHAT, Provider::OLLAMA).streaming(true).start();
    /// call.read_lines(b"{\"done\":true,\"prompt_eval_count\":26,\"eval_count\":298}\n");
    /// call.end();
    /// ```
    pub fn read_lines(&mut self, piece: &[u8]) {
        self.read(Framing::Lines, piece);
    }

    /// Reads a piece of a streamed response, the binary event stream of AWS. The pieces may be cut
    /// anywhere; nothing but headers of a few bytes is buffered.
    ///
    /// ```
    /// use telemetry_ai::{Call, Operation, Provider};
    ///
    /// # let piece: &[u8] = b"";
    /// let mut call = Call::builder(Operation::CHAT, Provider::AWS_BEDROCK).streaming(true).start();
    /// call.read_event_stream(piece);
    /// call.end();
    /// ```
    pub fn read_event_stream(&mut self, piece: &[u8]) {
        self.read(Framing::EventStream, piece);
    }

    /// Reads a piece of a body of this framing.
    pub(crate) fn read(&mut self, framing: Framing, piece: &[u8]) {
        if let Some(observed) = self.observed.as_deref_mut() {
            observed.read(framing, piece);
        }
    }
}

impl Observed {
    fn read(&mut self, framing: Framing, piece: &[u8]) {
        if self.reading.is_none() {
            self.reading = Reading::new(framing, self.wire.response).map(Box::new);
        }
        if let Some(recorded) = &mut self.recorded {
            recorded.response(piece);
        }
        let Some(reading) = &mut self.reading else {
            return;
        };
        let before = self.reply.chunks;
        reading.feed(piece, &mut self.reply);
        if let Reading::Document(scanner) = &**reading
            && self.about.request.stream
        {
            // Gemini also streams an array, whose elements are the chunks.
            self.reply.chunks = scanner.documents();
        }
        let new = self.reply.chunks.saturating_sub(before);
        if new > 0 && self.about.request.stream {
            self.chunks(new);
        }
    }

    /// So many chunks have arrived at once.
    pub(super) fn chunks(&mut self, count: u64) {
        let now = self.span.elapsed();
        let mut new = count;
        if self.first_chunk.is_none() {
            self.first_chunk = Some(now);
            new -= 1;
        }
        let before = self.last_chunk.replace(now);
        if new > 0 && self.about.request.stream {
            let elapsed = before.map_or(0.0, |before| now.saturating_sub(before).as_secs_f64());
            self.measure_chunks(elapsed, new);
        }
    }

    /// The body has ended in good order.
    pub(super) fn end_of_body(&mut self) {
        let Some(reading) = &mut self.reading else {
            return;
        };
        let before = self.reply.chunks;
        reading.finish(&mut self.reply);
        let streamed = reading.is_stream() || self.about.request.stream;
        if let Some(reason) = reading.unavailable() {
            self.unavailable = Some(reason);
        }
        self.reading = None;
        let new = self.reply.chunks.saturating_sub(before);
        if new > 0 && self.about.request.stream {
            self.chunks(new);
        }
        // A job or an error that isn't streamed is whole as it is.
        let whole = self.is_complete()
            || self.reply.job.state.is_some()
            || self.reply.error.is_some()
            || self.unavailable.is_some();
        if streamed && !whole {
            self.failure.get_or_insert("incomplete_stream".into());
        }
    }

    /// Whether the response has said that it is complete: a stream by its mark or its finish
    /// reasons, a document by its last brace, since its usage may come after the reasons.
    pub(super) fn is_complete(&self) -> bool {
        match self.reading.as_deref() {
            Some(Reading::Document(scanner)) if !self.about.request.stream => {
                scanner.documents() > 0
            }
            Some(_) => self.reply.was_complete(self.about.request.expected_choices()),
            None => self.reply.is_complete(self.about.request.expected_choices()),
        }
    }

    pub(super) fn reply(&mut self) -> &mut Reply {
        &mut self.reply
    }
}
