//! `async-openai`, which takes a service of tower's to send through.

use async_openai::{Client, config::Config, error::OpenAIError, middleware::HttpRequestFactory};
use reqwest_middleware::{ClientWithMiddleware, Error};

/// A client of this configuration that sends through `observed`.
pub fn client<C: Config>(config: C, observed: ClientWithMiddleware) -> Client<C> {
    let send = move |request: HttpRequestFactory| {
        let observed = observed.clone();
        async move { observed.execute(request.build().await?).await.map_err(error) }
    };
    Client::with_config(config).with_http_service(tower::service_fn(send))
}

fn error(error: Error) -> OpenAIError {
    match error {
        Error::Reqwest(error) => OpenAIError::Reqwest(error),
        // A budget that is spent and blocks, or another middleware's.
        Error::Middleware(error) => OpenAIError::Boxed(error.into()),
    }
}
