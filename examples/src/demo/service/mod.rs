//! `demo-service`: the support desk, the process that telemetry looks at.
//!
//! `desk` is the service as anybody would write it. `counts` and `observe` are there for the
//! demo: the first counts requests without telemetry, the second sees what the exporters see.

mod counts;
mod customers;
mod database;
mod desk;
mod drain;
mod failure;
mod model;
mod observe;
mod options;
mod replies;
mod reports;
mod sse;
mod tenant;
mod tickets;

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use axum::middleware::from_fn_with_state;
use axum::routing::get;
use axum::{Json, Router};
use telemetry_db::sqlx::SqlitePool;
use telemetry_export::console::Style;
use telemetry_export::{Console, Telemetry};
use tokio::net::TcpListener;

use super::command_line::Problem;
use super::message::{Report, Summary};
use super::process::{self, Stop};
use super::standard;
use counts::Counts;
use database::Database;
use desk::Desk;
use model::Model;
use observe::{ObservationSink, Observations, Reporter};
use options::Options;
use reports::Backlog;

/// A write waits no longer for the others than anybody should notice.
const LONG_WAIT: Duration = Duration::from_millis(100);

/// How long the database is waited for after that.
const LONGEST_CLOSE: Duration = Duration::from_secs(1);

/// How long telemetry may take to deliver what is left.
const LONGEST_DELIVERY: Duration = Duration::from_secs(5);

/// Runs the service.
pub fn main() -> ExitCode {
    let result = Options::of_process().and_then(|options| run(&options));
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => problem.report("demo-service", options::USAGE),
    }
}

fn run(options: &Options) -> Result<(), Problem> {
    let runtime = process::runtime()?;
    // Before telemetry starts, so that what is wrong here is all there is to say.
    let prepared = runtime.block_on(Prepared::of(options))?;
    let observations = Arc::new(Observations::default());
    let counts = Counts::default();
    let telemetry = start_telemetry(options, &observations)?;
    let served = runtime.block_on(serve(options, prepared, &telemetry, &counts, &observations));
    // What the drain left is dropped here, so that all spans have ended before telemetry stops.
    drop(runtime);
    served?;
    let spend = telemetry_ai::spend();
    let metrics = telemetry.metrics();
    let ended = telemetry.shutdown(LONGEST_DELIVERY);
    if options.report {
        let summary = Summary {
            enabled: telemetry.is_enabled(),
            routes: observations.routes(&metrics),
            query_times: observations.query_times(),
            slow_queries: observations.slow_queries(),
            repeated_queries: observations.repeated_queries(),
            long_waits: observations.long_waits(),
            tenants: observe::tenants(&spend),
            models: observe::models(&spend, &metrics),
            own: counts.read(),
            ledger: observe::ledger(&ended.ledger),
        };
        standard::print_json(&Report::Summary(Box::new(summary)));
    }
    Ok(())
}

/// What can go wrong before there is anything to observe.
struct Prepared {
    listener: TcpListener,
    database: Database,
    backlog: Backlog,
    model: Model,
}

impl Prepared {
    async fn of(options: &Options) -> Result<Self, Problem> {
        let listener = process::listen(options.port).await?;
        let database = Database::open(options.database.as_deref()).await?;
        Ok(Self {
            listener,
            backlog: Backlog::calibrate(database.raw()).await.map_err(Problem::failed)?,
            database,
            model: Model::new(&options.provider)?,
        })
    }
}

/// Telemetry as the environment wants it, and the demo's own sink if its reports are wanted.
fn start_telemetry(
    options: &Options,
    observations: &Arc<Observations>,
) -> Result<Telemetry, Problem> {
    let mut builder = telemetry_export::builder!().service_name("support-desk");
    if options.report {
        // Standard output is for the reports, and the demo shows a tree of its own.
        let sink = ObservationSink::new(Arc::clone(observations));
        builder = builder.console(Console::None).sink(Box::new(sink));
    }
    builder.init().map_err(Problem::failed)
}

/// Serves until it is asked to stop, and then until all answers are given, for a while.
async fn serve(
    options: &Options,
    prepared: Prepared,
    telemetry: &Telemetry,
    counts: &Counts,
    observations: &Arc<Observations>,
) -> Result<(), Problem> {
    let signal = telemetry.shutdown_signal();
    let attached = options.attached;
    let stop = Stop::from(async move {
        tokio::select! {
            () = signal => {}
            () = process::detached(attached) => {}
        }
    })?;
    let Prepared { listener, database, backlog, model } = prepared;
    let db = SqlitePool::configured(database.raw().clone(), |target| target.pool_named("readers"));
    let writer = SqlitePool::configured(database.raw_writer().clone(), |target| {
        target.pool_named("writer").long_wait_after(LONG_WAIT)
    });
    let desk = Desk { db, writer, model, backlog };
    let own = counts.clone();
    let app: Router = desk
        .routes()
        .layer(from_fn_with_state(counts.clone(), counts::count))
        // Below the layers, so that scrapes are no requests.
        .route("/demo/counts", get(async move || Json(own.read())))
        .route("/metrics", telemetry.metrics_route());
    let pipeline = telemetry.pipeline().filter(|_| options.report);
    let report = |pipeline| Reporter::start(pipeline, observations, style(options));
    let reporter = pipeline.map(report).transpose()?;
    process::announce(&listener)?;
    let served = drain::serve_until(listener, app, &stop).await.map_err(Problem::failed);
    if let Some(reporter) = reporter {
        reporter.stop();
    }
    // A query that nobody waits for any more may still be running.
    let _ = tokio::time::timeout(LONGEST_CLOSE, database.close()).await;
    served
}

fn style(options: &Options) -> Style {
    if options.coloured { Style::Coloured } else { Style::Plain }
}
