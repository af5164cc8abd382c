use std::{error::Error, fmt, io, time::Duration};

use axum::http::StatusCode;
use reqwest_middleware::{ClientBuilder, ClientWithMiddleware};
use telemetry_ai::{EndpointRule, Middleware, Provider};
use telemetry_core::testing::Capture;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
};

use crate::{
    assert_attribute,
    provider::{PATIENCE, PLAIN, REQUEST, Server, ask, only_span, plain_client},
};

/// The class that a call to any host, through such a client, is recorded with.
async fn class_of(client: &ClientWithMiddleware, url: &str) -> String {
    let capture = Capture::start();
    let error = capture.run_async(ask(client, url, REQUEST)).await.unwrap_err();
    let span = only_span(&capture);
    assert!(span.status.is_error(), "{error:?}: {span:?}");
    // What was never answered used nothing, and isn't counted as unpriced.
    assert_attribute!(span, "telemetry.gen_ai.cost.status", none);
    assert!(!format!("{span:?}").contains("secret"), "{span:?}");
    let class = span.attribute("error.type").unwrap().to_string();
    let labels = [("error.type", class.as_str())];
    let metrics = capture.metrics();
    assert_eq!(metrics.sum("telemetry.gen_ai.requests", &labels), 1.0, "{error:?}");
    let duration = metrics.histogram("gen_ai.client.inference.duration", &labels).unwrap();
    assert_eq!(duration.count(), 1, "{error:?}");
    class
}

fn observed() -> Middleware {
    let rule = EndpointRule::host("127.0.0.1").provider(Provider::OPENAI);
    Middleware::builder().endpoint(rule).build()
}

/// A server that says `answer` to whoever has asked, and closes the connection.
async fn raw_server(answer: &'static [u8]) -> (String, tokio::task::JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/v1/chat/completions?key=secret", listener.local_addr().unwrap());
    let task = tokio::spawn(async move {
        while let Ok((mut connection, _)) = listener.accept().await {
            let mut head = Vec::new();
            // To the end of the request, since closing before it would reset the connection.
            while !head.ends_with(REQUEST.as_bytes()) {
                if connection.read_buf(&mut head).await.unwrap_or(0) == 0 {
                    break;
                }
            }
            let _ = connection.write_all(answer).await;
        }
    });
    (url, task)
}

#[tokio::test]
async fn a_client_that_is_sent_in_circles_fails_by_its_redirects() {
    let server = Server::start(|request: axum::extract::Request| async move {
        let location = request.uri().path().to_owned();
        (StatusCode::TEMPORARY_REDIRECT, [("location", location)])
    })
    .await;
    let client = reqwest::Client::builder()
        .no_proxy()
        .timeout(PATIENCE)
        .redirect(reqwest::redirect::Policy::limited(3))
        .build()
        .unwrap();
    let client = ClientBuilder::new(client).with(observed()).build();
    assert_eq!(class_of(&client, &server.url()).await, "redirect");
}

#[tokio::test]
async fn a_request_that_the_client_will_not_send_is_an_invalid_one() {
    let picky = reqwest::Client::builder().no_proxy().https_only(true).build().unwrap();
    let client = ClientBuilder::new(picky).with(observed()).build();
    assert_eq!(
        class_of(&client, "http://127.0.0.1:9/v1/chat/completions").await,
        "invalid_request"
    );
}

#[tokio::test]
async fn a_connection_that_closes_before_an_answer_is_an_error_of_the_network() {
    for answer in [&b""[..], b"HTTP/1.1 2"] {
        let (url, task) = raw_server(answer).await;
        let client = ClientBuilder::new(plain_client()).with(observed()).build();
        let class = class_of(&client, &url).await;
        assert_eq!(class, "network_error", "{}", String::from_utf8_lossy(answer));
        task.abort();
    }
}

#[tokio::test]
async fn an_answer_shorter_than_it_said_is_an_error_of_the_network() {
    let (url, task) = raw_server(
        b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 9000\r\n\r\n{\"id\"",
    )
    .await;
    let client = ClientBuilder::new(plain_client()).with(observed()).build();
    let capture = Capture::start();
    let read = capture.run_async(async {
        let response = ask(&client, &url, REQUEST).await.unwrap();
        tokio::time::timeout(PATIENCE, response.bytes()).await.unwrap()
    });
    assert!(read.await.is_err());
    assert_attribute!(only_span(&capture), "error.type", "network_error");
    task.abort();
}

/// Another middleware, further in, that fails in a way of its own.
struct Inner(Failure);

#[derive(Debug, Clone, Copy)]
enum Failure {
    /// The answer isn't what it wants.
    Decode,
    /// It gives the client's error another name.
    Wrapped,
    /// As one that tries again wraps what another one returned.
    WrappedTwice,
    /// It has nothing to do with the client.
    Own(io::ErrorKind),
    Unknown,
}

#[derive(Debug)]
struct Named(&'static str, Option<Box<dyn Error + Send + Sync>>);

impl fmt::Display for Named {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.0)
    }
}

impl Error for Named {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.1.as_deref().map(|source| source as _)
    }
}

#[async_trait::async_trait]
impl reqwest_middleware::Middleware for Inner {
    async fn handle(
        &self,
        request: reqwest::Request,
        extensions: &mut http::Extensions,
        next: reqwest_middleware::Next<'_>,
    ) -> reqwest_middleware::Result<reqwest::Response> {
        use reqwest_middleware::Error;
        let named = |cause| Error::middleware(Named("secret", cause));
        let answered = next.run(request, extensions).await;
        match self.0 {
            Failure::Decode => Err(answered?.json::<Vec<u8>>().await.unwrap_err().into()),
            Failure::Wrapped => {
                let Err(Error::Reqwest(error)) = answered else { return answered };
                Err(named(Some(Box::new(error))))
            }
            Failure::WrappedTwice => {
                let Err(error) = answered else { return answered };
                Err(named(Some(Box::new(error))))
            }
            Failure::Own(kind) => Err(named(Some(Box::new(io::Error::from(kind))))),
            Failure::Unknown => Err(named(None)),
        }
    }
}

#[tokio::test]
async fn what_another_middleware_makes_of_an_error_keeps_its_class() {
    let answering = Server::of_json(PLAIN).await;
    let circling = Server::start(|request: axum::extract::Request| async move {
        let location = request.uri().path().to_owned();
        (StatusCode::TEMPORARY_REDIRECT, [("location", location)])
    })
    .await;
    let silent = Server::start(|_| std::future::pending::<StatusCode>()).await;
    let impatient = reqwest::Client::builder().no_proxy().timeout(Duration::from_millis(50));
    let impatient = impatient.build().unwrap();
    for (server, failures, expected) in [
        (&answering, &[Failure::Decode][..], "decode"),
        (&circling, &[Failure::Wrapped], "redirect"),
        (&circling, &[Failure::WrappedTwice], "redirect"),
        (&circling, &[Failure::WrappedTwice, Failure::Wrapped], "redirect"),
        (&answering, &[Failure::Own(io::ErrorKind::TimedOut)], "timeout"),
        (&answering, &[Failure::Unknown], "_OTHER"),
    ] {
        let built = ClientBuilder::new(plain_client()).with(observed());
        let client = failures.iter().fold(built, |built, failure| built.with(Inner(*failure)));
        assert_eq!(class_of(&client.build(), &server.url()).await, expected, "{failures:?}");
    }
    let client = ClientBuilder::new(impatient).with(observed()).with(Inner(Failure::Wrapped));
    assert_eq!(class_of(&client.build(), &silent.url()).await, "timeout");
}

#[tokio::test]
async fn a_middleware_of_ones_own_may_stand_in_for_the_provider() {
    /// Answers by itself, as a cache does.
    struct Cache;

    #[async_trait::async_trait]
    impl reqwest_middleware::Middleware for Cache {
        async fn handle(
            &self,
            _: reqwest::Request,
            _: &mut http::Extensions,
            _: reqwest_middleware::Next<'_>,
        ) -> reqwest_middleware::Result<reqwest::Response> {
            let response = http::Response::builder().header("content-type", "application/json");
            Ok(response.body(PLAIN).unwrap().into())
        }
    }
    let client = ClientBuilder::new(plain_client()).with(Middleware::default()).with(Cache).build();
    let capture = Capture::start();
    let url = "https://api.openai.com/v1/chat/completions";
    let response = capture.run_async(ask(&client, url, REQUEST)).await.unwrap();
    assert_eq!(response.text().await.unwrap(), PLAIN);
    assert_attribute!(only_span(&capture), "gen_ai.usage.cost.amount", 0.005_615);
}
