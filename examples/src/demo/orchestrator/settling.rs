//! [`settle`]: waits until the service knows of all that the clients did.

use std::time::{Duration, Instant};

use reqwest::Client;

use crate::demo::message::{ClientCounts, ServiceCounts};

/// A service that hasn't heard of a request by then won't.
const PATIENCE: Duration = Duration::from_secs(10);

/// Waits until as many requests have ended at the service as the clients have sent: of one whose client hung
/// up it may learn later, and once it is asked to end it takes no connection that is still in line.
pub(super) async fn settle(url: &str, clients: &ClientCounts) {
    let Ok(client) = Client::builder().no_proxy().timeout(PATIENCE).build() else {
        return;
    };
    let sent: u64 = clients.routes.values().map(|route| route.started).sum();
    let begun = Instant::now();
    while begun.elapsed() < PATIENCE {
        match ended(&client, url).await {
            Ok(ended) if ended < sent => tokio::time::sleep(Duration::from_millis(20)).await,
            _ => return,
        }
    }
}

/// How many requests have ended at the service.
async fn ended(client: &Client, url: &str) -> reqwest::Result<u64> {
    let counts = client.get(format!("{url}/demo/counts")).send().await?;
    let counts: ServiceCounts = counts.json().await?;
    Ok(counts.routes.values().map(|route| route.ended).sum())
}
