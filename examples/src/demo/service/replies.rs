//! Replies, written by the model and streamed to the client while it writes.

use axum::body::Body;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use serde_json::json;
use telemetry_core::{Context, ContextExt};

use super::desk::Desk;
use super::failure::Failure;
use super::sse::Events;

/// What the model is told before every question.
const INSTRUCTIONS: &str = "You answer for a support desk: kind, brief, and never guessing.";

/// `POST /tickets/{id}/reply`: reads the ticket, asks the model, passes its words on, and keeps
/// them at the end.
pub(super) async fn reply(
    State(desk): State<Desk>,
    Path(ticket): Path<i64>,
) -> Result<Response, Failure> {
    let found: Option<(String, String, String)> = sqlx::query_as(
        "SELECT tickets.subject, customers.name, customers.plan FROM tickets \
         JOIN customers ON customers.id = tickets.customer_id WHERE tickets.id = ?",
    )
    .bind(ticket)
    .fetch_optional(&desk.db)
    .await?;
    let (subject, customer, plan) = found.ok_or(Failure::NotFound("ticket"))?;
    let conversation = [
        json!({ "role": "system", "content": INSTRUCTIONS }),
        json!({ "role": "user", "content": format!("{customer} ({plan}) writes: {subject}") }),
    ];
    let words = desk.model.stream(&conversation).await?;
    let draft = Draft { desk, ticket, words, text: String::new() };
    // The body outlives this function, and is polled by the server. Its steps belong to this
    // request.
    let context = Context::current();
    let body = stream::try_unfold(draft, move |draft| draft.step().in_context(context.clone()));
    Ok(([("content-type", "text/plain; charset=utf-8")], Body::from_stream(body)).into_response())
}

/// A reply while it is written. A client that leaves drops it, and nothing is kept.
struct Draft {
    desk: Desk,
    ticket: i64,
    words: Events,
    text: String,
}

impl Draft {
    /// Passes on the next words, or keeps the reply when there are no more.
    async fn step(
        mut self,
    ) -> Result<Option<(String, Self)>, Box<dyn std::error::Error + Send + Sync>> {
        if let Some(words) = self.words.next().await? {
            self.text.push_str(&words);
            return Ok(Some((words, self)));
        }
        sqlx::query("INSERT INTO messages (ticket_id, author, body) VALUES (?, 'assistant', ?)")
            .bind(self.ticket)
            .bind(&self.text)
            .execute(&self.desk.writer)
            .await?;
        Ok(None)
    }
}
