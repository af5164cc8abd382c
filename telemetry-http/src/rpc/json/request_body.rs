use std::collections::VecDeque;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::HeaderMap;
use http_body::{Frame, SizeHint};

/// The body of an observed request: what was read of it, then the rest. It is the same body as before.
#[derive(Debug)]
pub struct RequestBody<B: http_body::Body> {
    read: VecDeque<Bytes>,
    /// What came after the data.
    trailers: Option<HeaderMap>,
    failed: Option<B::Error>,
    rest: Option<B>,
}

impl<B: http_body::Body<Data = Bytes>> RequestBody<B> {
    /// A body of which nothing was read.
    pub(super) fn unread(body: B) -> Self {
        Self { read: VecDeque::new(), trailers: None, failed: None, rest: Some(body) }
    }

    /// Reads on until the body's end, its error, or beyond `most` bytes; whether that was the end.
    pub(super) fn poll_read(&mut self, task: &mut Context<'_>, most: usize) -> Poll<bool>
    where
        B: Unpin,
    {
        while let Some(rest) = &mut self.rest {
            let polled = std::task::ready!(Pin::new(rest).poll_frame(task));
            match polled {
                None => self.rest = None,
                Some(Err(error)) => {
                    (self.failed, self.rest) = (Some(error), None);
                    return Poll::Ready(false);
                }
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(data) => {
                        self.read.push_back(data);
                        if self.length() > most {
                            return Poll::Ready(false);
                        }
                    }
                    Err(frame) => self.trailers = frame.into_trailers().ok(),
                },
            }
        }
        Poll::Ready(true)
    }

    /// Runs `look` with what was read, in one piece.
    pub(super) fn with_read<R>(&mut self, look: impl FnOnce(&[u8]) -> R) -> R {
        match self.read.len() {
            0 => look(&[]),
            1 => look(self.read.front().map_or(&[], |only| &**only)),
            _ => look(&self.read.iter().flat_map(|part| part.iter().copied()).collect::<Vec<u8>>()),
        }
    }

    /// Whether all of it was read.
    pub(super) fn is_whole(&self) -> bool {
        self.rest.is_none() && self.failed.is_none()
    }

    fn length(&self) -> usize {
        self.read.iter().map(Bytes::len).sum()
    }
}

impl<B> http_body::Body for RequestBody<B>
where
    B: http_body::Body<Data = Bytes> + Unpin,
    B::Error: Unpin,
{
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        task: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        if let Some(data) = self.read.pop_front() {
            return Poll::Ready(Some(Ok(Frame::data(data))));
        }
        if let Some(error) = self.failed.take() {
            return Poll::Ready(Some(Err(error)));
        }
        if let Some(rest) = &mut self.rest {
            return Pin::new(rest).poll_frame(task);
        }
        Poll::Ready(self.trailers.take().map(|trailers| Ok(Frame::trailers(trailers))))
    }

    fn is_end_stream(&self) -> bool {
        let is_over = self.rest.as_ref().is_none_or(http_body::Body::is_end_stream);
        self.read.is_empty() && self.failed.is_none() && self.trailers.is_none() && is_over
    }

    fn size_hint(&self) -> SizeHint {
        let read = self.length() as u64;
        let rest = match &self.rest {
            Some(rest) => rest.size_hint(),
            // An error says nothing of what would have come.
            None if self.failed.is_some() => SizeHint::default(),
            None => SizeHint::with_exact(0),
        };
        let mut hint = SizeHint::new();
        hint.set_lower(rest.lower().saturating_add(read));
        if let Some(upper) = rest.upper().and_then(|upper| upper.checked_add(read)) {
            hint.set_upper(upper);
        }
        hint
    }
}
