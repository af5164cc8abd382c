//! The demo's request over TCP: an axum service that asks its SQLite database twice and a model once, with
//! everything on, as a share of one without telemetry.

use std::net::SocketAddr;
use std::thread;
use std::time::Duration;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::get;
use reqwest::{Client, Url};
use reqwest_middleware::{ClientBuilder, ClientWithMiddleware};
use serde_json::{Value, json};
use telemetry_ai::{EndpointRule, Provider};
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};

use crate::caller::Caller;
use crate::case::{Case, Comparison, Cores, Load, Peer, Subject};
use crate::destination::Nowhere;
use crate::failure::Failure;
use crate::ours::Ours;
use crate::provider;
use crate::tally::Shape;

pub(in crate::cases) const CASE: Case = Case {
    area: "core",
    name: "demo_request",
    comparison: Comparison::Share,
    cores: Cores::One,
    load: Load { burst: 16, interval: Duration::from_millis(25), warm_up: 40, bursts: 80 },
    ours,
    peers: &[
        Peer::new(Case::BARE, bare).expected(1.02),
        Peer::new(Case::UNINITIALISED, uninitialised),
    ],
};

/// The request, two queries and the call.
const SHAPE: Shape = Shape::spans(4, 6).and_metric("http.server.request.duration");

fn ours() -> Result<Subject, Failure> {
    let destination = Ours::install(SHAPE)?;
    let mut service = observed()?;
    Ok(Subject::of_timed_bursts(move |requests| service.burst(requests), destination))
}

/// All layers where telemetry was never started: they pass everything through.
fn uninitialised() -> Result<Subject, Failure> {
    let mut service = observed()?;
    Ok(Subject::of_timed_bursts(move |requests| service.burst(requests), Nowhere))
}

fn observed() -> Result<Service, Failure> {
    use telemetry_db::sqlx::SqlitePool;
    let model = provider::Provider::start()?;
    let runtime = runtime()?;
    let url: Url = format!("http://{}/", model.address()).parse()?;
    let rule = EndpointRule::host("127.0.0.1").provider(Provider::OPENAI);
    let rule = url.port().into_iter().fold(rule, EndpointRule::port);
    let middleware = telemetry_ai::Middleware::builder().endpoint(rule).build();
    let desk = Desk {
        pool: SqlitePool::from(runtime.block_on(database())?),
        client: ClientBuilder::new(Client::builder().no_proxy().build()?).with(middleware).build(),
        url: format!("{url}v1/chat/completions"),
    };
    let app = Router::new().route("/customers/{id}/reply", get(reply_observed)).with_state(desk);
    Service::start(runtime, app.layer(telemetry_http::Layer::new()), model)
}

fn bare() -> Result<Subject, Failure> {
    let model = provider::Provider::start()?;
    let runtime = runtime()?;
    let desk = Desk {
        pool: runtime.block_on(database())?,
        client: ClientBuilder::new(Client::builder().no_proxy().build()?).build(),
        url: format!("http://{}/v1/chat/completions", model.address()),
    };
    let app = Router::new().route("/customers/{id}/reply", get(reply)).with_state(desk);
    let mut service = Service::start(runtime, app, model)?;
    Ok(Subject::of_timed_bursts(move |requests| service.burst(requests), Nowhere))
}

fn runtime() -> Result<Runtime, Failure> {
    Ok(Builder::new_current_thread().enable_all().build()?)
}

/// What a handler has.
#[derive(Clone, Debug)]
struct Desk<P> {
    pool: P,
    client: ClientWithMiddleware,
    url: String,
}

/// A hundred customers with ten tickets each, in memory.
async fn database() -> Result<sqlx::SqlitePool, Failure> {
    let options = sqlx::sqlite::SqlitePoolOptions::new().max_connections(1);
    let pool = options.connect("sqlite::memory:").await?;
    sqlx::raw_sql(
        "CREATE TABLE customers (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
         CREATE TABLE tickets (id INTEGER PRIMARY KEY, customer_id INTEGER NOT NULL, subject TEXT NOT NULL);
         CREATE INDEX tickets_of_customer ON tickets (customer_id);
         WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 99)
             INSERT INTO customers SELECT i, 'customer ' || i FROM n;
         WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 999)
             INSERT INTO tickets SELECT i, i % 100, 'subject of ticket ' || i FROM n;",
    )
    .execute(&pool)
    .await?;
    Ok(pool)
}

const CUSTOMER: &str = "SELECT name FROM customers WHERE id = ?";
const TICKETS: &str = "SELECT id, subject FROM tickets WHERE customer_id = ? ORDER BY id";

/// Both handlers, which differ in the pool's type and nothing else.
macro_rules! handler {
    ($name:ident, $pool:ty) => {
        async fn $name(
            State(desk): State<Desk<$pool>>,
            Path(id): Path<i64>,
        ) -> Result<String, StatusCode> {
            let failed = |_| StatusCode::INTERNAL_SERVER_ERROR;
            let customer: String = sqlx::query_scalar(CUSTOMER)
                .bind(id)
                .fetch_one(&desk.pool)
                .await
                .map_err(failed)?;
            let tickets: Vec<(i64, String)> =
                sqlx::query_as(TICKETS).bind(id).fetch_all(&desk.pool).await.map_err(failed)?;
            ask(&desk.client, &desk.url, &customer, &tickets).await.ok_or(StatusCode::BAD_GATEWAY)
        }
    };
}

handler!(reply, sqlx::SqlitePool);
handler!(reply_observed, telemetry_db::sqlx::SqlitePool);

async fn ask(
    client: &ClientWithMiddleware,
    url: &str,
    customer: &str,
    tickets: &[(i64, String)],
) -> Option<String> {
    let question = json!({
        "model": "gpt-4o",
        "messages": [{ "role": "user", "content": format!("{customer}: {tickets:?}") }],
        "max_completion_tokens": 1_000,
    });
    let request = client.post(url).header("content-type", "application/json");
    let response = request.body(question.to_string()).send().await.ok()?;
    let answer: Value = serde_json::from_slice(&response.bytes().await.ok()?).ok()?;
    answer["choices"][0]["message"]["content"].as_str().map(str::to_owned)
}

/// The service on a thread of its own, and who calls it.
#[derive(Debug)]
struct Service {
    caller: Caller,
    _model: provider::Provider,
}

impl Service {
    fn start(runtime: Runtime, app: Router, model: provider::Provider) -> Result<Self, Failure> {
        let listener =
            runtime.block_on(TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))))?;
        let address = listener.local_addr()?;
        // It serves for as long as the process lives.
        let serve = move || runtime.block_on(async { axum::serve(listener, app).await });
        thread::Builder::new().name("demo".to_owned()).spawn(serve)?;
        Ok(Self { caller: Caller::start(address, "/customers/17/reply")?, _model: model })
    }

    fn burst(&mut self, requests: u64) -> Option<Duration> {
        self.caller.call(requests)
    }
}
