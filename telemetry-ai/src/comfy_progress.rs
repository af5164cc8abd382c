//! What ComfyUI's socket tells of its graphs.

use std::collections::HashMap;

use crate::{AiCost, Jobs, Provider, provider::comfyui_message, stream::Reply};

/// Beyond so many graphs, those are forgotten that ended otherwise.
const MANY: usize = 256;

/// Follows graphs by the messages of ComfyUI's socket (`/ws?clientId=…`), for applications that listen
/// there and never ask for the history.
///
/// A graph that was queued through an observed client ends with the message that tells its end
/// (`execution_success`, `execution_error`, `execution_interrupted`), with the time that it ran by the
/// server's clock and the number of its outputs. Other messages, previews in binary among them, mean
/// nothing here.
///
/// ```
/// use telemetry_ai::{ComfyProgress, Middleware};
///
/// let middleware = Middleware::new();
/// let mut progress = ComfyProgress::new(middleware.settings().jobs());
/// // For each text that comes from the socket:
/// let message = r#"{"type":"execution_success","data":{"prompt_id":"9d3a","timestamp":1755000042500}}"#;
/// if let Some(cost) = progress.on_message(message) {
///     println!("{:?} USD", cost.amount());
/// }
/// ```
#[derive(Debug)]
pub struct ComfyProgress {
    jobs: Jobs,
    under_way: HashMap<String, Reply>,
}

impl ComfyProgress {
    /// Follows the graphs among these jobs.
    #[must_use]
    pub fn new(jobs: Jobs) -> Self {
        Self { jobs, under_way: HashMap::new() }
    }

    /// Takes in a text of the socket's. Says what the graph cost if this was its end; `None` for all
    /// else, and for graphs that were not queued here.
    pub fn on_message(&mut self, message: &str) -> Option<AiCost> {
        let said = comfyui_message(message.as_bytes());
        let id = said.id.clone()?;
        if !self.jobs.holds(&Provider::COMFYUI, &id) {
            self.under_way.remove(&id);
            return None;
        }
        if self.under_way.len() >= MANY {
            self.under_way.retain(|id, _| self.jobs.holds(&Provider::COMFYUI, id));
        }
        let known = self.under_way.entry(id.clone()).or_default();
        let sum = |one: Option<u64>, other: Option<u64>| match (one, other) {
            (Some(one), Some(other)) => Some(one.saturating_add(other)),
            (one, other) => one.or(other),
        };
        let outputs = |reply: &Reply| {
            let units = reply.usage.as_ref().map(|usage| &usage.units);
            units.map_or((None, None), |units| (units.output_images, units.output_videos))
        };
        // Each node tells its own outputs.
        let ((images, videos), (more_images, more_videos)) = (outputs(known), outputs(&said));
        known.merge(said);
        if let Some(usage) = &mut known.usage {
            usage.units.output_images = sum(images, more_images);
            usage.units.output_videos = sum(videos, more_videos);
        }
        if !known.job.has_ended() {
            return None;
        }
        let ended = self.under_way.remove(&id)?;
        self.jobs.told(&Provider::COMFYUI, &id, ended)
    }
}
