use std::time::Duration;

/// Rescues traces that the sampler has left out, once their end shows that they are worth keeping: one
/// that failed, one that took long for its kind, the first ones of each kind, and those that somebody
/// marked. Off unless a pipeline is given one
/// ([`PipelineBuilder::tail`](crate::PipelineBuilder::tail)), since unsampled spans are recorded then:
/// each costs about what a sampled one does, but for the sinks.
///
/// It decides on what happened in this process, the *local fragment* of a trace: all spans beneath a
/// local root. Other processes decide for themselves, so a rescued trace may be incomplete. What the
/// sampler has kept isn't touched. A rescued span carries `telemetry.kept_because` (`error`, `slow`,
/// `first` or `marked`), its flags still say that it wasn't sampled, and
/// [`SpanRef::adjusted_count`](crate::SpanRef::adjusted_count) is zero: counts that are scaled up from
/// the sampled spans stay right.
///
/// ```
/// use std::time::Duration;
/// use telemetry_core::{Pipeline, Ratio, Sampler, Tail};
///
/// let tenth = Sampler::ParentBased(Box::new(Sampler::TraceIdRatio(Ratio::new(0.1).unwrap())));
/// let tail = Tail::default().slower_than(Duration::from_secs(2)).first(3);
/// let pipeline = Pipeline::builder().sampler(tenth).tail(tail).build()?;
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tail {
    pub(super) errors: bool,
    pub(super) slow: bool,
    pub(super) slower_than: Option<Duration>,
    pub(super) first: u32,
    pub(super) bytes: usize,
    pub(super) grace: Duration,
    pub(super) patience: Duration,
}

impl Tail {
    /// Whether traces with a failed span are kept: one whose status is an error. They are by default.
    #[must_use]
    pub fn errors(mut self, keep: bool) -> Self {
        self.errors = keep;
        self
    }

    /// Whether traces are kept whose local root is slow for its kind, slower than 99 of 100 of the same
    /// name; they are by default. A kind has none until a hundred have been seen.
    #[must_use]
    pub fn slow(mut self, keep: bool) -> Self {
        self.slow = keep;
        self
    }

    /// Keeps traces whose local root took longer than this, whatever is usual for it.
    #[must_use]
    pub fn slower_than(mut self, duration: Duration) -> Self {
        self.slower_than = Some(duration);
        self
    }

    /// How many traces of each kind, told by the local root's name, are kept to begin with; 1 by
    /// default.
    #[must_use]
    pub fn first(mut self, traces: u32) -> Self {
        self.first = traces;
        self
    }

    /// Bytes of records that may be held, 2 MiB by default. Beyond, the oldest fragments are given up
    /// undecided: they count as sampled out.
    #[must_use]
    pub fn bytes(mut self, bytes: usize) -> Self {
        self.bytes = bytes;
        self
    }

    /// How long a fragment waits, after its local root's end, for what other threads and tasks add: one
    /// sweep and this long, 100 ms by default.
    #[must_use]
    pub fn grace(mut self, grace: Duration) -> Self {
        self.grace = grace;
        self
    }

    /// How long a fragment is held whose root doesn't end, 30 s by default.
    #[must_use]
    pub fn patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }
}

impl Default for Tail {
    fn default() -> Self {
        Self {
            errors: true,
            slow: true,
            slower_than: None,
            first: 1,
            bytes: 2 * 1024 * 1024,
            grace: Duration::from_millis(100),
            patience: Duration::from_secs(30),
        }
    }
}
