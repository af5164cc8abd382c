//! A client whose requests go nowhere: another middleware, further in, answers them.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
};

use reqwest_middleware::{ClientBuilder, ClientWithMiddleware, Next};
use telemetry_ai::{Middleware, MiddlewareBuilder};
use telemetry_core::testing::{Capture, CapturedSpan};

use crate::provider::plain_client;

/// An answer: status, headers, body.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    status: u16,
    headers: Vec<(&'static str, &'static str)>,
    body: String,
}

impl Answer {
    pub(crate) fn json(body: impl Into<String>) -> Self {
        Self { status: 200, headers: vec![("content-type", "application/json")], body: body.into() }
    }

    pub(crate) fn status(mut self, status: u16) -> Self {
        self.status = status;
        self
    }

    pub(crate) fn header(mut self, name: &'static str, value: &'static str) -> Self {
        self.headers.push((name, value));
        self
    }
}

/// Gives one answer after the other, and the last one to all that come later.
#[derive(Debug, Clone)]
struct StandIn(Arc<Mutex<VecDeque<Answer>>>);

#[async_trait::async_trait]
impl reqwest_middleware::Middleware for StandIn {
    async fn handle(
        &self,
        _: reqwest::Request,
        _: &mut http::Extensions,
        _: Next<'_>,
    ) -> reqwest_middleware::Result<reqwest::Response> {
        let Answer { status, headers, body } = {
            let mut answers = self.0.lock().unwrap();
            match answers.len() {
                1 => answers[0].clone(),
                _ => answers.pop_front().unwrap(),
            }
        };
        let response = http::Response::builder().status(status);
        let response =
            headers.iter().fold(response, |response, (name, value)| response.header(*name, *value));
        Ok(response.body(body).unwrap().into())
    }
}

/// A client of these settings, and who answers it.
pub(crate) fn client(
    builder: MiddlewareBuilder,
    answers: impl IntoIterator<Item = Answer>,
) -> ClientWithMiddleware {
    let stand_in = StandIn(Arc::new(Mutex::new(answers.into_iter().collect())));
    ClientBuilder::new(plain_client()).with(builder.build()).with(stand_in).build()
}

/// Sends one request, reads its answer, and gives what was recorded.
pub(crate) async fn recorded(
    builder: MiddlewareBuilder,
    method: &str,
    url: &str,
    body: &'static str,
    answer: Answer,
) -> (Capture, Vec<CapturedSpan>) {
    let capture = Capture::start();
    let client = client(builder, [answer]);
    capture.run_async(ask(&client, method, url, body)).await;
    let spans = capture.spans();
    (capture, spans)
}

/// Sends a request and reads its answer.
pub(crate) async fn ask(
    client: &ClientWithMiddleware,
    method: &str,
    url: &str,
    body: &'static str,
) {
    let request = client.request(method.parse().unwrap(), url).body(body);
    request.send().await.unwrap().bytes().await.unwrap();
}

/// A middleware without rules.
pub(crate) fn plain() -> MiddlewareBuilder {
    Middleware::builder()
}
