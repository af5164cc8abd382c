//! [`Counts`]: what the service counts by itself, so that telemetry can be checked against it.
//!
//! A middleware around everything else, the telemetry layer included. It shares no code with
//! telemetry.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use axum::body::Body;
use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use bytes::Bytes;
use http_body::{Body as _, Frame, SizeHint};

use crate::demo::message::{ServiceCounts, ServiceRoute};

/// The counts, by route. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub(super) struct Counts {
    routes: Arc<Mutex<BTreeMap<String, Arc<RouteCounts>>>>,
}

#[derive(Debug, Default)]
struct RouteCounts {
    started: AtomicU64,
    ended: AtomicU64,
    cut_short: AtomicU64,
    answered: Mutex<BTreeMap<u16, u64>>,
}

impl Counts {
    /// The counts at this moment.
    pub(super) fn read(&self) -> ServiceCounts {
        let routes = self.routes.lock().unwrap_or_else(PoisonError::into_inner);
        let read = |counts: &RouteCounts| ServiceRoute {
            // Ended first, so that a request which ends meanwhile is never ended without having
            // started.
            ended: counts.ended.load(Ordering::Acquire),
            started: counts.started.load(Ordering::Acquire),
            answered: counts.answered.lock().unwrap_or_else(PoisonError::into_inner).clone(),
            cut_short: counts.cut_short.load(Ordering::Acquire),
        };
        let rows = routes.iter().map(|(route, counts)| (route.clone(), read(counts)));
        ServiceCounts { routes: rows.collect() }
    }

    fn of(&self, request: &Request) -> Arc<RouteCounts> {
        let route = request.extensions().get::<MatchedPath>();
        let route = route.map_or("(no route)", MatchedPath::as_str);
        let mut routes = self.routes.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(routes.entry(format!("{} {route}", request.method())).or_default())
    }
}

/// Counts a request in, and out when its answer is complete or dropped.
pub(super) async fn count(State(counts): State<Counts>, request: Request, next: Next) -> Response {
    let mut under_way = UnderWay::start(counts.of(&request));
    let response = next.run(request).await;
    let (head, body) = response.into_parts();
    under_way.status = head.status.as_u16();
    under_way.complete = body.is_end_stream();
    Response::from_parts(head, Body::new(Counted { body, under_way }))
}

/// One request, until it is dropped.
struct UnderWay {
    counts: Arc<RouteCounts>,
    status: u16,
    complete: bool,
}

impl UnderWay {
    fn start(counts: Arc<RouteCounts>) -> Self {
        counts.started.fetch_add(1, Ordering::AcqRel);
        Self { counts, status: 0, complete: false }
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        if self.complete {
            let mut answered = self.counts.answered.lock().unwrap_or_else(PoisonError::into_inner);
            *answered.entry(self.status).or_default() += 1;
        } else {
            self.counts.cut_short.fetch_add(1, Ordering::AcqRel);
        }
        self.counts.ended.fetch_add(1, Ordering::AcqRel);
    }
}

/// A body that knows whether it was given in full.
struct Counted {
    body: Body,
    under_way: UnderWay,
}

impl http_body::Body for Counted {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        task: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let polled = Pin::new(&mut self.body).poll_frame(task);
        // A body of known length isn't polled again after its last byte.
        let at_its_end = matches!(polled, Poll::Ready(None)) || self.body.is_end_stream();
        self.under_way.complete |= at_its_end;
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
