//! Customers and their invoices.

use axum::Json;
use axum::extract::{Path, State};
use serde_json::{Value, json};

use super::desk::Desk;
use super::failure::Failure;

/// `GET /customers/{id}`
pub(super) async fn show(
    State(desk): State<Desk>,
    Path(id): Path<i64>,
) -> Result<Json<Value>, Failure> {
    let customer: Option<(String, String, String)> =
        sqlx::query_as("SELECT name, email, plan FROM customers WHERE id = ?")
            .bind(id)
            .fetch_optional(&desk.db)
            .await?;
    let (name, email, plan) = customer.ok_or(Failure::NotFound("customer"))?;
    let open: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM tickets WHERE customer_id = ? AND status = 'open'",
    )
    .bind(id)
    .fetch_one(&desk.db)
    .await?;
    Ok(Json(json!({ "id": id, "name": name, "email": email, "plan": plan, "open_tickets": open })))
}

/// `GET /customers/{id}/invoices`
pub(super) async fn invoices(
    State(desk): State<Desk>,
    Path(id): Path<i64>,
) -> Result<Json<Value>, Failure> {
    let invoices: Vec<(i64, i64)> =
        sqlx::query_as("SELECT number, cents FROM invoices WHERE customer_id = ? ORDER BY number")
            .bind(id)
            .fetch_all(&desk.db)
            .await?;
    let shown = invoices.iter().map(|(number, cents)| json!({ "number": number, "cents": cents }));
    Ok(Json(shown.collect()))
}

/// `POST /customers/{id}/portrait`: has a model paint the customer.
pub(super) async fn portrait(
    State(desk): State<Desk>,
    Path(id): Path<i64>,
) -> Result<Json<Value>, Failure> {
    let name: Option<String> = sqlx::query_scalar("SELECT name FROM customers WHERE id = ?")
        .bind(id)
        .fetch_optional(&desk.db)
        .await?;
    let name = name.ok_or(Failure::NotFound("customer"))?;
    Ok(Json(json!({ "url": desk.model.portrait(&name).await? })))
}
