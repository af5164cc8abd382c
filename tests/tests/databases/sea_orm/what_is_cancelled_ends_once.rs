//! What is given up at any point ends once, and its connection comes back.
//!
//! Not over MariaDB: who gives up while sqlx prepares a statement there leaves a connection whose answers
//! are taken for those of others, and which may wait for more of them for ever.

use sea_orm::entity::prelude::*;
use sea_orm::{TransactionSession, TransactionTrait};
use sqlx::{Postgres, Sqlite};
use telemetry_core::testing::Capture;
use telemetry_db::sqlx::Pool;

use super::Backend;
use super::entities::cake;
use super::suite::{cakes, observed};
use crate::sqlx::support::{assert_each_once, comes_to_rest, polled};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sqlite() {
    cancelled::<Sqlite>().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgres() {
    cancelled::<Postgres>().await;
}

async fn cancelled<DB: Backend>() {
    let capture = Capture::start();
    let raw = cakes::<DB>("cancelled").await;
    let pool = capture.run(|| Pool::configured(raw, DB::described));
    let db = observed(pool.raw().clone());
    for times in 1..40 {
        if capture.run_async(polled(cake::Entity::find().all(&db), times)).await.is_some() {
            break;
        }
    }
    for times in 1..80 {
        let transaction = async {
            let outer = db.begin().await.unwrap();
            let inner = outer.begin().await.unwrap();
            let priced = cake::Entity::update_many().col_expr(cake::Column::Price, Expr::value(1));
            priced.exec(&inner).await.unwrap();
            inner.commit().await.unwrap();
            outer.commit().await.unwrap();
        };
        if capture.run_async(polled(transaction, times)).await.is_some() {
            break;
        }
    }
    comes_to_rest(&capture, pool.name()).await;
    assert_each_once(&capture, capture.spans().len());
    // Nothing is left behind on the connections.
    let found = cake::Entity::find().all(&db).await.unwrap();
    assert_eq!(found.len(), 3);
}
