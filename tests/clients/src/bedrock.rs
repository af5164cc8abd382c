//! The SDK of Bedrock, which takes a client of HTTP that is written for it.

use aws_sdk_bedrockruntime::config::{HttpClient, RuntimeComponents};
use aws_smithy_runtime_api::client::{
    http::{HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector},
    orchestrator::{HttpRequest, HttpResponse},
    result::ConnectorError,
};
use aws_smithy_types::body::SdkBody;
use reqwest_middleware::{ClientWithMiddleware, Error};

/// Sends what the SDK asks for through a client that is observed. Timeouts are the client's own.
///
/// Give it to the SDK's configuration as its `http_client`.
#[derive(Debug, Clone)]
pub struct Observed(ClientWithMiddleware);

impl Observed {
    /// Sends through `client`.
    pub fn new(client: ClientWithMiddleware) -> Self {
        Self(client)
    }
}

impl HttpClient for Observed {
    fn http_connector(
        &self,
        _: &HttpConnectorSettings,
        _: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for Observed {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let client = self.0.clone();
        HttpConnectorFuture::new(async move { send(&client, request).await })
    }
}

async fn send(
    client: &ClientWithMiddleware,
    request: HttpRequest,
) -> Result<HttpResponse, ConnectorError> {
    let request = request.try_into_http1x().map_err(|error| ConnectorError::user(error.into()))?;
    let request = request.map(|body| match body.bytes() {
        // As it is in memory, it can be read for the model and the parameters.
        Some(bytes) => reqwest::Body::from(bytes.to_vec()),
        None => reqwest::Body::wrap(body),
    });
    let request =
        request.try_into().map_err(|error: reqwest::Error| ConnectorError::user(error.into()))?;
    let response = client.execute(request).await.map_err(error)?;
    let response = http::Response::<reqwest::Body>::from(response).map(SdkBody::from_body_1_x);
    response.try_into().map_err(|error| ConnectorError::other(Box::new(error), None))
}

fn error(error: Error) -> ConnectorError {
    match error {
        Error::Reqwest(error) if error.is_timeout() => ConnectorError::timeout(error.into()),
        Error::Reqwest(error) => ConnectorError::io(error.into()),
        // A budget that is spent and blocks, or another middleware's.
        Error::Middleware(error) => ConnectorError::other(error.into(), None),
    }
}
