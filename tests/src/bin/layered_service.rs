//! `layered-service MODE PROVIDER`: one small service in three modes, for comparisons from outside.
//!
//! * `bare` has no layer of ours at all;
//! * `layers` has all of them, and nobody calls `init!`;
//! * `init` has all of them and calls `init!`.
//!
//! It says where it listens and serves until its standard input is closed.

use std::convert::Infallible;
use std::error::Error;
use std::io::{self, Read};
use std::sync::Arc;
use std::time::Duration;
use std::{env, thread};

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use futures_util::stream;
use reqwest_middleware::{ClientBuilder, ClientWithMiddleware};
use serde_json::{Value, json};
use sqlx::sqlite::SqlitePoolOptions;
use telemetry_ai::{EndpointRule, Middleware, Provider};
use telemetry_core::emit;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

type Failure = Box<dyn Error>;

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [mode, provider] = arguments.as_slice() else {
        return Err("usage: layered-service bare|layers|init PROVIDER".into());
    };
    let telemetry = (mode == "init").then(|| telemetry_export::init!()).transpose()?;
    let runtime = tokio::runtime::Runtime::new()?;
    runtime.block_on(serve(mode != "bare", provider))?;
    drop(runtime);
    if let Some(telemetry) = telemetry {
        let report = telemetry.shutdown(Duration::from_secs(30));
        if !report.complete {
            return Err(format!("telemetry was not delivered: {}", report.ledger).into());
        }
    }
    Ok(())
}

async fn serve(layered: bool, provider: &str) -> Result<(), Failure> {
    let shop = Arc::new(Shop {
        items: Items::open(layered).await?,
        model: model(layered, provider)?,
        url: format!("{provider}/v1/chat/completions"),
    });
    let mut app = Router::new()
        .route("/items/{id}", get(item))
        .route("/ask", post(ask))
        .route("/stream", get(words))
        .route("/failure", get(async || StatusCode::INTERNAL_SERVER_ERROR))
        .with_state(shop);
    if layered {
        app = app.layer(telemetry_http::Layer::new());
    }
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("listening on http://{}", listener.local_addr()?);
    axum::serve(listener, app).with_graceful_shutdown(input_closed()).await?;
    Ok(())
}

/// What all handlers share.
struct Shop {
    items: Items,
    model: ClientWithMiddleware,
    url: String,
}

/// The database, with telemetry's stand-in for the pool or without.
enum Items {
    Bare(sqlx::SqlitePool),
    Layered(telemetry_db::sqlx::SqlitePool),
}

impl Items {
    async fn open(layered: bool) -> Result<Self, sqlx::Error> {
        // One connection that is never given up: a database in memory is gone with it.
        let options = SqlitePoolOptions::new().min_connections(1).max_connections(1);
        let pool = options.idle_timeout(None).max_lifetime(None).connect("sqlite::memory:").await?;
        sqlx::raw_sql(
            "CREATE TABLE items (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
             INSERT INTO items (name) VALUES ('anvil'), ('bellows');",
        )
        .execute(&pool)
        .await?;
        Ok(match layered {
            true => Self::Layered(telemetry_db::sqlx::SqlitePool::new(pool)),
            false => Self::Bare(pool),
        })
    }

    async fn name(&self, id: i64) -> Result<Option<String>, sqlx::Error> {
        let query = sqlx::query_scalar("SELECT name FROM items WHERE id = ?").bind(id);
        match self {
            Self::Bare(pool) => query.fetch_optional(pool).await,
            Self::Layered(pool) => query.fetch_optional(pool).await,
        }
    }
}

fn model(layered: bool, provider: &str) -> Result<ClientWithMiddleware, Failure> {
    let url = reqwest::Url::parse(provider)?;
    let mut client = ClientBuilder::new(reqwest::Client::builder().no_proxy().build()?);
    if layered {
        let rule = EndpointRule::host(url.host_str().unwrap_or_default().to_owned());
        let rule = url.port_or_known_default().into_iter().fold(rule, EndpointRule::port);
        let rule = rule.provider(Provider::OPENAI);
        client = client.with(Middleware::builder().endpoint(rule).propagate(true).build());
    }
    Ok(client.build())
}

async fn item(
    State(shop): State<Arc<Shop>>,
    Path(id): Path<i64>,
) -> Result<Json<Value>, StatusCode> {
    let name = shop.items.name(id).await.map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?;
    let name = name.ok_or(StatusCode::NOT_FOUND)?;
    emit!("item.shown", { shelf: 7 }, "item.name" = name.as_str());
    Ok(Json(json!({ "id": id, "name": name })))
}

async fn ask(
    State(shop): State<Arc<Shop>>,
    Json(question): Json<Value>,
) -> Result<String, StatusCode> {
    let asked = json!({ "model": "gpt-4o", "messages": [{ "role": "user", "content": question["question"] }] });
    let answer = async {
        let response =
            shop.model.post(&shop.url).bearer_auth("sk-of-the-tests").json(&asked).send();
        response.await?.json::<Value>().await.map_err(reqwest_middleware::Error::Reqwest)
    };
    let answer = answer.await.map_err(|_| StatusCode::BAD_GATEWAY)?;
    Ok(answer["choices"][0]["message"]["content"].to_string())
}

async fn words() -> Body {
    let words = ["one ", "two ", "three"].map(Ok::<_, Infallible>);
    Body::from_stream(stream::iter(words))
}

/// Completes when standard input is closed. It is read on a thread of its own: a runtime waits at its
/// end for reads that it has begun.
async fn input_closed() {
    let (closed, closing) = oneshot::channel::<()>();
    thread::spawn(move || {
        let mut discarded = [0; 64];
        while matches!(io::stdin().read(&mut discarded), Ok(read) if read > 0) {}
        drop(closed);
    });
    let _ = closing.await;
}
