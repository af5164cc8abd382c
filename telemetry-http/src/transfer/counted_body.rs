use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, ready};

use bytes::Buf;
use http::Request;
use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;

pin_project! {
    /// The body of a request, whose bytes are counted as they are read.
    ///
    /// [`Layer`](crate::Layer) counts axum's and tonic's bodies itself. A body of another type, such as
    /// hyper's `Incoming`, it can't exchange for one that counts, since the service within expects that
    /// type; [`CountedBody::around`] does so before the layer, where the service takes any body:
    ///
    /// ```
    /// use http::{Request, Response};
    /// use telemetry_http::Layer;
    /// use telemetry_http::server::CountedBody;
    /// use tower::ServiceBuilder;
    ///
    /// # #[derive(Default)]
    /// # struct Incoming;
    /// async fn answer<B>(request: Request<B>) -> Result<Response<String>, std::io::Error> {
    ///     Ok(Response::new(request.uri().path().to_owned()))
    /// }
    ///
    /// let service = ServiceBuilder::new()
    ///     .map_request(CountedBody::around)
    ///     .layer(Layer::new())
    ///     .service_fn(answer::<CountedBody<String>>);
    /// # let _ = tower::Service::call(&mut { service }, Request::new(String::new()));
    /// ```
    #[derive(Debug)]
    pub struct CountedBody<B> {
        #[pin]
        inner: B,
        bytes: ByteCount,
    }
}

/// How many bytes of a body have passed: an extension of a request whose body is counted.
#[derive(Clone, Debug, Default)]
pub(crate) struct ByteCount(Arc<AtomicU64>);

impl<B> CountedBody<B> {
    /// The request with a body that is counted, which a [`Layer`](crate::Layer) further in takes note of.
    pub fn around(mut request: Request<B>) -> Request<Self> {
        let bytes = ByteCount::default();
        request.extensions_mut().insert(bytes.clone());
        request.map(|inner| Self { inner, bytes })
    }

    #[cfg(any(feature = "axum", feature = "tonic", feature = "reqwest"))]
    pub(crate) fn new(inner: B, bytes: ByteCount) -> Self {
        Self { inner, bytes }
    }
}

impl ByteCount {
    pub(crate) fn bytes(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

impl<B: Body> Body for CountedBody<B> {
    type Data = B::Data;
    type Error = B::Error;

    #[inline]
    fn poll_frame(
        self: Pin<&mut Self>,
        task: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        let this = self.project();
        let polled = ready!(this.inner.poll_frame(task));
        if let Some(Ok(frame)) = &polled
            && let Some(data) = frame.data_ref()
        {
            this.bytes.0.fetch_add(data.remaining() as u64, Ordering::Relaxed);
        }
        Poll::Ready(polled)
    }

    #[inline]
    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    #[inline]
    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}
