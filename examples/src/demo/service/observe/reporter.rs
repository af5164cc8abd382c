//! [`Reporter`]: tells twice a second how it goes.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use telemetry_ai::Decimal;
use telemetry_core::Pipeline;
use telemetry_export::console::Style;

use super::{Observations, totals};
use crate::demo::command_line::Problem;
use crate::demo::message::{Progress, Report};
use crate::demo::standard;

/// How often it tells.
const INTERVAL: Duration = Duration::from_millis(500);

/// How far back the rate and the percentile look.
const RECENT: Duration = Duration::from_secs(5);

/// A thread that prints reports until it is stopped.
#[derive(Debug)]
pub(crate) struct Reporter {
    stop: mpsc::Sender<()>,
    thread: JoinHandle<()>,
}

/// What the thread has.
struct Teller {
    observations: Arc<Observations>,
    pipeline: Pipeline,
    style: Style,
    /// When there were how many requests.
    history: VecDeque<(Instant, u64)>,
}

impl Reporter {
    /// Starts telling of what `pipeline` and `observations` know.
    pub(crate) fn start(
        pipeline: &Pipeline,
        observations: &Arc<Observations>,
        style: Style,
    ) -> Result<Self, Problem> {
        let (stop, stopped) = mpsc::channel();
        let mut teller = Teller {
            observations: Arc::clone(observations),
            pipeline: pipeline.clone(),
            style,
            history: VecDeque::from([(Instant::now(), 0)]),
        };
        let thread = thread::Builder::new().name("reporter".to_owned()).spawn(move || {
            while stopped.recv_timeout(INTERVAL) == Err(RecvTimeoutError::Timeout) {
                teller.tell();
            }
            teller.tell();
        });
        let thread = thread.map_err(Problem::failed)?;
        Ok(Self { stop, thread })
    }

    /// Tells a last time.
    pub(crate) fn stop(self) {
        drop(self.stop);
        // A panic of the reporter is told by the panic's own message.
        let _ = self.thread.join();
    }
}

impl Teller {
    fn tell(&mut self) {
        let routes = totals::by_route(&self.pipeline.metrics());
        let spend: Decimal = telemetry_ai::spend().iter().map(|row| row.cost).sum();
        let per_second = self.rate(routes.values().map(|totals| totals.requests).sum());
        let mut seen = self.observations.lock();
        let request = seen.whole_request.take(self.style);
        let p95_seconds = seen.durations.recent_p95(RECENT);
        drop(seen);
        if let Some(request) = request {
            standard::print_json(&request);
        }
        standard::print_json(&Report::Progress(Progress {
            per_second,
            p95_seconds,
            errors: routes.values().map(|totals| totals.errors).sum(),
            spend: spend.normalize().to_string(),
        }));
    }

    /// Requests a second, now that there were so many.
    fn rate(&mut self, requests: u64) -> f64 {
        let now = Instant::now();
        self.history.push_back((now, requests));
        // The last entry before the window is its beginning.
        while self.history.get(1).is_some_and(|(then, _)| now - *then >= RECENT) {
            self.history.pop_front();
        }
        let Some((then, before)) = self.history.front() else {
            return 0.0;
        };
        (requests - before) as f64 / (now - *then).as_secs_f64().max(0.1)
    }
}
