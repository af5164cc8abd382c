use std::future::{Future, poll_fn};
use std::pin::pin;

use jsonrpsee_core::middleware::{Batch, Notification, Request, RpcServiceT};
use jsonrpsee_core::server::MethodResponse;

use crate::rpc::json::{Called, Calls};
use crate::rpc::methods::Methods;

/// A service whose calls are observed; made by [`Layer`](super::Layer).
#[derive(Clone, Debug)]
pub struct Service<S> {
    inner: S,
    methods: Methods,
}

impl<S> Service<S> {
    pub(super) fn new(inner: S, methods: Methods) -> Self {
        Self { inner, methods }
    }
}

impl<S> RpcServiceT for Service<S>
where
    S: RpcServiceT<MethodResponse = MethodResponse, BatchResponse = MethodResponse>
        + Clone
        + Send
        + Sync
        + 'static,
{
    type MethodResponse = MethodResponse;
    type NotificationResponse = S::NotificationResponse;
    type BatchResponse = MethodResponse;

    fn call<'a>(&self, request: Request<'a>) -> impl Future<Output = MethodResponse> + Send + 'a {
        let (inner, methods) = (self.inner.clone(), self.methods.clone());
        async move {
            let called = Called::new(&request.method, serde_json::to_string(&request.id).ok());
            let mut calls = Calls::of([called], &methods);
            // What isn't asynchronous is done here already.
            let answer = calls.in_scope(|| inner.call(request));
            let response = within(&mut calls, answer).await;
            calls.end_with(response.as_error_code().map(i64::from));
            response
        }
    }

    fn batch<'a>(&self, batch: Batch<'a>) -> impl Future<Output = MethodResponse> + Send + 'a {
        let (inner, methods) = (self.inner.clone(), self.methods.clone());
        async move {
            let called = batch.iter().flatten().map(|entry| {
                let id = match entry {
                    jsonrpsee_core::middleware::BatchEntry::Call(request) => {
                        serde_json::to_string(&request.id).ok()
                    }
                    jsonrpsee_core::middleware::BatchEntry::Notification(_) => None,
                };
                Called::new(entry.method_name(), id)
            });
            let mut calls = Calls::of(called.collect::<Vec<_>>(), &methods);
            let answer = calls.in_scope(|| inner.batch(batch));
            let response = within(&mut calls, answer).await;
            calls.read_whole(response.as_json().get().as_bytes());
            calls.end();
            response
        }
    }

    fn notification<'a>(
        &self,
        notification: Notification<'a>,
    ) -> impl Future<Output = Self::NotificationResponse> + Send + 'a {
        let (inner, methods) = (self.inner.clone(), self.methods.clone());
        async move {
            let mut calls = Calls::of([Called::new(&notification.method, None)], &methods);
            let answer = calls.in_scope(|| inner.notification(notification));
            let response = within(&mut calls, answer).await;
            calls.end();
            response
        }
    }
}

/// Polls `work` within the calls' span.
async fn within<F: Future>(calls: &mut Calls, work: F) -> F::Output {
    let mut work = pin!(work);
    poll_fn(|task| calls.in_scope(|| work.as_mut().poll(task))).await
}
