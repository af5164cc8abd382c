//! Prompts and answers, for those who want them recorded.

use std::{
    borrow::Cow,
    fmt,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use telemetry_core::{Context, Event, Severity, redact, semconv::gen_ai};

use crate::{Operation, Provider, SCOPE, names};

/// Runs of base64 that are longer are pictures or sound, and are left out.
const LONGEST_RUN: usize = 512;

type Redactor = dyn Fn(&str) -> String + Send + Sync;

/// That prompts and answers are recorded, and how much of them.
///
/// Off by default: what users write and models answer is nobody's business but theirs. Turned on,
/// each call emits the conventions' event `gen_ai.client.inference.operation.details` beneath its
/// span, with the bodies of request and response as they passed, each cut to a bound, with long
/// runs of base64 left out, and redacted: always of what looks like a secret, and by a function of
/// the application's if there is one. A redactor that panics withholds the text. Bodies of requests
/// that are streamed or sent through the [`tower`](crate::tower) layer are not recorded.
///
/// The bodies stand under names of this crate's, `telemetry.gen_ai.request.body` and
/// `telemetry.gen_ai.response.body`: they are the provider's own JSON, not the conventions'
/// messages.
///
/// ```
/// use telemetry_ai::{Content, Middleware};
///
/// let middleware = Middleware::builder()
///     .content(Content::up_to(4_096).redacted_by(|text| text.replace("ACME", "[customer]")))
///     .build();
/// # let _ = middleware;
/// ```
#[derive(Clone)]
pub struct Content {
    most_bytes: usize,
    redactor: Option<Arc<Redactor>>,
}

impl Content {
    /// Records at most so many bytes of each body; at most 16 KiB.
    #[must_use]
    pub fn up_to(most_bytes: usize) -> Self {
        Self { most_bytes: most_bytes.min(16 * 1024), redactor: None }
    }

    /// Also redacts each text by this function, before anything is recorded.
    #[must_use]
    pub fn redacted_by(
        mut self,
        redactor: impl Fn(&str) -> String + Send + Sync + 'static,
    ) -> Self {
        self.redactor = Some(Arc::new(redactor));
        self
    }

    /// What is recorded of a body, of which there may have been more.
    fn text(&self, body: &[u8], cut: bool) -> String {
        let text = String::from_utf8_lossy(body);
        let text = without_long_runs(if cut { whole_words(&text) } else { &text });
        let text = match &self.redactor {
            None => text,
            Some(redactor) => {
                let redacted = catch_unwind(AssertUnwindSafe(|| redactor(&text)));
                Cow::Owned(
                    redacted.unwrap_or_else(|_| "[withheld: the redactor panicked]".to_owned()),
                )
            }
        };
        redact::text(&text, self.most_bytes).into_owned()
    }
}

impl fmt::Debug for Content {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Content")
            .field("most_bytes", &self.most_bytes)
            .finish_non_exhaustive()
    }
}

/// What has passed of one call.
#[derive(Debug)]
pub(crate) struct Recorded {
    content: Content,
    request: Kept,
    response: Kept,
}

/// The beginning of a body.
#[derive(Debug, Default)]
struct Kept {
    bytes: Vec<u8>,
    /// There was more.
    cut: bool,
}

impl Kept {
    fn take(&mut self, piece: &[u8], most: usize) {
        let room = most.saturating_sub(self.bytes.len());
        self.bytes.extend_from_slice(&piece[..piece.len().min(room)]);
        self.cut |= piece.len() > room;
    }
}

impl Recorded {
    pub(crate) fn new(content: &Content, request: &[u8]) -> Self {
        let mut kept = Kept::default();
        kept.take(request, content.most_bytes);
        Self { content: content.clone(), request: kept, response: Kept::default() }
    }

    /// A piece of the response has passed.
    pub(crate) fn response(&mut self, piece: &[u8]) {
        self.response.take(piece, self.content.most_bytes);
    }

    /// Emits what was recorded.
    pub(crate) fn emit(&self, context: &Context, operation: &Operation, provider: &Provider) {
        let text = |body: &Kept| {
            (!body.bytes.is_empty()).then(|| self.content.text(&body.bytes, body.cut))
        };
        Event::new(&SCOPE, names::DETAILS_EVENT)
            .severity(Severity::Info)
            .attribute(gen_ai::OPERATION_NAME, operation.as_str())
            .attribute(gen_ai::PROVIDER_NAME, provider.as_str())
            .attribute(names::REQUEST_BODY, text(&self.request).as_deref())
            .attribute(names::RESPONSE_BODY, text(&self.response).as_deref())
            .context(context)
            .emit();
    }
}

/// The text up to where its last word begins: what was cut in two may be a secret that half of it doesn't
/// look like any more.
fn whole_words(text: &str) -> &str {
    let ends_word = |sign: char| sign.is_whitespace() || matches!(sign, '"' | ',');
    text.rfind(ends_word).map_or("", |end| &text[..end])
}

/// The text with long runs of base64 told by their length.
fn without_long_runs(text: &str) -> Cow<'_, str> {
    let is_base64 = |byte: &u8| {
        byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=' | b'-' | b'_')
    };
    let bytes = text.as_bytes();
    let mut shortened = String::new();
    let (mut at, mut copied) = (0, 0);
    while at < bytes.len() {
        let run = bytes[at..].iter().take_while(|byte| is_base64(byte)).count();
        if run > LONGEST_RUN {
            shortened.push_str(&text[copied..at]);
            shortened.push_str(&format!("[{run} characters of base64]"));
            copied = at + run;
        }
        at += run.max(1);
    }
    if copied == 0 {
        return Cow::Borrowed(text);
    }
    shortened.push_str(&text[copied..]);
    Cow::Owned(shortened)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_are_told_by_their_length() {
        let text = format!("é {{\"image\":\"{}\"}} ü", "A".repeat(600));
        assert_eq!(without_long_runs(&text), "é {\"image\":\"[600 characters of base64]\"} ü");
        assert!(matches!(without_long_runs("short"), Cow::Borrowed(_)));
    }

    #[test]
    fn a_redactor_that_panics_withholds_the_text() {
        let content = Content::up_to(100).redacted_by(|_| panic!("the application's own"));
        assert!(!content.text(b"secret", false).contains("secret"));
    }
}
