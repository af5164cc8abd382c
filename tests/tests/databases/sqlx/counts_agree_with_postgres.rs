//! What is counted here, held against `pg_stat_statements`.

use sqlx::{AssertSqlSafe, Postgres, Row};
use telemetry_core::testing::Capture;
use telemetry_db::sqlx::PgPool;

use super::servers::raw_pool;
use super::support::number;

#[tokio::test]
async fn queries_and_rows_are_as_many_as_the_server_counted() {
    let capture = Capture::start();
    let raw = raw_pool::<Postgres>("counted", 3).await;
    sqlx::raw_sql("CREATE EXTENSION pg_stat_statements; CREATE TABLE tickets (id BIGINT)")
        .execute(&raw)
        .await
        .unwrap();
    let pool = PgPool::new(raw.clone());
    let work = async {
        for id in 0..20_i64 {
            let insert = sqlx::query("INSERT INTO tickets VALUES ($1)").bind(id);
            insert.execute(&pool).await.unwrap();
        }
        for limit in 0..10_i64 {
            let rows = sqlx::query("SELECT id FROM tickets WHERE id < $1").bind(limit);
            rows.fetch_all(&pool).await.unwrap();
        }
        for id in 0..5 {
            let text = AssertSqlSafe(format!("UPDATE tickets SET id = id WHERE id = {id}"));
            sqlx::raw_sql(text).execute(&pool).await.unwrap();
        }
    };
    capture.run_async(work).await;

    let theirs = sqlx::query(
        "SELECT query, calls, rows FROM pg_stat_statements s JOIN pg_database d ON d.oid = s.dbid
         WHERE d.datname = current_database() AND query LIKE '%tickets%' ORDER BY query",
    );
    let theirs: Vec<(String, i64, i64)> = theirs
        .fetch_all(&raw)
        .await
        .unwrap()
        .iter()
        .map(|row| (row.get(0), row.get(1), row.get(2)))
        .collect();
    assert_eq!(theirs.len(), 3, "{theirs:?}");
    let spans = capture.spans();
    for (query, calls, rows) in theirs {
        let verb = query.split(' ').next().unwrap().to_owned();
        let ours: Vec<_> =
            spans.iter().filter(|span| span.name == format!("{verb} tickets")).collect();
        assert_eq!(ours.len() as i64, calls, "{query}");
        let key = match verb.as_str() {
            "SELECT" => "db.response.returned_rows",
            _ => "telemetry.db.affected_rows",
        };
        let counted: i64 = ours.iter().map(|span| number(span, key)).sum();
        assert_eq!(counted, rows, "{query}");
    }
}
