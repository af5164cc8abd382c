//! The comment as the driver is handed it: the trace, and what others keep in it, where it costs no
//! prepared statement.

use std::sync::Mutex;

use sea_orm::{ConnectionTrait, DbBackend, DbErr, ExecResult, QueryResult, Statement};
use telemetry_core::propagation::{self, HeaderGet};
use telemetry_core::testing::Capture;
use telemetry_db::QueryComments;
use telemetry_db::sea_orm::Connection;

use crate::support::only;

/// A connection that keeps what it is asked, and answers none of it.
#[derive(Default)]
struct Keeping(Mutex<Vec<String>>);

impl Keeping {
    fn refuse<T>(&self, sql: &str) -> Result<T, DbErr> {
        self.0.lock().unwrap().push(sql.to_owned());
        Err(DbErr::Custom("it only listens".to_owned()))
    }
}

#[async_trait::async_trait]
impl ConnectionTrait for Keeping {
    fn get_database_backend(&self) -> DbBackend {
        DbBackend::Postgres
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        self.refuse(&statement.sql)
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        self.refuse(sql)
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        self.refuse(&statement.sql)
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.refuse(&statement.sql)
    }
}

/// A caller's headers, with its vendors' state.
struct Caller(String);

impl HeaderGet for Caller {
    fn header(&self, name: &str) -> Option<&str> {
        match name {
            "traceparent" => Some("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"),
            "tracestate" => Some(&self.0),
            _ => None,
        }
    }
}

const SQL: &str = "DELETE FROM tickets";

#[tokio::test]
async fn what_isnt_prepared_says_in_which_span_it_is_and_what_its_vendors_keep() {
    let vendors: Vec<String> = (0..30).map(|at| format!("v{at:02}={}", "x".repeat(25))).collect();
    for (state, told) in [
        ("rojo=00f067aa0ba902b7,congo=t61", ",tracestate='rojo%3D00f067aa0ba902b7%2Ccongo%3Dt61'"),
        // Of a longer one than anybody has to pass on, as many vendors as fit into 512 bytes.
        (
            &vendors.join(","),
            &format!(
                ",tracestate='{}'",
                vendors[..17].join(",").replace('=', "%3D").replace(',', "%2C")
            ),
        ),
        ("", ""),
    ] {
        let comments = QueryComments::of("shop").trace_unprepared();
        let db = Connection::configured(Keeping::default(), |target| target.comments(comments));
        let capture = Capture::start();
        let span = propagation::extract(&Caller(state.to_owned())).span_context().unwrap().clone();
        let context = capture.pipeline().context().with_remote(span);
        let work = async {
            db.execute_unprepared(SQL).await.unwrap_err();
        };
        telemetry_core::ContextExt::in_context(work, context).await;
        let span = only(&capture);
        let sent = db.raw().0.lock().unwrap().clone();
        let parent = format!("00-{}-{}-01", span.trace_id, span.span_id);
        assert_eq!(
            sent,
            [format!(
                "{SQL} /*application='shop',db_driver='sea-orm',traceparent='{parent}'{told}*/"
            )]
        );
        assert_eq!(span.trace_id.to_string(), "4bf92f3577b34da6a3ce929d0e0e4736");
        span.expect_attribute("db.query.text", SQL);
    }
}

#[tokio::test]
async fn what_may_be_prepared_names_no_span_and_without_the_wish_nothing_does() {
    let statement = || Statement::from_string(DbBackend::Postgres, SQL);
    for traces in [true, false] {
        let comments = QueryComments::of("shop");
        let comments = if traces { comments.trace_unprepared() } else { comments };
        let db = Connection::configured(Keeping::default(), |target| target.comments(comments));
        let capture = Capture::start();
        let work = async {
            db.execute_raw(statement()).await.unwrap_err();
            db.query_one_raw(statement()).await.unwrap_err();
            db.query_all_raw(statement()).await.unwrap_err();
            if !traces {
                db.execute_unprepared(SQL).await.unwrap_err();
            }
        };
        capture.run_async(work).await;
        for sent in db.raw().0.lock().unwrap().iter() {
            assert_eq!(sent, &format!("{SQL} /*application='shop',db_driver='sea-orm'*/"));
        }
    }
}
