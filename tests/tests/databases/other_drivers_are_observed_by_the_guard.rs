//! A driver that nobody here wraps, with the guard around its queries as the documentation has it.

use telemetry_core::Status;
use telemetry_core::testing::Capture;
use telemetry_db::{Dialect, Operation, Statement, Target};
use telemetry_tests::servers::Postgres;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, NoTls, Row};

/// Asks, and tells how it went.
async fn ask(
    client: &Client,
    target: &Target,
    sql: &str,
    parameters: &[&(dyn ToSql + Sync)],
) -> Result<Vec<Row>, tokio_postgres::Error> {
    let statement = Statement::of(sql, Dialect::Postgres).with_parameters();
    let mut operation = Operation::start(target, &statement);
    let result = operation.watch(client.query(sql, parameters)).await;
    match &result {
        Ok(rows) => operation.rows(rows.len() as u64),
        Err(error) => match error.code() {
            Some(state) => operation.fail(state.code(), Some(state.code())),
            None => operation.fail("network_error", None),
        },
    }
    operation.end();
    result
}

#[tokio::test]
async fn tokio_postgres_has_a_span_a_query_with_its_rows_and_its_sqlstate() {
    let server = Postgres::start();
    let (client, connection) = tokio_postgres::connect(&server.url(), NoTls).await.unwrap();
    let connection = tokio::spawn(connection);
    client
        .batch_execute(
            "CREATE TABLE customers (id BIGINT PRIMARY KEY, name TEXT);
             INSERT INTO customers SELECT n, 'name ' || n FROM generate_series(1, 30) n",
        )
        .await
        .unwrap();
    let target = Target::new("postgresql").namespace("shop");
    let capture = Capture::start();
    let work = async {
        let some = "SELECT name FROM customers WHERE id > $1 AND name <> $2";
        assert_eq!(ask(&client, &target, some, &[&10_i64, &"hunter2"]).await.unwrap().len(), 20);
        let twice = "INSERT INTO customers VALUES ($1, $2)";
        ask(&client, &target, twice, &[&17_i64, &"hunter2"]).await.unwrap_err();
        ask(&client, &target, "SELECT nonsense FROM customers", &[]).await.unwrap_err();
    };
    capture.run_async(work).await;
    drop(client);
    connection.await.unwrap().unwrap();

    let spans = capture.spans();
    let told: Vec<_> = spans.iter().map(|span| span.name.as_str()).collect();
    assert_eq!(told, ["SELECT customers", "INSERT customers", "SELECT customers"]);
    assert_eq!(spans[0].attribute("db.response.returned_rows").unwrap(), &20_i64);
    assert_eq!(spans[0].attribute("db.namespace").unwrap(), &"shop");
    assert_eq!(spans[0].status, Status::Unset);
    for (span, state) in [(&spans[1], "23505"), (&spans[2], "42703")] {
        assert_eq!(span.attribute("error.type").unwrap(), &state);
        assert_eq!(span.attribute("db.response.status_code").unwrap(), &state);
        assert!(matches!(span.status, Status::Error(_)));
    }
    assert!(!format!("{spans:?}").contains("hunter2"));
    let durations = capture.metrics();
    let labels = [("db.system.name", "postgresql"), ("error.type", "23505")];
    assert_eq!(durations.histogram("db.client.operation.duration", &labels).unwrap().count(), 1);
}
