//! What several modules need.

use std::process::Command;
use std::time::{Duration, Instant};

use telemetry_core::propagation::{HeaderGet, HeaderSet, Propagator, Propagators};
use telemetry_core::{Context, FlushReport, Pipeline, propagation};

/// Far longer than anything takes that ends at all, on a machine that does much else.
pub(crate) const HANGS: Duration = Duration::from_secs(60);

/// Headers as a test writes them: looked up without regard to case, several of one name joined, as the
/// trait asks.
#[derive(Clone, Debug, Default)]
pub(crate) struct Headers {
    lines: Vec<(String, String)>,
}

impl Headers {
    pub(crate) fn of(lines: &[(&str, &str)]) -> Self {
        let mut headers = Self::default();
        for (name, value) in lines {
            let name = name.to_ascii_lowercase();
            match headers.lines.iter_mut().find(|(known, _)| *known == name) {
                Some((_, joined)) => *joined = format!("{joined},{value}"),
                None => headers.lines.push((name, (*value).to_owned())),
            }
        }
        headers
    }

    pub(crate) fn names(&self) -> Vec<&str> {
        self.lines.iter().map(|(name, _)| name.as_str()).collect()
    }

    pub(crate) fn lines(&self) -> &[(String, String)] {
        &self.lines
    }
}

impl HeaderGet for Headers {
    fn header(&self, name: &str) -> Option<&str> {
        self.lines.iter().find_map(|(key, value)| (key == name).then_some(value.as_str()))
    }

    fn for_each_header(&self, show: &mut dyn FnMut(&str, &str)) {
        self.lines.iter().for_each(|(name, value)| show(name, value));
    }
}

impl HeaderSet for Headers {
    fn set_header(&mut self, name: &str, value: &str) {
        self.lines.retain(|(known, _)| known != name);
        self.lines.push((name.to_owned(), value.to_owned()));
    }
}

/// A pipeline of these formats.
pub(crate) fn builder(
    propagators: impl IntoIterator<Item = Propagator>,
) -> telemetry_core::PipelineBuilder {
    Pipeline::builder().propagators(Propagators::new(propagators))
}

/// What `context` writes.
pub(crate) fn injected(context: &Context) -> Headers {
    let mut headers = Headers::default();
    propagation::inject(context, &mut headers);
    headers
}

/// Flushes within `timeout`, again until a sweep is done, where sinks or handlers won't be.
pub(crate) fn sweep(pipeline: &Pipeline, timeout: Duration) -> FlushReport {
    let begun = Instant::now();
    loop {
        let report = pipeline.flush(timeout);
        if report.swept {
            return report;
        }
        assert!(begun.elapsed() < HANGS, "{report:?}");
    }
}

/// Whether this process is the test's own. If it isn't, the test of this name passes in such a process by now: what it
/// makes global others would see here.
#[track_caller]
pub(crate) fn is_alone(name: &str) -> bool {
    const MARK: &str = "IT_ALONE";
    if std::env::var_os(MARK).is_some() {
        return true;
    }
    let mut alone = Command::new(std::env::current_exe().unwrap());
    alone.args(["--exact", name, "--nocapture"]).env(MARK, "1");
    let output = alone.output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    assert!(output.status.success() && out.contains("1 passed"), "{out}\n{err}");
    false
}
