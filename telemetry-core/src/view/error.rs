use std::error::Error;
use std::fmt;

/// A view that makes no sense: which one, and what it should be like. From
/// [`PipelineBuilder::build`](crate::PipelineBuilder::build), inside an [`std::io::Error`] of the
/// kind `InvalidInput`.
///
/// ```
/// use telemetry_core::Pipeline;
/// use telemetry_core::view::{ViewError, histogram};
///
/// let view = histogram("forge.metrics.stage_latency_ms").of_event("forge.stage.stop");
/// let error = Pipeline::builder().view(view).build().unwrap_err();
/// let error: &ViewError = error.get_ref().and_then(|error| error.downcast_ref()).unwrap();
/// assert_eq!(
///     error.to_string(),
///     "the view `forge.metrics.stage_latency_ms` is wrong: a histogram needs what it measures: \
///      .measure(\"duration\") or another attribute"
/// );
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ViewError {
    view: String,
    problem: String,
}

impl ViewError {
    pub(super) fn new(view: &str, problem: impl Into<String>) -> Self {
        Self { view: view.to_owned(), problem: problem.into() }
    }

    /// The view's name.
    pub fn view(&self) -> &str {
        &self.view
    }
}

impl fmt::Display for ViewError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "the view `{}` is wrong: {}", self.view, self.problem)
    }
}

impl Error for ViewError {}
