use std::borrow::Cow;

use futures_util::TryStreamExt;
use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::{Acquire, AssertSqlSafe, Either, Executor, QueryBuilder, Row, Sqlite, Statement};
use telemetry_core::testing::Capture;
use telemetry_core::{ContextExt, span};
use telemetry_db::sqlx::{
    Pool, SqliteConnection, SqlitePool, SqliteTransaction, TelemetryDatabase, Transaction,
};

use crate::support;

#[derive(Debug, PartialEq, sqlx::FromRow)]
struct Ticket {
    id: i64,
    title: String,
}

fn ticket(id: i64, title: &str) -> Ticket {
    Ticket { id, title: title.to_owned() }
}

async fn titles<'e, E: Executor<'e, Database = Sqlite>>(executor: E) -> Vec<String> {
    sqlx::query_scalar("SELECT title FROM tickets ORDER BY id").fetch_all(executor).await.unwrap()
}

async fn add<'e>(executor: impl sqlx::SqliteExecutor<'e>, title: &str) -> u64 {
    sqlx::query("INSERT INTO tickets (title) VALUES (?)")
        .bind(title)
        .execute(executor)
        .await
        .unwrap()
        .rows_affected()
}

async fn by_connection(connection: &mut SqliteConnection<'_>) -> i64 {
    sqlx::query_scalar("SELECT count(*) FROM tickets").fetch_one(connection).await.unwrap()
}

async fn by_transaction(transaction: &mut SqliteTransaction<'_>) -> i64 {
    add(&mut **transaction, "by transaction").await;
    by_connection(transaction).await
}

/// Generic over the database, which bounds on `&mut DB::Connection` would
/// make overflow (E0275).
async fn over_any_database<DB>(pool: &Pool<DB>) -> i64
where
    DB: TelemetryDatabase,
    DB::Arguments: sqlx::IntoArguments<DB>,
    for<'r> i64: sqlx::Decode<'r, DB> + sqlx::Type<DB>,
    usize: sqlx::ColumnIndex<DB::Row>,
{
    let mut tx: Transaction<'_, DB> = pool.begin().await.unwrap();
    let in_transaction: i64 =
        sqlx::query_scalar("SELECT count(*) FROM tickets").fetch_one(&mut *tx).await.unwrap();
    tx.rollback().await.unwrap();
    let on_pool: i64 =
        sqlx::query_scalar("SELECT count(*) FROM tickets").fetch_one(pool).await.unwrap();
    assert_eq!(in_transaction, on_pool);
    on_pool
}

#[tokio::test]
async fn on_the_pool() {
    let capture = Capture::start();
    let pool = support::pool("idioms_pool").await;
    let work = async {
        // query, query_as, query_scalar; execute and every way to fetch
        assert_eq!(add(&pool, "four").await, 1);
        let rows = sqlx::query("SELECT id, title FROM tickets WHERE id > ?")
            .bind(2)
            .fetch_all(&pool)
            .await
            .unwrap();
        assert_eq!(rows[1].get::<String, _>("title"), "four");
        let first: Ticket = sqlx::query_as("SELECT * FROM tickets WHERE id = ?")
            .bind(1)
            .fetch_one(&pool)
            .await
            .unwrap();
        assert_eq!(first, ticket(1, "one"));
        let none: Option<i64> = sqlx::query_scalar("SELECT id FROM tickets WHERE id = 99")
            .fetch_optional(&pool)
            .await
            .unwrap();
        assert_eq!(none, None);
        let mapped: Vec<i64> = sqlx::query("SELECT id FROM tickets")
            .try_map(|row: sqlx::sqlite::SqliteRow| row.try_get(0))
            .fetch_all(&pool)
            .await
            .unwrap();
        assert_eq!(mapped, [1, 2, 3, 4]);

        // streams
        let streamed: Vec<Ticket> = sqlx::query_as("SELECT * FROM tickets WHERE id < ?")
            .bind(3)
            .fetch(&pool)
            .try_collect()
            .await
            .unwrap();
        assert_eq!(streamed, [ticket(1, "one"), ticket(2, "two")]);

        // raw text, dynamic text, builders, bare strings
        let steps: Vec<_> =
            sqlx::raw_sql("SELECT 1; SELECT 2 UNION SELECT 3; DELETE FROM tickets WHERE id = 4")
                .fetch_many(&pool)
                .try_collect()
                .await
                .unwrap();
        let rows = steps.iter().filter(|step| step.is_right()).count();
        assert_eq!((rows, steps.len()), (3, 6));
        let changed = steps.iter().filter_map(|step| step.as_ref().left()).next_back();
        assert_eq!(changed.unwrap().rows_affected(), 1);
        let table = "tickets";
        let count: i64 = sqlx::query_scalar(AssertSqlSafe(format!("SELECT count(*) FROM {table}")))
            .fetch_one(&pool)
            .await
            .unwrap();
        assert_eq!(count, 3);
        let mut builder = QueryBuilder::<Sqlite>::new("SELECT id FROM tickets WHERE title IN (");
        builder.separated(", ").push_bind("one").push_bind("two");
        builder.push(")");
        let found: Vec<i64> = builder.build_query_scalar().fetch_all(&pool).await.unwrap();
        assert_eq!(found, [1, 2]);
        pool.execute("UPDATE tickets SET title = title").await.unwrap();
        assert!(pool.fetch_one("SELECT 1").await.is_ok());
        assert_eq!(
            pool.fetch("SELECT id FROM tickets").try_collect::<Vec<_>>().await.unwrap().len(),
            3
        );

        // prepared statements
        let statement = pool
            .prepare(sqlx::SqlStr::from_static("SELECT title FROM tickets WHERE id = ?"))
            .await
            .unwrap();
        let row = statement.query().bind(2).fetch_one(&pool).await.unwrap();
        assert_eq!(row.get::<String, _>(0), "two");
        assert_eq!(
            (&pool)
                .describe(sqlx::SqlStr::from_static("SELECT id FROM tickets"))
                .await
                .unwrap()
                .columns()
                .len(),
            1
        );

        // code that is generic over the executor, and over the database
        assert_eq!(titles(&pool).await, ["one", "two", "three"]);
        assert_eq!(over_any_database(&pool).await, 3);
    };
    capture.run_async(work).await;
    assert!(capture.spans().iter().all(|span| !span.status.is_error()));
    capture.assert_ledger_balances();
}

#[tokio::test]
async fn on_a_connection_and_in_a_transaction() {
    let capture = Capture::start();
    let pool = support::pool("idioms_connection").await;
    let work = async {
        let mut connection = pool.acquire().await.unwrap();
        assert_eq!(titles(&mut *connection).await.len(), 3);
        assert_eq!(titles(&mut connection).await.len(), 3);
        assert_eq!(by_connection(&mut connection).await, 3);
        let streamed: Vec<i64> = sqlx::query_scalar::<_, i64>("SELECT id FROM tickets")
            .fetch(&mut *connection)
            .try_collect()
            .await
            .unwrap();
        assert_eq!(streamed, [1, 2, 3]);
        let mut on_connection = connection.begin().await.unwrap();
        add(&mut *on_connection, "gone").await;
        on_connection.rollback().await.unwrap();
        connection.ping().await.unwrap();
        drop(connection);

        let mut tx = pool.begin().await.unwrap();
        add(&mut *tx, "four").await;
        add(&mut tx, "five").await;
        assert_eq!(by_transaction(&mut tx).await, 6);
        let mut savepoint = tx.begin().await.unwrap();
        add(&mut *savepoint, "not this").await;
        let mut deeper = savepoint.begin().await.unwrap();
        add(&mut *deeper, "nor this").await;
        deeper.commit().await.unwrap();
        savepoint.rollback().await.unwrap();
        let raw: &mut sqlx::SqliteConnection = tx.as_mut();
        sqlx::query("INSERT INTO tickets (title) VALUES ('raw')").execute(raw).await.unwrap();
        let rows: Vec<Either<_, _>> =
            sqlx::raw_sql("SELECT 1").fetch_many(&mut *tx).try_collect().await.unwrap();
        assert_eq!(rows.len(), 2);
        tx.commit().await.unwrap();

        let immediate = pool.begin_with("BEGIN IMMEDIATE").await.unwrap();
        immediate.commit().await.unwrap();
        support::all_idle(&pool).await;
        assert!(pool.try_begin().await.unwrap().is_some());
        support::all_idle(&pool).await;
        assert!(pool.try_begin_with("BEGIN EXCLUSIVE").await.unwrap().is_some());
        support::all_idle(&pool).await;
        assert!(pool.try_acquire().is_some());
        assert_eq!(
            titles(&pool).await,
            ["one", "two", "three", "four", "five", "by transaction", "raw"]
        );
    };
    capture.run_async(work).await;
    capture.assert_ledger_balances();
}

/// `sqlx::Acquire`, `Migrator::run`: their connection is sqlx's own.
#[tokio::test]
async fn through_acquire_and_migrations() {
    async fn generic<'a, A: Acquire<'a, Database = Sqlite>>(source: A) -> i64 {
        let mut connection = source.acquire().await.unwrap();
        sqlx::query_scalar("SELECT 1 + 1").fetch_one(&mut *connection).await.unwrap()
    }

    let capture = Capture::start();
    let pool = support::pool("idioms_acquire").await;
    let work = async {
        assert_eq!(generic(&pool).await, 2);
        assert_eq!(generic(&mut *pool.acquire().await.unwrap()).await, 2);
        assert_eq!(generic(&mut pool.begin().await.unwrap()).await, 2);
        let begun = Acquire::begin(&pool).await.unwrap();
        begun.rollback().await.unwrap();

        let migrator = Migrator::with_migrations(vec![Migration::new(
            1,
            Cow::Borrowed("replies"),
            MigrationType::Simple,
            sqlx::SqlStr::from_static("CREATE TABLE replies (ticket INTEGER, body TEXT)"),
            false,
        )]);
        migrator.run(&pool).await.unwrap();
        let replies: i64 =
            sqlx::query_scalar("SELECT count(*) FROM replies").fetch_one(&pool).await.unwrap();
        assert_eq!(replies, 0);
    };
    capture.run_async(work).await;
    // The leases of all of them were measured.
    let leases = capture.metrics().histogram("db.client.connection.use_time", &[]).unwrap().count();
    assert_eq!(leases, 5);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_spawned_tasks() {
    let capture = Capture::start();
    let pool = support::pool("idioms_spawned").await;
    let work = span!("parent").run(async {
        let tasks: Vec<_> = (0..8)
            .map(|n| {
                let pool = pool.clone();
                tokio::spawn(
                    async move {
                        let mut tx = pool.begin().await.unwrap();
                        let rows = sqlx::query("SELECT id FROM tickets").fetch_all(&mut *tx).await;
                        assert_eq!(rows.unwrap().len(), 3);
                        tx.commit().await.unwrap();
                        let id: i64 =
                            sqlx::query_scalar("SELECT ?").bind(n).fetch_one(&pool).await.unwrap();
                        let stream = sqlx::query("SELECT id FROM tickets").fetch(&pool);
                        assert_eq!(stream.try_collect::<Vec<_>>().await.unwrap().len(), 3);
                        id
                    }
                    .in_current_context(),
                )
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
    });
    capture.run_async(work).await;
    let spans = capture.spans();
    let parent = spans.iter().find(|span| span.name == "parent").unwrap();
    assert_eq!(spans.len(), 1 + 8 * 5);
    for span in spans.iter().filter(|span| span.name != "parent") {
        assert_eq!(span.parent_span_id, Some(parent.span_id), "{}", span.name);
        assert_eq!(span.trace_id, parent.trace_id);
    }
}

#[tokio::test]
async fn every_way_to_make_a_pool() {
    let options = support::file("idioms_made");
    let url = format!("sqlite://{}", options.get_filename().display());
    let pools = [
        SqlitePool::connect_with(options.clone()).await.unwrap(),
        SqlitePool::connect(&url).await.unwrap(),
        SqlitePool::connect_lazy(&url).unwrap(),
        SqlitePool::connect_lazy_with(options),
        SqlitePool::connect("sqlite::memory:").await.unwrap(),
        sqlx::SqlitePool::connect(&url).await.unwrap().into(),
    ];
    for pool in pools {
        let one: i64 = sqlx::query_scalar("SELECT 1").fetch_one(&pool).await.unwrap();
        assert_eq!(one, 1);
        assert!(pool.size() >= 1 && !pool.is_closed());
        assert_eq!(pool.options().get_max_connections(), 10);
        pool.close().await;
        pool.close_event().await;
        assert!(pool.is_closed());
        let error = sqlx::query("SELECT 1").execute(&pool).await.unwrap_err();
        assert!(matches!(error, sqlx::Error::PoolClosed), "{error}");
    }
}
