//! The macros of sqlx that check a query when it is compiled, here against what is written down in
//! `.sqlx`: they run on the stand-ins as all others do.

use futures_util::TryStreamExt;
use telemetry_core::testing::Capture;

use crate::support::{self, names};

#[derive(Debug, PartialEq)]
struct Ticket {
    id: i64,
    title: String,
}

#[tokio::test]
async fn on_the_pool_on_a_connection_and_in_a_transaction() {
    let capture = Capture::start();
    let pool = support::pool("checked").await;
    let work = async {
        let one = sqlx::query!("SELECT id, title FROM tickets WHERE id = ?", 1)
            .fetch_one(&pool)
            .await
            .unwrap();
        assert_eq!((one.id, &*one.title), (1, "one"));
        let all: Vec<Ticket> = sqlx::query_as!(Ticket, "SELECT id, title FROM tickets ORDER BY id")
            .fetch(&pool)
            .try_collect()
            .await
            .unwrap();
        assert_eq!(all[2], Ticket { id: 3, title: "three".to_owned() });

        let mut tx = pool.begin().await.unwrap();
        let added = sqlx::query!("INSERT INTO tickets (title) VALUES (?)", "four")
            .execute(&mut *tx)
            .await
            .unwrap();
        assert_eq!(added.rows_affected(), 1);
        tx.commit().await.unwrap();

        let mut connection = pool.acquire().await.unwrap();
        let count = sqlx::query_scalar!("SELECT count(*) FROM tickets")
            .fetch_one(&mut *connection)
            .await
            .unwrap();
        assert_eq!(count, 4);
    };
    capture.run_async(work).await;
    let spans = capture.spans();
    let told = names(&spans);
    let expected =
        ["SELECT tickets", "SELECT tickets", "BEGIN", "INSERT tickets", "COMMIT", "SELECT tickets"];
    assert_eq!(told, expected);
    let rows = ["db.response.returned_rows", "telemetry.db.affected_rows"];
    for (span, (key, rows)) in [(0, (rows[0], 1)), (1, (rows[0], 3)), (3, (rows[1], 1))] {
        assert_eq!(spans[span].attribute(key).unwrap(), &rows, "{:#?}", spans[span]);
    }
    let text = spans[0].attribute("db.query.text").unwrap();
    assert_eq!(text, &"SELECT id, title FROM tickets WHERE id = ?");
    capture.assert_ledger_balances();
}
