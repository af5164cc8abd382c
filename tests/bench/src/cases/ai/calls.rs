//! [`Calls`]: a client that asks a model, one call after the other.

use std::hint::black_box;

use reqwest::{Client, Url};
use reqwest_middleware::{ClientBuilder, ClientWithMiddleware};
use tokio::runtime::{Builder, Runtime};

use crate::failure::Failure;
use crate::provider::REQUEST;

/// A client and where it calls.
pub(super) struct Calls {
    runtime: Runtime,
    client: ClientWithMiddleware,
    address: Url,
}

impl Calls {
    /// A client with the middleware that `with` gives it, for calls to an address such as
    /// `127.0.0.1:8000`.
    pub(super) fn new(
        address: &str,
        with: impl FnOnce(ClientBuilder) -> ClientBuilder,
    ) -> Result<Self, Failure> {
        let client = Client::builder().no_proxy().build()?;
        Ok(Self {
            runtime: Builder::new_current_thread().enable_all().build()?,
            client: with(ClientBuilder::new(client)).build(),
            address: format!("http://{address}/v1/chat/completions").parse()?,
        })
    }

    /// Makes so many calls. One that fails isn't delivered.
    pub(super) fn burst(&mut self, calls: u64) {
        let Self { runtime, client, address } = self;
        runtime.block_on(async {
            for _ in 0..calls {
                let request = client
                    .post(address.clone())
                    .header("content-type", "application/json")
                    .header("authorization", "Bearer sk-benchmark")
                    .body(REQUEST);
                let Ok(response) = request.send().await else { continue };
                black_box(response.bytes().await.ok());
            }
        });
    }
}
