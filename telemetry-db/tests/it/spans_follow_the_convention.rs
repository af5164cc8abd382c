use std::collections::BTreeMap;

use sqlx::AssertSqlSafe;
use telemetry_core::testing::{Capture, OwnedValue};
use telemetry_core::{SpanKind, Status, span};
use telemetry_db::sqlx::{SqliteConnection, SqlitePool};

use crate::support;

fn text(value: &str) -> OwnedValue {
    OwnedValue::Str(value.to_owned())
}

#[tokio::test]
async fn a_query_has_the_attributes_and_nothing_else() {
    let capture = Capture::start();
    let pool = support::pool("spans_attributes").await;
    let query = sqlx::query("SELECT t.title FROM tickets AS t WHERE t.id < ? AND t.title <> 'x'")
        .bind(3)
        .fetch_all(&pool);
    capture.run_async(span!("request").run(query)).await.unwrap();

    let spans = capture.spans();
    let [query, request] = &spans[..] else { panic!("{spans:#?}") };
    assert_eq!(request.name, "request");
    assert_eq!(query.parent_span_id, Some(request.span_id));
    assert_eq!(query.name, "SELECT tickets");
    assert_eq!(query.kind, SpanKind::Client);
    assert_eq!(query.status, Status::Unset);
    assert_eq!(query.scope, "telemetry-db");
    let mut attributes = query.attributes.clone();
    let wait = attributes.remove("telemetry.db.wait_time");
    assert!(matches!(wait, Some(OwnedValue::F64(wait)) if wait > 0.0), "{wait:?}");
    for part in ["telemetry.db.first_row_time", "telemetry.db.stream_time"] {
        let took = attributes.remove(part);
        assert!(matches!(took, Some(OwnedValue::F64(took)) if took > 0.0), "{part} {took:?}");
    }
    // The pool may have a free one, or not yet.
    let path = attributes.remove("telemetry.db.connection.path");
    assert!(path.is_some_and(|path| path == "idle" || path == "new"));
    let expected = [
        ("db.system.name", text("sqlite")),
        ("db.namespace", text("spans_attributes.db")),
        ("db.query.summary", text("SELECT tickets")),
        (
            "db.query.text",
            text("SELECT t.title FROM tickets AS t WHERE t.id < ? AND t.title <> 'x'"),
        ),
        ("db.response.returned_rows", OwnedValue::I64(2)),
    ];
    let expected: BTreeMap<String, OwnedValue> =
        expected.into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
    assert_eq!(attributes, expected);

    let labels = [
        ("db.system.name", "sqlite"),
        ("db.namespace", "spans_attributes.db"),
        ("db.query.summary", "SELECT tickets"),
    ];
    let metrics = capture.metrics();
    let duration = metrics.histogram("db.client.operation.duration", &labels).unwrap();
    assert_eq!(duration.count(), 1);
    assert_eq!(duration.attributes.iter().count(), labels.len());
    let of_the_span = (query.end_unix_nanos - query.start_unix_nanos) as f64 / 1e9;
    assert!((duration.sum - of_the_span).abs() < 1e-9, "{} {of_the_span}", duration.sum);
    let rows = metrics.histogram("db.client.response.returned_rows", &labels).unwrap();
    assert_eq!((rows.count(), rows.sum), (1, 2.0));
}

#[tokio::test]
async fn the_metrics_have_the_buckets_and_units_of_the_convention() {
    use telemetry_core::MetricData;

    let capture = Capture::start();
    let pool = support::pool("spans_buckets").await;
    capture.run_async(sqlx::query("SELECT 1").fetch_all(&pool)).await.unwrap();
    let metrics = capture.metrics();
    let seconds = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 10.0];
    for name in ["operation.duration", "connection.wait_time", "connection.use_time"] {
        let metric = metrics.metric(&format!("db.client.{name}")).unwrap();
        assert_eq!(metric.unit, "s");
        let MetricData::Histogram { bounds, .. } = &metric.data else { panic!("{metric:?}") };
        assert_eq!(**bounds, seconds, "{name}");
    }
    let units = [
        ("db.client.response.returned_rows", "{row}"),
        ("db.client.connection.count", "{connection}"),
        ("db.client.connection.max", "{connection}"),
        ("db.client.connection.pending_requests", "{request}"),
    ];
    for (name, unit) in units {
        assert_eq!(metrics.metric(name).unwrap().unit, unit, "{name}");
    }
}

#[tokio::test]
async fn a_text_without_parameters_is_shown_without_its_literals() {
    let capture = Capture::start();
    let pool = support::pool("spans_literals").await;
    let work = async {
        let dynamic = format!("SELECT id FROM tickets WHERE title = '{}'", "one");
        sqlx::query(AssertSqlSafe(dynamic)).fetch_all(&pool).await.unwrap();
        sqlx::raw_sql("SELECT id FROM tickets WHERE title = 'two' LIMIT 5")
            .execute(&pool)
            .await
            .unwrap();
        sqlx::query("SELECT id FROM tickets WHERE title = 'x").fetch_all(&pool).await.unwrap_err();
    };
    capture.run_async(work).await;
    let spans = capture.spans();
    let texts: Vec<_> = spans.iter().map(|span| span.attribute("db.query.text")).collect();
    assert_eq!(
        texts,
        [
            Some(&text("SELECT id FROM tickets WHERE title = ?")),
            Some(&text("SELECT id FROM tickets WHERE title = ? LIMIT ?")),
            None,
        ]
    );
}

#[tokio::test]
async fn a_parameterised_text_can_be_shown_without_its_literals_too() {
    let capture = Capture::start();
    let raw = support::raw_pool("spans_always", 1).await;
    let pool = SqlitePool::configured(raw, |target| target.always_sanitized().namespace("support"));
    let query = sqlx::query("SELECT id FROM tickets WHERE id = ? AND title = 'one'").bind(1);
    capture.run_async(query.fetch_one(&pool)).await.unwrap();
    let span = support::only(&capture);
    assert_eq!(
        span.attribute("db.query.text").unwrap(),
        &"SELECT id FROM tickets WHERE id = ? AND title = ?"
    );
    assert_eq!(span.attribute("db.namespace").unwrap(), &"support");
}

#[tokio::test]
async fn an_error_of_the_database_has_its_extended_code() {
    let capture = Capture::start();
    let pool = support::pool("spans_errors").await;
    let query = sqlx::query("INSERT INTO tickets (title) VALUES (?)").bind("one");
    let error = capture.run_async(query.execute(&pool)).await.unwrap_err();
    assert!(error.as_database_error().unwrap().is_unique_violation());

    let span = support::only(&capture);
    assert_eq!(span.status, Status::ERROR);
    // SQLITE_CONSTRAINT_UNIQUE
    assert_eq!(span.attribute("error.type").unwrap(), &"2067");
    assert_eq!(span.attribute("db.response.status_code").unwrap(), &"2067");
    assert_eq!(span.attribute("db.response.returned_rows"), None);
    let labels = [
        ("db.query.summary", "INSERT tickets"),
        ("error.type", "2067"),
        ("db.response.status_code", "2067"),
    ];
    let metrics = capture.metrics();
    assert_eq!(metrics.histogram("db.client.operation.duration", &labels).unwrap().count(), 1);
}

#[tokio::test]
async fn an_error_of_the_client_has_a_name_and_no_code() {
    let capture = Capture::start();
    let pool = support::pool("spans_closed").await;
    pool.close().await;
    let error = capture.run_async(sqlx::query("SELECT 1").execute(&pool)).await;
    assert!(matches!(error, Err(sqlx::Error::PoolClosed)));
    let span = support::only(&capture);
    assert_eq!(span.attribute("error.type").unwrap(), &"pool_closed");
    assert_eq!(span.attribute("db.response.status_code"), None);
}

#[tokio::test]
async fn no_row_is_no_error() {
    let capture = Capture::start();
    let pool = support::pool("spans_no_row").await;
    let work = async {
        let missing = "SELECT id FROM tickets WHERE id = 99";
        let one = sqlx::query(missing).fetch_one(&pool).await;
        assert!(matches!(one, Err(sqlx::Error::RowNotFound)));
        let one = sqlx::query_scalar::<_, i64>(missing).fetch_one(&pool).await;
        assert!(matches!(one, Err(sqlx::Error::RowNotFound)));
    };
    capture.run_async(work).await;
    let spans = capture.spans();
    assert_eq!(spans.len(), 2);
    for span in spans {
        assert_eq!(span.status, Status::Unset);
        assert_eq!(span.attribute("error.type"), None);
        assert_eq!(span.attribute("db.response.returned_rows").unwrap(), &0);
    }
}

#[tokio::test]
async fn changed_rows_are_told_of_statements_that_change_rows() {
    let capture = Capture::start();
    let pool = support::pool("spans_affected").await;
    let work = async {
        sqlx::query("UPDATE tickets SET title = title || ?")
            .bind("!")
            .execute(&pool)
            .await
            .unwrap();
        // SQLite's count is still that of the update.
        sqlx::query("SELECT id FROM tickets").execute(&pool).await.unwrap();
        sqlx::query("DELETE FROM tickets WHERE id > ? RETURNING id")
            .bind(1)
            .fetch_all(&pool)
            .await
            .unwrap();
    };
    capture.run_async(work).await;
    let spans = capture.spans();
    let told: Vec<_> = spans
        .iter()
        .map(|span| {
            (
                span.name.as_str(),
                span.attribute("telemetry.db.affected_rows").cloned(),
                span.attribute("db.response.returned_rows").cloned(),
            )
        })
        .collect();
    let rows = |rows| Some(OwnedValue::I64(rows));
    assert_eq!(
        told,
        [
            ("UPDATE tickets", rows(3), None),
            ("SELECT tickets", None, rows(3)),
            ("DELETE tickets", rows(2), rows(2)),
        ]
    );
}

#[tokio::test]
async fn a_database_in_memory_has_a_name_as_well() {
    let capture = Capture::start();
    let pool = SqlitePool::connect("sqlite::memory:").await.unwrap();
    capture.run_async(sqlx::query("SELECT 1").execute(&pool)).await.unwrap();
    let span = support::only(&capture);
    assert_eq!(span.name, "SELECT");
    assert_eq!(span.attribute("db.namespace").unwrap(), &":memory:");
}

#[tokio::test]
async fn what_has_no_summary_is_named_by_its_namespace() {
    let capture = Capture::start();
    let pool = support::pool("spans_nameless").await;
    capture.run_async(sqlx::query("-- nothing").execute(&pool)).await.unwrap();
    let span = support::only(&capture);
    assert_eq!(span.name, "spans_nameless.db");
    assert_eq!(span.attribute("db.query.summary"), None);
}

#[tokio::test]
async fn a_connection_of_no_pool_is_observed_too() {
    use sqlx::Connection as _;

    let capture = Capture::start();
    let mut raw = sqlx::SqliteConnection::connect("sqlite::memory:").await.unwrap();
    let mut connection = SqliteConnection::new(&mut raw, "scratch");
    capture.run_async(sqlx::query("SELECT 1").fetch_one(&mut connection)).await.unwrap();
    let span = support::only(&capture);
    assert_eq!(span.attribute("db.namespace").unwrap(), &"scratch");
    assert_eq!(span.attribute("telemetry.db.wait_time"), None);
}

/// sqlx's own log record of a query is made while the query's span is current.
#[tokio::test]
async fn work_of_the_driver_happens_within_the_span() {
    use telemetry_core::Span;

    let capture = Capture::start();
    let options = support::file("spans_within");
    let raw = sqlx::sqlite::SqlitePoolOptions::new()
        .before_acquire(|_, _| {
            Span::current_set("seen", "before_acquire");
            Box::pin(async { Ok(true) })
        })
        .connect_with(options)
        .await
        .unwrap();
    let pool = SqlitePool::new(raw);
    support::eventually("the connection is idle", || pool.num_idle() == 1).await;
    capture.run_async(sqlx::query("SELECT 1").fetch_one(&pool)).await.unwrap();
    let span = support::only(&capture);
    assert_eq!(span.attribute("seen").unwrap(), &"before_acquire");
}

#[tokio::test]
async fn metrics_count_what_the_sampler_leaves_out() {
    use telemetry_core::{Pipeline, Sampler};

    let capture = Capture::with(Pipeline::builder().sampler(Sampler::AlwaysOff));
    let pool = support::pool("spans_sampled").await;
    let work = async {
        sqlx::query("SELECT id FROM tickets").fetch_all(&pool).await.unwrap();
        sqlx::query("SELECT id FROM nothing").fetch_all(&pool).await.unwrap_err();
    };
    capture.run_async(work).await;
    assert!(capture.spans().is_empty());
    let metrics = capture.metrics();
    for labels in [
        [("db.query.summary", "SELECT tickets"), ("db.system.name", "sqlite")],
        [("db.query.summary", "SELECT nothing"), ("error.type", "1")],
    ] {
        let duration = metrics.histogram("db.client.operation.duration", &labels).unwrap();
        assert_eq!(duration.count(), 1);
        assert!(duration.sum > 0.0);
    }
    capture.assert_ledger_balances();
}

#[tokio::test]
async fn a_duration_leads_to_the_span_that_it_was_measured_with() {
    let capture = Capture::start();
    let pool = support::pool("spans_exemplars").await;
    for query in ["SELECT id FROM tickets", "SELECT nothing FROM tickets"] {
        let query = sqlx::query(AssertSqlSafe(query)).fetch_all(&pool);
        let _ = capture.run_async(query).await;
    }
    let metrics = capture.metrics();
    let spans = capture.spans();
    assert_eq!(spans.len(), 2);
    for span in spans {
        let error = span.attribute("error.type").map(ToString::to_string);
        let labels = error.as_deref().map(|error| ("error.type", error));
        let labels = labels.unwrap_or(("db.query.summary", "SELECT tickets"));
        let point = metrics.histogram("db.client.operation.duration", &[labels]).unwrap();
        let traces: Vec<_> = point.exemplars.iter().map(|it| (it.trace_id, it.span_id)).collect();
        assert!(
            traces.contains(&(Some(span.trace_id), Some(span.span_id))),
            "{labels:?} {traces:?}"
        );
    }
}
