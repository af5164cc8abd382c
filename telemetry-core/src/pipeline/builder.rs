use std::sync::Arc;
use std::thread;
use std::time::Duration;

use super::collector::Collector;
use super::shared::Shared;
use super::sink_thread::SinkThread;
use super::{Pipeline, Sink};
use crate::clock;
use crate::metric::Registry;
use crate::resource::Resource;
use crate::sampling::Sampler;

/// Configures a [`Pipeline`]; made by [`Pipeline::builder`].
#[must_use = "a builder does nothing until it is built"]
pub struct PipelineBuilder {
    resource: Resource,
    sampler: Sampler,
    sinks: Vec<Box<dyn Sink>>,
    ring_bytes: usize,
    sink_bytes: usize,
    sweep_interval: Duration,
}

impl PipelineBuilder {
    pub(super) fn new() -> Self {
        Self {
            resource: Resource::default(),
            sampler: Sampler::default(),
            sinks: Vec::new(),
            ring_bytes: 4 * 1024 * 1024,
            sink_bytes: 4 * 1024 * 1024,
            sweep_interval: Duration::from_millis(100),
        }
    }

    /// What the telemetry is about; empty by default.
    pub fn resource(mut self, resource: Resource) -> Self {
        self.resource = resource;
        self
    }

    /// Which traces are recorded; by default all, but those whose remote parent wasn't.
    pub fn sampler(mut self, sampler: Sampler) -> Self {
        self.sampler = sampler;
        self
    }

    /// Adds a sink; it runs on a thread of its own.
    pub fn sink(mut self, sink: Box<dyn Sink>) -> Self {
        self.sinks.push(sink);
        self
    }

    /// Bytes that all threads' rings may take together, 4 MiB by default; at least two segments of
    /// 64 KiB.
    pub fn ring_bytes(mut self, bytes: usize) -> Self {
        self.ring_bytes = bytes;
        self
    }

    /// Bytes that the sinks' queues may take together, 4 MiB by default.
    pub fn sink_bytes(mut self, bytes: usize) -> Self {
        self.sink_bytes = bytes;
        self
    }

    /// How often the collector empties the rings, 100 ms by default. When rings run full it comes
    /// sooner by itself.
    pub fn sweep_interval(mut self, interval: Duration) -> Self {
        self.sweep_interval = interval.max(Duration::from_millis(1));
        self
    }

    /// Starts the pipeline's threads: the collector and one per sink.
    ///
    /// # Errors
    ///
    /// When the system can't start a thread.
    pub fn build(self) -> std::io::Result<Pipeline> {
        clock::start();
        let sink_bytes = self.sink_bytes / self.sinks.len().max(1);
        let threads = self.sinks.iter().map(|sink| SinkThread::new(&**sink, sink_bytes)).collect();
        let shared = Arc::new(Shared::new(
            self.resource,
            self.sampler,
            Arc::new(Registry::new()),
            self.ring_bytes,
            threads,
        ));
        for (index, mut sink) in self.sinks.into_iter().enumerate() {
            let shared = Arc::clone(&shared);
            thread::Builder::new().name(format!("telemetry-{}", sink.name())).spawn(move || {
                if let Some(thread) = shared.sinks.get(index) {
                    thread.run(&mut *sink, &shared.resource, &shared.registry);
                }
            })?;
        }
        let collector = Collector::new(Arc::clone(&shared));
        let interval = self.sweep_interval;
        let collector = thread::Builder::new()
            .name("telemetry-collector".to_owned())
            .spawn(move || collector.run(interval))?;
        let _ = shared.collector.set(collector.thread().clone());
        Ok(Pipeline::new(shared))
    }
}

impl std::fmt::Debug for PipelineBuilder {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("PipelineBuilder")
            .field("resource", &self.resource)
            .field("sampler", &self.sampler)
            .field("sinks", &self.sinks.iter().map(|sink| sink.name()).collect::<Vec<_>>())
            .field("ring_bytes", &self.ring_bytes)
            .field("sink_bytes", &self.sink_bytes)
            .field("sweep_interval", &self.sweep_interval)
            .finish()
    }
}
