use std::time::Duration;

use sqlx::Executor;
use telemetry_core::testing::{Capture, CapturedLog};
use telemetry_db::sqlx::SqlitePool;
use telemetry_db::{Dialect, Statement, Target};

use crate::support;

async fn pool(name: &str, configure: impl FnOnce(Target) -> Target) -> SqlitePool {
    let raw = support::raw_pool(name, 3).await;
    SqlitePool::configured(raw, |target| configure(target.slow_after(Duration::ZERO)))
}

fn plans(capture: &Capture) -> Vec<CapturedLog> {
    let events = capture.events().into_iter();
    events.filter(|event| event.event_name == "telemetry.db.query_plan").collect()
}

#[tokio::test]
async fn once_for_each_query_and_never_with_a_value() {
    let capture = Capture::start();
    let pool = pool("plans_once", Target::explain_slow).await;
    let work = async {
        // Enough connections that one is free beside those in use.
        let all = (pool.acquire().await.unwrap(), pool.acquire().await.unwrap());
        drop(all);
        support::all_idle(&pool).await;
        for id in 0..3 {
            let by_title = sqlx::query("SELECT id FROM tickets WHERE title = ?");
            by_title.bind(format!("hunter{id}")).fetch_all(&pool).await.unwrap();
            support::eventually("the plan is told", || plans(&capture).len() == 1).await;
            support::all_idle(&pool).await;
        }
        // A literal, several statements, and what is no query are not explained.
        pool.execute("SELECT id FROM tickets WHERE title = 'hunter2'").await.unwrap();
        pool.execute("SELECT id FROM tickets; SELECT title FROM tickets").await.unwrap();
        pool.execute("PRAGMA user_version").await.unwrap();
        pool.execute("SELEC nonsense").await.unwrap_err();
        // The last one that has a plan: when that is told, all others would have been.
        support::all_idle(&pool).await;
        let mut tx = pool.begin().await.unwrap();
        (&mut *tx).execute("SELECT title FROM tickets").await.unwrap();
        tx.commit().await.unwrap();
        support::eventually("the second plan is told", || plans(&capture).len() == 2).await;
    };
    capture.run_async(work).await;
    let told = plans(&capture);
    let text = |event: &CapturedLog, key: &str| event.attribute(key).unwrap().to_string();
    assert!(text(&told[0], "telemetry.db.plan").contains("tickets"), "{told:#?}");
    assert_eq!(text(&told[0], "db.query.text"), "SELECT id FROM tickets WHERE title = ?");
    assert_eq!(text(&told[1], "db.query.text"), "SELECT title FROM tickets");
    let spans = capture.spans();
    assert_eq!(told[0].span_id, Some(spans[0].span_id));
    assert!(!format!("{told:?}").contains("hunter"));
    // Asking is no operation of the application.
    assert!(spans.iter().all(|span| !span.name.contains("EXPLAIN")));
}

#[tokio::test]
async fn by_default_none_is_asked_for() {
    let capture = Capture::start();
    let pool = pool("plans_off", |target| target).await;
    capture.run_async(pool.execute("SELECT id FROM tickets")).await.unwrap();
    support::all_idle(&pool).await;
    assert!(plans(&capture).is_empty());
    assert_eq!(capture.events().len(), 1);
}

#[tokio::test]
async fn never_on_the_last_connection() {
    let capture = Capture::start();
    let raw = support::raw_pool("plans_last", 1).await;
    let pool =
        SqlitePool::configured(raw, |target| target.slow_after(Duration::ZERO).explain_slow());
    for _ in 0..3 {
        capture.run_async(pool.execute("SELECT id FROM tickets")).await.unwrap();
        support::all_idle(&pool).await;
    }
    assert!(plans(&capture).is_empty());
}

#[tokio::test]
async fn a_query_may_have_a_threshold_of_its_own() {
    let capture = Capture::start();
    let report = Statement::of("SELECT title FROM tickets WHERE id > 1", Dialect::Sqlite);
    let hour = Duration::from_secs(3600);
    let pool = pool("plans_own", |target| target.slow_after_of(&report, hour)).await;
    let work = async {
        pool.execute("SELECT title FROM tickets WHERE id > 2").await.unwrap();
        pool.execute("SELECT title FROM tickets").await.unwrap();
    };
    capture.run_async(work).await;
    let events = capture.events();
    let [slow] = &events[..] else { panic!("{events:#?}") };
    assert_eq!(slow.attribute("db.query.text").unwrap(), &"SELECT title FROM tickets");
}
