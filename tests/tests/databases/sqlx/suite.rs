//! What must hold for every database that sqlx has a driver for.

/// The suite over one of them: its module, sqlx's type for it, `db.system.name`, and its codes for a key
/// that is there already, for what is no SQL, and for a table that isn't there.
macro_rules! over {
    ($module:ident, $database:ident, $system:literal, $codes:expr) => {
        mod $module {
            use std::borrow::Cow;

            use futures_util::TryStreamExt;
            use sqlx::migrate::{Migration, MigrationType, Migrator};
            use sqlx::{AssertSqlSafe, Either, Executor, QueryBuilder, Row, SqlStr, $database};
            use telemetry_core::testing::Capture;
            use telemetry_core::{ContextExt, span};
            use telemetry_db::sqlx::{Connection, Pool, Transaction};

            use super::servers::{Product, raw_pool};
            use super::support::{assert_each_once, comes_to_rest, polled, text};

            #[derive(Debug, PartialEq, sqlx::FromRow)]
            struct Ticket {
                id: i64,
                title: String,
            }

            fn sql(text: &str) -> AssertSqlSafe<String> {
                AssertSqlSafe(<$database>::placeholders(text))
            }

            /// A pool on a table of three tickets.
            async fn pool(name: &str, connections: u32) -> Pool<$database> {
                let raw = raw_pool::<$database>(name, connections).await;
                sqlx::raw_sql(
                    "CREATE TABLE tickets (id BIGINT NOT NULL PRIMARY KEY, title VARCHAR(200) NOT NULL)",
                )
                .execute(&raw)
                .await
                .unwrap();
                sqlx::raw_sql("INSERT INTO tickets VALUES (1, 'one'), (2, 'two'), (3, 'three')")
                    .execute(&raw)
                    .await
                    .unwrap();
                <$database>::observe(raw)
            }

            async fn titles<'e, E: Executor<'e, Database = $database>>(
                executor: E,
            ) -> Vec<String> {
                sqlx::query_scalar("SELECT title FROM tickets ORDER BY id")
                    .fetch_all(executor)
                    .await
                    .unwrap()
            }

            async fn add<'e, E: Executor<'e, Database = $database>>(executor: E, id: i64) -> u64 {
                sqlx::query(sql("INSERT INTO tickets (id, title) VALUES (?, ?)"))
                    .bind(id)
                    .bind(format!("number {id}"))
                    .execute(executor)
                    .await
                    .unwrap()
                    .rows_affected()
            }

            async fn by_connection(connection: &mut Connection<'_, $database>) -> i64 {
                sqlx::query_scalar("SELECT count(*) FROM tickets").fetch_one(connection).await.unwrap()
            }

            async fn by_transaction(transaction: &mut Transaction<'_, $database>) -> i64 {
                add(&mut **transaction, 50).await;
                by_connection(transaction).await
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn every_idiom_of_sqlx_goes_through() {
                let capture = Capture::start();
                let pool = pool("idioms", 4).await;
                let work = async {
                    assert_eq!(add(&pool, 4).await, 1);
                    let first: Ticket = sqlx::query_as(sql("SELECT * FROM tickets WHERE id = ?"))
                        .bind(1_i64)
                        .fetch_one(&pool)
                        .await
                        .unwrap();
                    assert_eq!(first, Ticket { id: 1, title: "one".to_owned() });
                    let ids: Vec<i64> = sqlx::query("SELECT id FROM tickets ORDER BY id")
                        .try_map(|row: <$database as sqlx::Database>::Row| row.try_get(0))
                        .fetch_all(&pool)
                        .await
                        .unwrap();
                    assert_eq!(ids, [1, 2, 3, 4]);
                    let streamed: Vec<Ticket> =
                        sqlx::query_as(sql("SELECT * FROM tickets WHERE id < ? ORDER BY id"))
                            .bind(3_i64)
                            .fetch(&pool)
                            .try_collect()
                            .await
                            .unwrap();
                    assert_eq!(streamed.len(), 2);
                    let steps: Vec<Either<_, _>> =
                        sqlx::raw_sql("DELETE FROM tickets WHERE id = 4; SELECT 1 UNION SELECT 2")
                            .fetch_many(&pool)
                            .try_collect()
                            .await
                            .unwrap();
                    assert_eq!(steps.iter().filter(|step| step.is_right()).count(), 2);
                    let mut builder =
                        QueryBuilder::<$database>::new("SELECT id FROM tickets WHERE title IN (");
                    builder.separated(", ").push_bind("one").push_bind("two");
                    builder.push(") ORDER BY id");
                    let found: Vec<i64> =
                        builder.build_query_scalar().fetch_all(&pool).await.unwrap();
                    assert_eq!(found, [1, 2]);
                    pool.execute("UPDATE tickets SET title = title").await.unwrap();
                    assert!(pool.fetch_optional("SELECT 1").await.unwrap().is_some());
                    let statement = pool.prepare(SqlStr::from_static("SELECT 7")).await.unwrap();
                    assert!(sqlx::Statement::query(&statement).fetch_one(&pool).await.is_ok());

                    let mut connection = pool.acquire().await.unwrap();
                    assert_eq!(titles(&mut *connection).await.len(), 3);
                    assert_eq!(by_connection(&mut connection).await, 3);
                    connection.ping().await.unwrap();
                    let mut begun = connection.begin().await.unwrap();
                    add(&mut *begun, 60).await;
                    begun.rollback().await.unwrap();
                    drop(connection);

                    let mut tx = pool.begin().await.unwrap();
                    assert_eq!(by_transaction(&mut tx).await, 4);
                    let mut savepoint = tx.begin().await.unwrap();
                    add(&mut savepoint, 70).await;
                    savepoint.rollback().await.unwrap();
                    let streamed: Vec<i64> = sqlx::query_scalar::<_, i64>("SELECT id FROM tickets ORDER BY id")
                        .fetch(&mut *tx)
                        .try_collect()
                        .await
                        .unwrap();
                    assert_eq!(streamed, [1, 2, 3, 50]);
                    tx.commit().await.unwrap();

                    let migrations = vec![Migration::new(
                        1,
                        Cow::Borrowed("replies"),
                        MigrationType::Simple,
                        SqlStr::from_static("CREATE TABLE replies (ticket INTEGER)"),
                        false,
                    )];
                    Migrator::with_migrations(migrations).run(&pool).await.unwrap();
                    let none: Option<i32> = sqlx::query_scalar("SELECT ticket FROM replies")
                        .fetch_optional(&pool)
                        .await
                        .unwrap();
                    assert_eq!(none, None);

                    let tasks: Vec<_> = (0..4)
                        .map(|_| {
                            let pool = pool.clone();
                            let work = async move { titles(&pool).await };
                            tokio::spawn(work.in_current_context())
                        })
                        .collect();
                    for task in tasks {
                        assert_eq!(task.await.unwrap().len(), 4);
                    }
                };
                capture.run_async(span!("parent").run(work)).await;
                let spans = capture.spans();
                let parent = spans.iter().find(|span| span.name == "parent").unwrap();
                let insert = spans.iter().find(|span| span.name == "INSERT tickets").unwrap();
                assert_eq!(text(insert, "db.system.name"), Some($system));
                assert_eq!(text(insert, "db.namespace"), Some("idioms"));
                assert_eq!(
                    text(insert, "db.query.text").unwrap(),
                    sql("INSERT INTO tickets (id, title) VALUES (?, ?)").0
                );
                assert_eq!(insert.attribute("telemetry.db.affected_rows").unwrap(), &1);
                if $system != "sqlite" {
                    assert_eq!(text(insert, "server.address"), Some("127.0.0.1"));
                    assert!(insert.attribute("server.port").is_some());
                }
                for span in spans.iter().filter(|span| span.name != "parent") {
                    assert!(!span.status.is_error(), "{span:#?}");
                    assert_eq!(span.trace_id, parent.trace_id, "{span:#?}");
                }
                capture.assert_ledger_balances();
            }

            #[tokio::test]
            async fn failures_have_the_codes_of_the_database_and_a_missing_row_is_none() {
                let capture = Capture::start();
                let pool = pool("failures", 1).await;
                let work = async {
                    assert!(pool.execute("INSERT INTO tickets VALUES (1, 'hunter2')").await.is_err());
                    assert!(pool.execute("SELEC hunter2 FRO tickets").await.is_err());
                    assert!(pool.fetch_all("SELECT * FROM nowhere").await.is_err());
                    let missing = pool.fetch_one("SELECT id FROM tickets WHERE id = 99").await;
                    assert!(matches!(missing, Err(sqlx::Error::RowNotFound)));
                };
                capture.run_async(work).await;
                let spans = capture.spans();
                let codes: Vec<_> =
                    spans.iter().map(|span| text(span, "db.response.status_code")).collect();
                let [duplicate, syntax, _] = $codes;
                assert_eq!(codes[..2], [Some(duplicate), Some(syntax)]);
                assert!(codes[2].is_some(), "{:#?}", spans[2]);
                assert_eq!(codes[3], None);
                for span in &spans {
                    assert_eq!(text(span, "error.type"), text(span, "db.response.status_code"));
                }
                assert!(!spans[3].status.is_error());
                assert!(!format!("{spans:?}{:?}", capture.events()).contains("hunter2"));
                assert_each_once(&capture, 4);
            }

            #[tokio::test]
            async fn what_is_cancelled_at_any_point_ends_once_and_the_pool_comes_to_rest() {
                let capture = Capture::start();
                let pool = pool("cancelled", 2).await;
                let name = pool.name().to_owned();
                let mut operations = 0;
                for times in 1..40 {
                    let query = sqlx::query("SELECT id, title FROM tickets").fetch_all(&pool);
                    operations += 1;
                    if capture.run_async(polled(query, times)).await.is_some() {
                        break;
                    }
                }
                for times in 1..40 {
                    let stream = sqlx::query("SELECT id FROM tickets").fetch(&pool);
                    let rows = stream.try_collect::<Vec<_>>();
                    operations += 1;
                    if capture.run_async(polled(rows, times)).await.is_some() {
                        break;
                    }
                }
                comes_to_rest(&capture, &name).await;
                assert_each_once(&capture, operations);
                // Transactions: BEGIN, INSERT and COMMIT or ROLLBACK, as far as they got.
                for times in 1..60 {
                    let transaction = async {
                        let mut tx = pool.begin().await.unwrap();
                        sqlx::query("UPDATE tickets SET title = title").execute(&mut *tx).await.unwrap();
                        tx.commit().await.unwrap();
                    };
                    if capture.run_async(polled(transaction, times)).await.is_some() {
                        break;
                    }
                }
                comes_to_rest(&capture, &name).await;
                assert_each_once(&capture, capture.spans().len());
                // Nothing is left behind on the connections.
                assert_eq!(titles(&pool).await, ["one", "two", "three"]);
            }

            #[tokio::test]
            async fn what_goes_past_the_stand_in_is_not_observed() {
                let capture = Capture::start();
                let pool = pool("past", 1).await;
                let work = async {
                    assert_eq!(titles(pool.raw()).await.len(), 3);
                    let mut connection = pool.acquire().await.unwrap();
                    assert_eq!(titles(connection.raw()).await.len(), 3);
                    drop(connection);
                    let mut tx = pool.begin().await.unwrap();
                    assert_eq!(add(tx.raw(), 9).await, 1);
                    tx.commit().await.unwrap();
                };
                capture.run_async(work).await;
                let spans = capture.spans();
                let names: Vec<_> = spans.iter().map(|span| &*span.name).collect();
                assert_eq!(names, ["BEGIN", "COMMIT"]);
                assert_each_once(&capture, 2);
            }

            #[tokio::test]
            async fn huge_binary_and_bad_statements_are_operations_as_others_are() {
                let capture = Capture::start();
                let pool = pool("huge", 1).await;
                let padding = "x".repeat(1 << 20);
                let work = async {
                    let huge = AssertSqlSafe(format!("SELECT '{padding}'"));
                    assert_eq!(pool.fetch_all(huge).await.unwrap().len(), 1);
                    let prepared = sqlx::query(AssertSqlSafe(format!("SELECT '{padding}' WHERE 1 = 0")));
                    assert_eq!(prepared.fetch_all(&pool).await.unwrap().len(), 0);
                    assert!(pool.fetch_one("SELECT X'DEADBEEF'").await.is_ok());
                    let bytes = vec![0_u8, 159, 146, 150, 39];
                    let bound = sqlx::query(sql("SELECT ?")).bind(bytes).fetch_one(&pool).await;
                    assert!(bound.is_ok());
                    for bad in ["", "SELEC 'DEADBEEF'", "SELECT 'DEADBEEF", "SELECT (((", "\u{1F600} --"] {
                        // Nothing at all is no error.
                        let _ = pool.execute(bad).await;
                        let _ = sqlx::query(bad).fetch_all(&pool).await;
                        let _ = sqlx::query(bad).persistent(false).fetch_optional(&pool).await;
                    }
                };
                capture.run_async(work).await;
                comes_to_rest(&capture, pool.name()).await;
                assert!(!format!("{:?}", capture.spans()).contains("DEADBEEF"));
                assert!(!format!("{:?}", capture.spans()).contains("xxxx"));
                assert_each_once(&capture, 4 + 5 * 3);
                // The connection is as good as ever.
                assert_eq!(titles(&pool).await, ["one", "two", "three"]);
            }
        }
    };
}

pub(super) use over;
