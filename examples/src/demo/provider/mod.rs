//! `demo-provider`: an AI provider on the loopback.
//!
//! It speaks OpenAI's chat completions, plain and streamed, Anthropic's messages, and Replicate's
//! predictions. It takes the time that a model takes, and now and then refuses with 429 and `retry-after`.
//! Its latencies, its words and its refusals come from a seed.

mod answer;
mod completions;
mod messages;
mod options;
mod predictions;
mod refusal;
mod request;
mod stream;

use std::process::ExitCode;

use axum::Router;
use axum::routing::{get, post};

use super::command_line::Problem;
use super::process::{self, Stop};
use options::Options;

/// Runs the provider.
pub fn main() -> ExitCode {
    let result = Options::of_process().and_then(|options| process::block_on(serve(options)));
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => problem.report("demo-provider", options::USAGE),
    }
}

async fn serve(options: Options) -> Result<(), Problem> {
    let stop = Stop::listen(options.attached)?;
    let listener = process::listen(options.port).await?;
    process::announce(&listener)?;
    let provider = completions::Provider::new(options.seed, options.busy);
    let routes = Router::new()
        .route("/v1/chat/completions", post(completions::create))
        .route("/v1/models", get(completions::models))
        .route("/v1/messages", post(messages::create))
        .route("/v1/models/{owner}/{name}/predictions", post(predictions::create))
        .route("/v1/predictions/{id}", get(predictions::show))
        .fallback(completions::unknown_url)
        .with_state(provider);
    tokio::select! {
        served = axum::serve(listener, routes).into_future() => served.map_err(Problem::failed),
        () = stop.asked() => Ok(()),
    }
}
