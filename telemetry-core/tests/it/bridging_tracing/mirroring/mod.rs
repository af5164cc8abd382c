//! Native spans as other layers of `tracing` see them.

mod entered;
mod shown;
mod told;

use std::io;
use std::sync::{Arc, Mutex};

use telemetry_core::testing::Capture;
use telemetry_core::{Pipeline, bridge};
use tracing::Dispatch;
use tracing_subscriber::fmt::format::FmtSpan;
use tracing_subscriber::layer::{Layer, SubscriberExt};
use tracing_subscriber::{EnvFilter, Registry};

use told::Told;

fn mirroring() -> Capture {
    Capture::with(Pipeline::builder().mirror_to_tracing(true))
}

/// A subscriber with the bridge and a layer that is told.
fn told() -> (Told, Dispatch) {
    let told = Told::default();
    let layers = Registry::default().with(bridge::tracing::layer()).with(told.clone());
    (told, Dispatch::new(layers))
}

fn with<R>(dispatch: &Dispatch, capture: &Capture, work: impl FnOnce() -> R) -> R {
    tracing::dispatcher::with_default(dispatch, || capture.run(work))
}

#[derive(Clone, Debug, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl io::Write for Written {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Written {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

/// What `fmt` writes of `work` and of these moments of spans.
fn written(filter: &str, spans: FmtSpan, capture: &Capture, work: impl FnOnce()) -> String {
    let written = Written::default();
    let writer = written.clone();
    let fmt =
        tracing_subscriber::fmt::layer().with_ansi(false).without_time().with_span_events(spans);
    let fmt = fmt.with_writer(move || writer.clone()).with_filter(EnvFilter::new(filter));
    let layers = Registry::default().with(bridge::tracing::layer()).with(fmt);
    with(&Dispatch::new(layers), capture, work);
    written.text()
}
