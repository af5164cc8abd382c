use std::sync::{Arc, Mutex, OnceLock};

use super::Meter;
use crate::pipeline::Pipeline;
use crate::scope::Scope;
use crate::sync::lock;

/// The instruments of a layer, made once per pipeline.
///
/// ```
/// use telemetry_core::{Counter, Histogram, InstrumentSet, Meter};
///
/// struct Checkouts {
///     orders: Counter,
///     duration: Histogram,
/// }
///
/// impl InstrumentSet for Checkouts {
///     fn create(meter: &Meter) -> Self {
///         Self {
///             orders: meter.counter("shop.orders").unit("{order}").build(),
///             duration: meter.histogram("shop.checkout").unit("s").build(),
///         }
///     }
/// }
/// ```
pub trait InstrumentSet: Send + Sync + 'static {
    /// Makes them.
    fn create(meter: &Meter) -> Self;
}

/// Keeps a layer's [`InstrumentSet`] for each pipeline it works in. Reading the first pipeline's takes
/// no lock; a program rarely has another.
///
/// ```
/// use telemetry_core::{Counter, InstrumentSet, Instruments, Meter, Pipeline, Scope};
///
/// static SCOPE: Scope = Scope::new("my-layer", "1.0.0");
/// static INSTRUMENTS: Instruments<Set> = Instruments::new(&SCOPE);
///
/// struct Set {
///     calls: Counter,
/// }
///
/// impl InstrumentSet for Set {
///     fn create(meter: &Meter) -> Self {
///         Self { calls: meter.counter("my_layer.calls").build() }
///     }
/// }
///
/// if let Some(pipeline) = Pipeline::current() {
///     INSTRUMENTS.of(&pipeline).calls.add(1, &[]);
/// }
/// ```
#[derive(Debug)]
pub struct Instruments<T> {
    scope: &'static Scope,
    first: OnceLock<(u64, Arc<T>)>,
    others: Mutex<Vec<(u64, Arc<T>)>>,
}

impl<T: InstrumentSet> Instruments<T> {
    /// Pipelines whose instruments are kept besides the first one's; the one that was unused for
    /// longest goes first.
    const KEPT: usize = 64;

    /// Instruments of `scope`, not made yet.
    pub const fn new(scope: &'static Scope) -> Self {
        Self { scope, first: OnceLock::new(), others: Mutex::new(Vec::new()) }
    }

    /// The instruments in `pipeline`.
    #[inline]
    pub fn of(&self, pipeline: &Pipeline) -> Arc<T> {
        match self.first.get() {
            Some((id, set)) if *id == pipeline.id() => Arc::clone(set),
            _ => self.find(pipeline),
        }
    }

    /// Runs `work` with the instruments in `pipeline`, without touching a reference count.
    #[inline]
    pub fn with<R>(&self, pipeline: &Pipeline, work: impl FnOnce(&T) -> R) -> R {
        match self.first.get() {
            Some((id, set)) if *id == pipeline.id() => work(set),
            _ => work(&self.find(pipeline)),
        }
    }

    #[cold]
    fn find(&self, pipeline: &Pipeline) -> Arc<T> {
        let mut others = lock(&self.others);
        if let Some(at) = others.iter().position(|(id, _)| *id == pipeline.id()) {
            others[at..].rotate_left(1);
            if let Some((_, set)) = others.last() {
                return Arc::clone(set);
            }
        }
        let set = Arc::new(T::create(&pipeline.meter(self.scope)));
        if self.first.set((pipeline.id(), Arc::clone(&set))).is_err() {
            if others.len() >= Self::KEPT {
                others.remove(0);
            }
            others.push((pipeline.id(), Arc::clone(&set)));
        }
        set
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    static SCOPE: Scope = Scope::new("test", "1");

    struct Set;

    impl InstrumentSet for Set {
        fn create(_: &Meter) -> Self {
            Self
        }
    }

    #[test]
    fn a_pipeline_in_use_keeps_its_instruments_however_many_others_there_are() {
        let instruments = Instruments::<Set>::new(&SCOPE);
        let pipeline = || Pipeline::builder().build().unwrap();
        instruments.of(&pipeline());
        let used = pipeline();
        let set = instruments.of(&used);
        for _ in 0..2 * Instruments::<Set>::KEPT {
            instruments.of(&pipeline());
            assert!(Arc::ptr_eq(&set, &instruments.of(&used)));
        }
    }
}
