use std::collections::BTreeSet;
use std::net::TcpListener;
use std::time::Duration;

use console_api::instrument::InstrumentRequest;
use console_api::instrument::instrument_client::InstrumentClient;
use telemetry_core::bridge::{self, Directives};
use telemetry_core::testing::Capture;
use telemetry_core::{ContextExt, span};
use tokio::time::{sleep, timeout};
use tokio_stream::StreamExt;
use tracing::Instrument;
use tracing_subscriber::Layer;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// How many tasks the console's client is told of, with those that it knows already.
pub(crate) async fn tasks(address: std::net::SocketAddr) -> usize {
    let client = async {
        loop {
            match InstrumentClient::connect(format!("http://{address}")).await {
                Ok(client) => return client,
                Err(_) => sleep(Duration::from_millis(20)).await,
            }
        }
    };
    let mut client = timeout(PATIENCE, client).await.expect("the console listens");
    let updates = client.watch_updates(InstrumentRequest {}).await.unwrap().into_inner();
    let told = updates.filter_map(|update| Some(update.ok()?.task_update?.new_tasks.len()));
    let told = told.filter(|count| *count > 0);
    tokio::pin!(told);
    timeout(PATIENCE, told.next()).await.expect("the console tells").expect("of tasks")
}

#[test]
fn the_console_has_the_tasks_and_the_bridge_what_its_filter_lets_through() {
    // The runtime's own spans go through the program's subscriber, so it takes the global one.
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let console = console_subscriber::ConsoleLayer::builder().server_addr(address).spawn();
    let directives: Directives = "info".parse().unwrap();
    let ours = bridge::tracing::layer().with_filter(directives.filter());
    tracing_subscriber::registry().with(console).with(ours).init();

    let capture = Capture::start();
    let context = capture.pipeline().context();
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    let runtime = runtime.worker_threads(2).enable_all().build().unwrap();
    let tasks = runtime.block_on(async {
        let job = context.in_scope(|| tracing::info_span!("job"));
        let work = async {
            for step in 0..20 {
                sleep(Duration::from_millis(1)).await;
                span!("native").in_scope(|| tracing::info!(step, "a step"));
                tracing::debug_span!("detail")
                    .in_scope(|| tracing::info_span!("inner").in_scope(|| ()));
            }
        };
        tokio::spawn(work.instrument(job).in_context(context.clone())).await.unwrap();
        let waiting = tokio::spawn(sleep(PATIENCE));
        let tasks = tasks(address).await;
        waiting.abort();
        tasks
    });
    assert!(tasks > 0);

    let spans = capture.spans();
    let names: BTreeSet<&str> = spans.iter().map(|span| &*span.name).collect();
    assert_eq!(names, BTreeSet::from(["inner", "job", "native"]));
    assert_eq!(spans.len(), 41);
    let job = spans.iter().find(|span| span.name == "job").unwrap();
    let children = spans.iter().filter(|span| span.name != "job");
    assert!(
        children.into_iter().all(|span| span.parent_span_id == Some(job.span_id)),
        "{spans:#?}"
    );
    assert_eq!(capture.events().len(), 20);
    capture.assert_ledger_balances();
}
