use std::fmt;
use std::ops::Deref;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock, OnceLock};

use super::{Meter, Registry, Settings};
use crate::scope::Scope;

/// The registry of all of them, of no pipeline's own.
static REGISTRY: LazyLock<Arc<Registry>> =
    LazyLock::new(|| Arc::new(Registry::new(Settings::default(), None)));

/// An instrument, or a set of them, of the program as a whole: made when it is first used, wherever that is,
/// and there as long as the program runs.
///
/// It counts before telemetry is started, too: the first pipeline that is
/// [installed](crate::Pipeline::install_global) as the global one delivers what has come together since the
/// program began. Other pipelines don't know it, so a [`Capture`](crate::testing::Capture) doesn't see it;
/// a layer that is to be tested has [`Instruments`](super::Instruments), which go with the present
/// pipeline. The global pipeline's exemplar filter and labels from baggage hold for what is first used after
/// it was installed.
///
/// ```
/// use telemetry_core::{Counter, Pipeline, Scope, StaticInstrument};
///
/// static SCOPE: Scope = Scope::new("shop", "1.0.0");
/// static ORDERS: StaticInstrument<Counter> =
///     StaticInstrument::new(&SCOPE, |meter| meter.counter("shop.orders").unit("{order}").build());
///
/// ORDERS.add(1, &[("shop.country", "fr".into())]);
///
/// let pipeline = Pipeline::builder().build()?;
/// pipeline.install_global()?;
/// ORDERS.add(1, &[("shop.country", "fr".into())]);
/// assert_eq!(pipeline.metrics().sum("shop.orders", &[("shop.country", "fr")]), 2.0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct StaticInstrument<I> {
    scope: &'static Scope,
    make: fn(&Meter) -> I,
    made: OnceLock<I>,
}

impl<I> StaticInstrument<I> {
    /// What `make` makes, under `scope`, when it is first used.
    pub const fn new(scope: &'static Scope, make: fn(&Meter) -> I) -> Self {
        Self { scope, make, made: OnceLock::new() }
    }
}

impl<I> Deref for StaticInstrument<I> {
    type Target = I;

    #[inline]
    fn deref(&self) -> &I {
        self.made.get_or_init(|| (self.make)(&Meter::new(Arc::clone(&REGISTRY), self.scope)))
    }
}

impl<I: fmt::Debug> fmt::Debug for StaticInstrument<I> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("StaticInstrument")
            .field("scope", &self.scope)
            .field("made", &self.made.get())
            .finish_non_exhaustive()
    }
}

/// Has the registry of the first global pipeline read them, too.
pub(crate) fn attach_to(registry: &Registry) {
    static IS_ATTACHED: AtomicBool = AtomicBool::new(false);
    if !IS_ATTACHED.swap(true, Ordering::AcqRel) {
        registry.attach(&REGISTRY);
    }
}
