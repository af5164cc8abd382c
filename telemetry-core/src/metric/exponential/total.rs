use super::{MAX_SCALE, MIN_SCALE, excess};

/// The buckets of one sign of an exponential histogram: how many values there are from bucket
/// `offset` on. Bucket `i` holds what is above `base^i` and not above `base^(i + 1)`, with
/// `base = 2^(2^-scale)`.
///
/// ```
/// use telemetry_core::{Pipeline, Scope};
///
/// static SCOPE: Scope = Scope::new("shop", "1.0.0");
///
/// let pipeline = Pipeline::builder().build()?;
/// let size = pipeline.meter(&SCOPE).histogram("shop.order.size").exponential().build();
/// [1.5, 9.0].into_iter().for_each(|value| size.record(value, &[]));
/// let metrics = pipeline.metrics();
/// let point = metrics.exponential_histogram("shop.order.size", &[]).unwrap();
/// for (index, count) in point.positive.iter().filter(|(_, count)| *count > 0) {
///     let (above, to) = point.bounds(index);
///     println!("{count} above {above}, up to {to}");
/// }
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ExponentialBuckets {
    /// The index of the first of [`counts`](Self::counts).
    pub offset: i32,
    /// Values in each bucket, not cumulative; empty without values.
    pub counts: Vec<u64>,
}

/// What the cells of an exponential histogram add up to.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::metric) struct ExponentialTotal {
    pub(in crate::metric) scale: i32,
    pub(in crate::metric) zeros: u64,
    pub(in crate::metric) positive: ExponentialBuckets,
    pub(in crate::metric) negative: ExponentialBuckets,
}

impl Default for ExponentialTotal {
    fn default() -> Self {
        Self {
            scale: MAX_SCALE,
            zeros: 0,
            positive: ExponentialBuckets::default(),
            negative: ExponentialBuckets::default(),
        }
    }
}

impl ExponentialTotal {
    pub(in crate::metric) fn count(&self) -> u64 {
        self.zeros + self.positive.count() + self.negative.count()
    }

    /// Adds `other`, at the finest scale that holds both.
    pub(in crate::metric) fn merge(&mut self, other: &Self) {
        let mut other = other.clone();
        let scale = self.scale.min(other.scale);
        self.coarsen_to(scale);
        other.coarsen_to(scale);
        let positive = self.positive.excess_with(&other.positive);
        let down = positive.max(self.negative.excess_with(&other.negative)).min(scale - MIN_SCALE);
        self.coarsen_to(scale - down);
        other.coarsen_to(scale - down);
        self.zeros += other.zeros;
        self.positive.merge(&other.positive);
        self.negative.merge(&other.negative);
    }

    /// What came after `earlier`, an earlier state of the same histogram.
    pub(in crate::metric) fn since(&self, earlier: &Self) -> Self {
        let mut earlier = earlier.clone();
        // A scale only ever falls.
        earlier.coarsen_to(self.scale);
        Self {
            scale: self.scale,
            zeros: self.zeros.saturating_sub(earlier.zeros),
            positive: self.positive.since(&earlier.positive),
            negative: self.negative.since(&earlier.negative),
        }
    }

    /// Merges buckets until the scale is `scale`, if it is finer.
    pub(in crate::metric) fn coarsen_to(&mut self, scale: i32) {
        let down = self.scale - scale;
        if down > 0 {
            self.scale = scale;
            self.positive.coarsen(down);
            self.negative.coarsen(down);
        }
    }
}

impl ExponentialBuckets {
    /// How many values there are.
    pub fn count(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// The buckets that hold values, by their indices.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (i32, u64)> {
        let all = self.counts.iter().enumerate();
        all.map(|(at, count)| (self.offset + at as i32, *count)).filter(|(_, count)| *count > 0)
    }

    /// Adds to the bucket of `index`.
    pub(super) fn add(&mut self, index: i32, count: u64) {
        if self.counts.is_empty() {
            self.offset = index;
        }
        if index < self.offset {
            let missing = (self.offset - index) as usize;
            self.counts.splice(0..0, std::iter::repeat_n(0, missing));
            self.offset = index;
        }
        let at = (index - self.offset) as usize;
        if self.counts.len() <= at {
            self.counts.resize(at + 1, 0);
        }
        if let Some(present) = self.counts.get_mut(at) {
            *present += count;
        }
    }

    fn merge(&mut self, other: &Self) {
        other.iter().for_each(|(index, count)| self.add(index, count));
    }

    fn coarsen(&mut self, down: i32) {
        let finer = std::mem::take(self);
        finer.iter().for_each(|(index, count)| self.add(index >> down, count));
    }

    fn since(&self, earlier: &Self) -> Self {
        let mut since = Self::default();
        for (index, count) in self.iter() {
            let before = usize::try_from(i64::from(index) - i64::from(earlier.offset));
            let before = before.ok().and_then(|at| earlier.counts.get(at)).copied();
            let count = count.saturating_sub(before.unwrap_or(0));
            if count > 0 {
                since.add(index, count);
            }
        }
        since
    }

    /// By how many scales both must fall to fit together.
    fn excess_with(&self, other: &Self) -> i32 {
        let indices = self.iter().chain(other.iter()).map(|(index, _)| index);
        let bounds = indices.fold(None, |bounds: Option<(i32, i32)>, index| {
            let (first, last) = bounds.unwrap_or((index, index));
            Some((first.min(index), last.max(index)))
        });
        bounds.map_or(0, |(first, last)| excess(first, last))
    }
}
