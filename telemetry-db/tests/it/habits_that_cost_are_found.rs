use std::panic::AssertUnwindSafe;

use futures_util::future::join_all;
use sqlx::{AssertSqlSafe, Executor, Row};
use telemetry_core::span;
use telemetry_core::testing::{Capture, CapturedLog};
use telemetry_db::sqlx::SqlitePool;
use telemetry_db::testing::assert_no_patterns;
use telemetry_db::{Dialect, Operation, Patterns, Statement, Target};

use crate::support;

/// A pool with twelve customers, who have an order each.
async fn shop(name: &str) -> SqlitePool {
    let pool = support::raw_pool(name, 2).await;
    sqlx::raw_sql(
        "CREATE TABLE customers (id INTEGER PRIMARY KEY, name TEXT);
         CREATE TABLE orders (id INTEGER PRIMARY KEY, customer INTEGER);
         WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 12)
         INSERT INTO customers SELECT i, 'name ' || i FROM n;
         INSERT INTO orders SELECT id, id FROM customers;",
    )
    .execute(&pool)
    .await
    .unwrap();
    SqlitePool::new(pool)
}

async fn orders(pool: &SqlitePool) -> Vec<i64> {
    sqlx::query_scalar("SELECT customer FROM orders ORDER BY id").fetch_all(pool).await.unwrap()
}

async fn customer(pool: &SqlitePool, id: i64) -> String {
    sqlx::query_scalar("SELECT name FROM customers WHERE id = ?")
        .bind(id)
        .fetch_one(pool)
        .await
        .unwrap()
}

fn events(capture: &Capture, name: &str) -> Vec<CapturedLog> {
    capture.events().into_iter().filter(|event| event.event_name == name).collect()
}

#[tokio::test]
async fn one_query_for_each_row_of_another() {
    let capture = Capture::start();
    let pool = shop("habits_n_plus_one").await;
    let work = async {
        for id in orders(&pool).await {
            // As in most code, behind a function with a span of its own.
            span!("load_customer").run(customer(&pool, id)).await;
        }
    };
    capture.run_async(span!("request").run(work)).await;
    let found = events(&capture, "telemetry.db.n_plus_one");
    assert_eq!(found.len(), 1, "told of once");
    found[0]
        .expect_attribute("db.system.name", "sqlite")
        .expect_attribute("db.query.summary", "SELECT customers")
        .expect_attribute("db.query.text", "SELECT name FROM customers WHERE id = ?")
        .expect_attribute("telemetry.db.source.summary", "SELECT orders")
        .expect_attribute("telemetry.db.source.rows", 12)
        .expect_attribute("telemetry.db.repeats", 8);
    let spans = capture.spans();
    let repeats: Vec<_> = spans
        .iter()
        .filter_map(|span| span.attribute("telemetry.db.n_plus_one.repeats"))
        .map(|times| format!("{times:?}"))
        .collect();
    assert_eq!(repeats, ["I64(8)", "I64(9)", "I64(10)", "I64(11)", "I64(12)"]);
    let first = spans.iter().find(|it| it.attribute("telemetry.db.n_plus_one.repeats").is_some());
    found[0].expect_in(first.unwrap());
    let panicked = std::panic::catch_unwind(AssertUnwindSafe(|| assert_no_patterns(&capture)));
    let message = *panicked.unwrap_err().downcast::<String>().unwrap();
    assert!(message.contains("SELECT customers") && message.contains("SELECT orders"), "{message}");
}

#[tokio::test]
async fn the_line_that_asks_is_told_where_it_can_be_seen() {
    let capture = Capture::start();
    let pool = shop("habits_call_site").await;
    let mut line = 0;
    let work = async {
        for id in orders(&pool).await {
            let text = AssertSqlSafe(format!("SELECT name FROM customers WHERE id = {id}"));
            line = line!() + 1;
            pool.fetch_all(text).await.unwrap();
        }
    };
    capture.run_async(span!("request").run(work)).await;
    let found = events(&capture, "telemetry.db.n_plus_one");
    assert_eq!(found.len(), 1);
    found[0]
        .expect_attribute("code.file.path", file!())
        .expect_attribute("code.line.number", i64::from(line));
}

#[tokio::test]
async fn two_queries_for_each_row_and_those_of_inner_rows() {
    let capture = Capture::start();
    let pool = shop("habits_nested").await;
    let work = async {
        for id in orders(&pool).await {
            customer(&pool, id).await;
            sqlx::query("SELECT id FROM orders WHERE customer = ?")
                .bind(id)
                .fetch_all(&pool)
                .await
                .unwrap();
        }
    };
    capture.run_async(span!("request").run(work)).await;
    let found = events(&capture, "telemetry.db.n_plus_one");
    assert_eq!(found.len(), 2, "{found:#?}");
    for event in &found {
        event.expect_attribute("telemetry.db.source.summary", "SELECT orders");
    }
}

/// What a good service does in one request, over and over.
#[tokio::test]
async fn but_not_what_is_right() {
    let capture = Capture::start();
    let pool = shop("habits_right").await;
    let select = |text: String| sqlx::query(AssertSqlSafe(text));
    let work = async {
        let ids = orders(&pool).await;
        // A batch loader, in batches of three, and of one at the end.
        for batch in ids.chunks(3) {
            let marks = vec!["?"; batch.len()].join(", ");
            let text = format!("SELECT name FROM customers WHERE id IN ({marks})");
            let mut query = select(text);
            for id in batch {
                query = query.bind(id);
            }
            assert_eq!(query.fetch_all(&pool).await.unwrap().len(), batch.len());
        }
        // The same by an array: SQLite's way.
        for batch in ids.chunks(2) {
            let list = format!("[{},{}]", batch[0], batch[1]);
            sqlx::query("SELECT name FROM customers WHERE id IN (SELECT value FROM json_each(?))")
                .bind(list)
                .fetch_all(&pool)
                .await
                .unwrap();
        }
        // A paginator, which looks something up for each page.
        for page in 0..6 {
            let rows = sqlx::query("SELECT id FROM orders ORDER BY id LIMIT 2 OFFSET ?")
                .bind(page * 2)
                .fetch_all(&pool)
                .await
                .unwrap();
            assert_eq!(rows.len(), 2);
        }
        // By key, with whole pages of seven rows and a lookup after each.
        for page in 0..8_i64 {
            sqlx::query("SELECT id, customer FROM orders WHERE id > ? ORDER BY id LIMIT 7")
                .bind(page % 4)
                .fetch_all(&pool)
                .await
                .unwrap();
            customer(&pool, 1).await;
        }
        // A retry: what failed is asked again.
        orders(&pool).await;
        for _ in 0..12 {
            sqlx::query("SELECT json(name) FROM customers WHERE id = ?")
                .bind(1)
                .fetch_one(&pool)
                .await
                .unwrap_err();
        }
        // A worker that asks for work.
        for _ in 0..20 {
            let row = sqlx::query("SELECT count(*) FROM tickets").fetch_one(&pool).await.unwrap();
            assert_eq!(row.get::<i64, _>(0), 3);
        }
        // Few rows.
        for _ in 0..3 {
            let few = sqlx::query("SELECT id FROM tickets").fetch_all(&pool).await.unwrap();
            for _ in few {
                sqlx::query("SELECT 1").fetch_one(&pool).await.unwrap();
            }
        }
    };
    capture.run_async(span!("request").run(work)).await;
    assert_no_patterns(&capture);
    for span in capture.spans() {
        span.expect_no_attribute("telemetry.db.n_plus_one.repeats");
    }
}

#[tokio::test]
async fn nor_what_many_requests_do_once_each() {
    let capture = Capture::start();
    let pool = shop("habits_requests").await;
    capture.run_async(orders(&pool)).await;
    let requests = (0..40).map(|number| {
        let pool = &pool;
        capture.run_async(span!("request").run(async move {
            for id in orders(pool).await.into_iter().take(2) {
                customer(pool, id + number % 2).await;
            }
        }))
    });
    join_all(requests).await;
    assert_no_patterns(&capture);
}

#[tokio::test]
async fn a_query_with_a_new_text_each_time() {
    let capture = Capture::start();
    let pool = shop("habits_thrash").await;
    let work = async {
        for number in 0..400 {
            let text = format!("SELECT name FROM customers WHERE id = {number}");
            sqlx::query(AssertSqlSafe(text)).fetch_all(&pool).await.unwrap();
        }
    };
    capture.run_async(work).await;
    let found = events(&capture, "telemetry.db.statement_thrash");
    assert_eq!(found.len(), 1);
    found[0]
        .expect_attribute("db.query.summary", "SELECT customers")
        .expect_attribute("db.query.text", "SELECT name FROM customers WHERE id = ?");
    assert!(found[0].attribute("telemetry.db.distinct_texts").is_some());
}

#[tokio::test]
async fn the_same_text_again_and_again_is_none() {
    let capture = Capture::start();
    let pool = shop("habits_no_thrash").await;
    let work = async {
        for id in 0..400 {
            span!("request").run(async { customer(&pool, 1 + id % 12).await }).await;
        }
    };
    capture.run_async(work).await;
    assert_no_patterns(&capture);
}

#[tokio::test]
async fn what_takes_the_most_time_is_told_first() {
    let capture = Capture::start();
    let pool = shop("habits_top").await;
    let work = async {
        sqlx::query(support::LONG).fetch_all(&pool).await.unwrap();
        for id in 0..20 {
            let text = format!("SELECT name FROM customers WHERE id = {id} OR name = 'hunter2'");
            sqlx::query(AssertSqlSafe(text)).fetch_all(&pool).await.unwrap();
        }
        sqlx::query("SELECT no_such_column").fetch_all(&pool).await.unwrap_err();
    };
    capture.run_async(work).await;
    let top = Patterns::of(capture.pipeline()).top(10);
    assert_eq!(top.len(), 3, "{top:#?}");
    assert!(top.is_sorted_by(|one, other| one.total >= other.total));
    let customers = top.iter().find(|it| it.summary == "SELECT customers").unwrap();
    assert_eq!((customers.count, customers.errors), (20, 0));
    // Eleven of them have that number.
    assert_eq!(customers.rows, 12);
    assert!(customers.p50 <= customers.p95 && customers.p95 <= customers.p99);
    let text = "SELECT name FROM customers WHERE id = ? OR name = ?";
    assert_eq!(customers.text.as_deref(), Some(text));
    assert_eq!(top.iter().map(|it| it.errors).sum::<u64>(), 1);
    assert_eq!(Patterns::of(capture.pipeline()).top(1).len(), 1);
    assert!(!format!("{top:?}").contains("hunter2"));
}

#[test]
fn however_many_fingerprints_there_are_few_are_kept() {
    let capture = Capture::start();
    let target = Target::new("sqlite");
    capture.run(|| {
        for number in 0..3_000 {
            let text = format!("SELECT a FROM t{number}");
            Operation::start(&target, &Statement::of(&text, Dialect::Sqlite)).end();
        }
        Operation::start(&target, &Statement::of("not readable '", Dialect::Sqlite)).end();
    });
    let top = Patterns::of(capture.pipeline()).top(usize::MAX);
    assert_eq!(top.len(), 513);
    assert_eq!(top.iter().map(|it| it.count).sum::<u64>(), 3_001);
    let others = top.iter().find(|it| it.fingerprint.is_none()).unwrap();
    assert_eq!((others.summary.as_str(), others.count), ("_OTHER", 3_001 - 512));
}
