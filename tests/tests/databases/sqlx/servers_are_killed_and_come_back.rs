//! Servers that end under load.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use futures_util::future::join_all;
use sqlx::pool::PoolOptions;
use telemetry_core::testing::Capture;
use telemetry_db::sqlx::{Pool, TelemetryDatabase};
use telemetry_tests::{PATIENCE, servers};

use super::support::{assert_each_once, comes_to_rest};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgres() {
    let mut server = servers::Postgres::start();
    let options = server.url().parse().unwrap();
    let pool = pool::<sqlx::Postgres>(options);
    survives::<sqlx::Postgres>(pool, |kill| if kill { server.kill() } else { server.restart() })
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn mariadb() {
    let mut server = servers::MariaDb::start();
    let options = server.url().parse().unwrap();
    let pool = pool::<sqlx::MySql>(options);
    survives::<sqlx::MySql>(pool, |kill| if kill { server.kill() } else { server.restart() }).await;
}

fn pool<DB: sqlx::Database>(
    options: <DB::Connection as sqlx::Connection>::Options,
) -> sqlx::Pool<DB> {
    PoolOptions::new()
        .max_connections(3)
        // Long enough for a busy machine to connect in, and short enough for failures to come soon.
        .acquire_timeout(Duration::from_secs(3))
        .connect_lazy_with(options)
}

/// Queries run while the server is killed and started again: each is one operation that ended, and the
/// pool comes to rest.
async fn survives<DB: TelemetryDatabase>(raw: sqlx::Pool<DB>, mut server: impl FnMut(bool))
where
    DB::Arguments: sqlx::IntoArguments<DB>,
{
    let capture = Capture::start();
    let pool = capture.run(|| Pool::configured(raw, |target| target.pool_named("killed")));
    let stop = AtomicBool::new(false);
    let [asked, answered, failed] = [const { AtomicU64::new(0) }; 3];
    let load = join_all((0..6).map(|_| async {
        while !stop.load(Ordering::Relaxed) {
            asked.fetch_add(1, Ordering::Relaxed);
            match sqlx::query("SELECT 1").fetch_all(&pool).await {
                Ok(_) => answered.fetch_add(1, Ordering::Relaxed),
                Err(_) => failed.fetch_add(1, Ordering::Relaxed),
            };
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }));
    let events = async {
        let more = async |counter: &AtomicU64, what: &str| {
            let goal = counter.load(Ordering::Relaxed) + 20;
            let deadline = std::time::Instant::now() + PATIENCE;
            while counter.load(Ordering::Relaxed) < goal {
                assert!(std::time::Instant::now() < deadline, "no more queries {what}");
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        more(&answered, "are answered").await;
        server(true);
        more(&failed, "fail").await;
        server(false);
        more(&answered, "are answered again").await;
        stop.store(true, Ordering::Relaxed);
    };
    capture.run_async(async { tokio::join!(load, events) }).await;
    comes_to_rest(&capture, "killed").await;
    let asked = asked.into_inner();
    assert_eq!(asked, answered.into_inner() + failed.load(Ordering::Relaxed));
    let errors = capture.spans().iter().filter(|span| span.status.is_error()).count();
    assert_eq!(errors as u64, failed.into_inner());
    assert_each_once(&capture, asked as usize);
}
