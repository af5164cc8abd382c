//! [`Desk`]: what all handlers share, and the service's routes.

use axum::Router;
use axum::middleware::from_fn;
use axum::routing::{get, post};
use telemetry_db::sqlx::SqlitePool;

use super::failure::Failure;
use super::model::Model;
use super::reports::Backlog;
use super::{customers, replies, reports, tenant, tickets};

/// What all handlers share.
#[derive(Debug, Clone)]
pub(super) struct Desk {
    /// For whoever only reads.
    pub(super) db: SqlitePool,
    /// For whoever writes, one after the other: SQLite has one writer at a time.
    pub(super) writer: SqlitePool,
    pub(super) model: Model,
    pub(super) backlog: Backlog,
}

impl Desk {
    /// The routes, with the two lines that telemetry needs: one for the layer, one for the tenant.
    pub(super) fn routes(self) -> Router {
        Router::new()
            .route("/customers/{id}", get(customers::show))
            .route("/customers/{id}/invoices", get(customers::invoices))
            .route("/customers/{id}/portrait", post(customers::portrait))
            .route("/tickets", get(tickets::list).post(tickets::open))
            .route("/tickets/{id}", get(tickets::show))
            .route("/tickets/{id}/digest", post(tickets::digest))
            .route("/tickets/{id}/reply", post(replies::reply))
            .route("/reports/backlog", get(reports::backlog))
            .fallback(async || Failure::NotFound("page"))
            .with_state(self)
            .layer(from_fn(tenant::into_baggage))
            .layer(telemetry_http::Layer::new())
    }
}
