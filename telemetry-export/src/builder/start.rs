use std::io::{self, IsTerminal};

use telemetry_core::Pipeline;

use super::TelemetryBuilder;
use crate::config::{Config, Variables};
use crate::error::InitError;
use crate::notice::say;
use crate::{resource, sinks, summary};

/// What became of a start.
pub(super) enum Start {
    Running(Box<Started>),
    /// With what is to be said about it.
    Disabled(String),
}

/// Telemetry that runs.
pub(super) struct Started {
    pub(super) pipeline: Pipeline,
    pub(super) config: Config,
    pub(super) summary: String,
}

impl TelemetryBuilder {
    /// Starts the pipeline, which has metrics of itself by default if it `is_global`.
    pub(super) fn start(mut self, is_global: bool) -> Result<Start, InitError> {
        let variables = self.variables.take();
        let variables = variables.unwrap_or_else(Variables::of_process);
        self.settings.terminal = io::stderr().is_terminal();
        let (config, problems) = Config::read(&variables, &self.settings);
        if !problems.errors.is_empty() {
            return Err(InitError::Settings(problems.errors));
        }
        for warning in problems.warnings {
            say(format_args!("{warning}; ignored"));
        }
        if config.disabled {
            let service = summary::service(&config.resource);
            let summary = format!("{service}: disabled by OTEL_SDK_DISABLED");
            return Ok(Start::Disabled(summary));
        }
        let resource = resource::complete(&config.resource);
        let own: Vec<&str> = self.sinks.iter().map(|sink| sink.name()).collect();
        let summary = summary::line(&config, &resource, &own);
        let mut sinks = sinks::of(&config, &variables, self.settings.terminal)?;
        sinks.append(&mut self.sinks);
        let has_metrics_of_itself = config.self_telemetry.unwrap_or(is_global);
        let builder = Pipeline::builder()
            .resource(resource)
            .sampler(config.sampler.clone())
            .propagators(config.propagators.clone())
            .baggage_attributes(std::mem::take(&mut self.settings.baggage_attributes))
            .baggage_labels(std::mem::take(&mut self.settings.baggage_labels))
            .exception_span_events(config.exception_span_events)
            .exemplar_filter(config.exemplar_filter)
            .on_notice(|notice| say(notice))
            .limits(config.limits)
            .list_all_spans(self.settings.list_all_spans)
            .self_telemetry(has_metrics_of_itself);
        #[cfg(feature = "tracing")]
        let builder = builder.mirror_to_tracing(config.mirror);
        let builder = match config.span_event_limit {
            Some(limit) => builder.span_event_limit(limit),
            None => builder,
        };
        let builder = match config.tail.clone() {
            Some(tail) => builder.tail(tail),
            None => builder,
        };
        let builder = match config.cpu_budget {
            Some(budget) => builder.cpu_budget(budget),
            None => builder,
        };
        let builder = match self.settings.event_sampler.take() {
            Some(sampler) => builder.event_sampler(sampler),
            None => builder,
        };
        let builder = sinks.into_iter().fold(builder, |builder, sink| builder.sink(sink));
        let builder = self.views.into_iter().fold(builder, |builder, view| builder.view(view));
        let pipeline = builder.build().map_err(InitError::of_pipeline)?;
        #[cfg(feature = "process")]
        if has_metrics_of_itself {
            pipeline.observe_process();
        }
        Ok(Start::Running(Box::new(Started { pipeline, config, summary })))
    }
}
