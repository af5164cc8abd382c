//! What the receiver's process does.

use std::io::{Write, stdin, stdout};
use std::thread;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::post;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message;
use tokio::net::TcpListener;
use tokio::runtime::Builder;

use crate::failure::Failure;
use crate::measure::keep_to_core;
use crate::tally::{Seen, Shape, Tally};

/// Prints the port, then at each line that it is sent the operations that it has received, and ends
/// with its input.
pub(crate) fn serve(shape: Shape, core: Option<usize>) -> Result<(), Failure> {
    if let Some(core) = core {
        keep_to_core(core)?;
    }
    let tally = Tally::new(shape);
    let runtime = Builder::new_current_thread().enable_io().build()?;
    let listener = runtime.block_on(TcpListener::bind(("127.0.0.1", 0)))?;
    say(u64::from(listener.local_addr()?.port()))?;
    let router = Router::new()
        .route("/v1/traces", post(take))
        .layer(DefaultBodyLimit::disable())
        .with_state(tally.clone());
    thread::Builder::new()
        .spawn(move || runtime.block_on(async { axum::serve(listener, router).await }))?;
    for question in stdin().lines() {
        question?;
        say(tally.operations())?;
    }
    Ok(())
}

/// One request: answered once everything in it is counted.
async fn take(State(tally): State<Tally>, body: Bytes) -> impl IntoResponse {
    let Ok(request) = ExportTraceServiceRequest::decode(body) else {
        return Err(StatusCode::BAD_REQUEST);
    };
    let scopes = request.resource_spans.iter().flat_map(|resource| &resource.scope_spans);
    tally.add(scopes.flat_map(|scope| &scope.spans).map(seen));
    // An empty message: nothing was rejected.
    Ok([(header::CONTENT_TYPE, "application/x-protobuf")])
}

fn seen(span: &Span) -> Seen {
    Seen {
        has_ids: span.trace_id.len() == 16 && span.span_id.len() == 8,
        is_root: span.parent_span_id.is_empty(),
        attributes: span.attributes.len(),
    }
}

fn say(number: u64) -> Result<(), Failure> {
    let mut out = stdout().lock();
    writeln!(out, "{number}")?;
    Ok(out.flush()?)
}
