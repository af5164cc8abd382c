//! [`Events`]: a streamed answer, read word by word.

use std::collections::VecDeque;

use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use reqwest::Response;
use serde_json::Value;

use super::model::ModelError;

/// A streamed answer.
pub(super) struct Events {
    body: BoxStream<'static, reqwest::Result<Bytes>>,
    line: Vec<u8>,
    words: VecDeque<String>,
}

impl Events {
    /// The events of this response.
    pub(super) fn of(response: Response) -> Self {
        Self { body: response.bytes_stream().boxed(), line: Vec::new(), words: VecDeque::new() }
    }

    /// The next words; none at the end.
    pub(super) async fn next(&mut self) -> Result<Option<String>, ModelError> {
        loop {
            if let Some(words) = self.words.pop_front() {
                return Ok(Some(words));
            }
            match self.body.next().await {
                Some(chunk) => self.read(&chunk?),
                None => return Ok(None),
            }
        }
    }

    /// Takes all whole lines; an event may come in several chunks, and a chunk hold several events.
    fn read(&mut self, chunk: &[u8]) {
        for piece in chunk.split_inclusive(|byte| *byte == b'\n') {
            self.line.extend_from_slice(piece);
            if piece.ends_with(b"\n") {
                self.words.extend(words(&self.line));
                self.line.clear();
            }
        }
    }
}

/// The words of one line, if it has any.
fn words(line: &[u8]) -> Option<String> {
    let data = line.strip_prefix(b"data: ")?;
    let chunk: Value = serde_json::from_slice(data).ok()?;
    let words = chunk["choices"][0]["delta"]["content"].as_str()?;
    (!words.is_empty()).then(|| words.to_owned())
}
