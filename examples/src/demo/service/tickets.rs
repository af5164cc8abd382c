//! Tickets: shown, listed, opened.

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};
use telemetry_core::{Span, emit, span};

use super::desk::Desk;
use super::failure::Failure;

/// `GET /tickets/{id}`
pub(super) async fn show(
    State(desk): State<Desk>,
    Path(id): Path<i64>,
) -> Result<Json<Value>, Failure> {
    let ticket: Option<(String, String, String)> =
        sqlx::query_as("SELECT subject, status, priority FROM tickets WHERE id = ?")
            .bind(id)
            .fetch_optional(&desk.db)
            .await?;
    let (subject, status, priority) = ticket.ok_or(Failure::NotFound("ticket"))?;
    let messages: Vec<(String, String)> =
        sqlx::query_as("SELECT author, body FROM messages WHERE ticket_id = ? ORDER BY id")
            .bind(id)
            .fetch_all(&desk.db)
            .await?;
    let shown = messages.iter().map(|(author, body)| json!({ "author": author, "body": body }));
    let messages: Vec<Value> = shown.collect();
    Ok(Json(json!({
        "id": id, "subject": subject, "status": status, "priority": priority, "messages": messages,
    })))
}

/// `POST /tickets/{id}/digest`: has a model tell in a few words what was written so far, and keeps it.
pub(super) async fn digest(
    State(desk): State<Desk>,
    Path(id): Path<i64>,
) -> Result<Json<Value>, Failure> {
    let mut transaction = desk.writer.begin().await?;
    let subject: Option<String> = sqlx::query_scalar("SELECT subject FROM tickets WHERE id = ?")
        .bind(id)
        .fetch_optional(&mut *transaction)
        .await?;
    let subject = subject.ok_or(Failure::NotFound("ticket"))?;
    let messages: Vec<String> =
        sqlx::query_scalar("SELECT body FROM messages WHERE ticket_id = ? ORDER BY id")
            .bind(id)
            .fetch_all(&mut *transaction)
            .await?;
    let question = format!("Tell in a sentence or two: {subject}\n{}", messages.join("\n"));
    // The one connection that writes, kept while a model thinks: all who have something to write wait.
    // The demo's summary has that too.
    let digest = desk.model.digest(&question).await?;
    sqlx::query("UPDATE tickets SET digest = ? WHERE id = ?")
        .bind(&digest)
        .bind(id)
        .execute(&mut *transaction)
        .await?;
    transaction.commit().await?;
    Ok(Json(json!({ "digest": digest })))
}

/// Which tickets are listed.
#[derive(Debug, Deserialize)]
pub(super) struct Listing {
    status: Option<String>,
    page: Option<u32>,
}

/// `GET /tickets?status=open&page=1`
pub(super) async fn list(
    State(desk): State<Desk>,
    Query(listing): Query<Listing>,
) -> Result<Json<Value>, Failure> {
    const PER_PAGE: u32 = 20;
    let skipped = listing.page.unwrap_or(1).saturating_sub(1).saturating_mul(PER_PAGE);
    let tickets: Vec<(i64, i64, String, String)> = sqlx::query_as(
        "SELECT id, customer_id, subject, priority FROM tickets WHERE status = ? \
         ORDER BY id LIMIT ? OFFSET ?",
    )
    .bind(listing.status.as_deref().unwrap_or("open"))
    .bind(PER_PAGE)
    .bind(skipped)
    .fetch_all(&desk.db)
    .await?;
    let mut shown = Vec::new();
    for (id, customer, subject, priority) in tickets {
        // A query for each row of another one, as it comes about when a list gets one more column.
        // The demo's summary has it.
        let name: String = sqlx::query_scalar("SELECT name FROM customers WHERE id = ?")
            .bind(customer)
            .fetch_one(&desk.db)
            .await?;
        let ticket =
            json!({ "id": id, "customer": name, "subject": subject, "priority": priority });
        shown.push(ticket);
    }
    Ok(Json(shown.into()))
}

/// A ticket to be opened.
#[derive(Debug, Deserialize)]
pub(super) struct NewTicket {
    customer: i64,
    subject: String,
}

/// `POST /tickets`
pub(super) async fn open(
    State(desk): State<Desk>,
    Json(ticket): Json<NewTicket>,
) -> Result<(StatusCode, Json<Value>), Failure> {
    let priority = priority(&desk, &ticket.subject).await;
    let inserted =
        sqlx::query("INSERT INTO tickets (customer_id, subject, priority) VALUES (?, ?, ?)")
            .bind(ticket.customer)
            .bind(&ticket.subject)
            .bind(priority)
            .execute(&desk.writer)
            .await?;
    let id = inserted.last_insert_rowid();
    emit!("ticket.opened", { subject_length: ticket.subject.len() }, "ticket.priority" = priority);
    Ok((StatusCode::CREATED, Json(json!({ "id": id, "priority": priority }))))
}

/// How urgent the model finds a ticket; `normal` where it can't be asked: a ticket is never turned
/// away.
async fn priority(desk: &Desk, subject: &str) -> &'static str {
    let question =
        format!("How urgent is the ticket \"{subject}\"? Answer with one of: low, normal, high.");
    let ask = async {
        let answer = desk.model.ask(&question).await;
        let known = |answer: &String| {
            ["low", "normal", "high"].into_iter().find(|word| answer.trim() == *word)
        };
        match &answer {
            Ok(word) => known(word).unwrap_or("normal"),
            Err(error) => {
                tracing::warn!(error = %error, "a ticket is opened without the model's opinion");
                Span::current_set("ticket.priority.fallback", true);
                "normal"
            }
        }
    };
    span!("ticket.prioritise").run(ask).await
}
