//! A service on axum, sqlx and an AI provider, without telemetry. `after/main.rs` is the same one
//! with it.
//!
//! `PORT` is where it listens, 3000 unless set; `AI_URL` where the provider is, by default
//! `demo-provider` of this package.

use std::env;
use std::error::Error;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use reqwest::Client;
use serde_json::{Value, json};
use sqlx::SqlitePool;
use tokio::net::TcpListener;

#[derive(Clone)]
struct Desk {
    db: SqlitePool,
    ai: Client,
    ai_url: String,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let db = SqlitePool::connect("sqlite::memory:").await?;
    sqlx::raw_sql(
        "CREATE TABLE tickets (id INTEGER PRIMARY KEY, subject TEXT NOT NULL, reply TEXT)",
    )
    .execute(&db)
    .await?;
    sqlx::query("INSERT INTO tickets (subject) VALUES ('The printer is on fire')")
        .execute(&db)
        .await?;
    let ai = Client::new();
    let ai_url = env::var("AI_URL").unwrap_or_else(|_| "http://127.0.0.1:8081".to_owned());
    let app = Router::new()
        .route("/tickets/{id}", get(ticket))
        .route("/tickets/{id}/reply", post(reply))
        .with_state(Desk { db, ai, ai_url });
    let port = env::var("PORT").unwrap_or_else(|_| "3000".to_owned());
    let listener = TcpListener::bind(("127.0.0.1", port.parse()?)).await?;
    println!("listening on http://{}", listener.local_addr()?);
    axum::serve(listener, app).await?;
    Ok(())
}

async fn ticket(State(desk): State<Desk>, Path(id): Path<i64>) -> Result<Json<Value>, Failure> {
    let (subject, reply): (String, Option<String>) =
        sqlx::query_as("SELECT subject, reply FROM tickets WHERE id = ?")
            .bind(id)
            .fetch_one(&desk.db)
            .await?;
    Ok(Json(json!({ "subject": subject, "reply": reply })))
}

async fn reply(State(desk): State<Desk>, Path(id): Path<i64>) -> Result<Json<Value>, Failure> {
    let subject: String = sqlx::query_scalar("SELECT subject FROM tickets WHERE id = ?")
        .bind(id)
        .fetch_one(&desk.db)
        .await?;
    let question = json!({
        "model": "gpt-4o-mini",
        "messages": [{ "role": "user", "content": format!("Answer this ticket: {subject}") }],
    });
    let request = desk.ai.post(format!("{}/v1/chat/completions", desk.ai_url));
    let response = request.bearer_auth("a-key").json(&question).send().await?;
    let answer: Value = response.error_for_status()?.json().await?;
    let reply = answer["choices"][0]["message"]["content"].as_str();
    sqlx::query("UPDATE tickets SET reply = ? WHERE id = ?")
        .bind(reply)
        .bind(id)
        .execute(&desk.db)
        .await?;
    Ok(Json(json!({ "reply": reply })))
}

/// Any error at all: not found where a row is missing, else the service's own fault.
struct Failure(Box<dyn Error>);

impl<E: Into<Box<dyn Error>>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        match self.0.downcast_ref() {
            Some(sqlx::Error::RowNotFound) => StatusCode::NOT_FOUND.into_response(),
            _ => (StatusCode::INTERNAL_SERVER_ERROR, "something went wrong").into_response(),
        }
    }
}
