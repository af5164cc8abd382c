use std::sync::Arc;
use std::time::Duration;

use crate::metric::{Meter, Registration};
use crate::pipeline::shared::Shared;
use crate::pipeline::{Signal, SignalLedger};

/// What a record costs the thread that makes it, by measurements on machines of these years: a few
/// hundred nanoseconds, attributes included. Measuring it as it happens would cost as much.
const RECORDED: Duration = Duration::from_nanos(400);
/// What one costs that isn't recorded.
const LEFT_OUT: Duration = Duration::from_nanos(100);

/// The processor time that telemetry has taken so far: that of its own threads, and what the program's
/// threads are estimated to have spent on making records.
pub(crate) fn spent(shared: &Shared) -> Duration {
    let own: Duration =
        shared.own_threads.processor_times().into_iter().map(|(_, time)| time).sum();
    let ledger = shared.ledger();
    let made: f64 = Signal::ALL.into_iter().map(|signal| seconds_of(ledger.of(signal))).sum();
    own + Duration::from_secs_f64(made)
}

/// Records that were made for a view or handler count as left out in the end: they are few, or else the
/// collector's time shows them.
fn seconds_of(ledger: &SignalLedger) -> f64 {
    let left_out = ledger.sampled_out.min(ledger.ended);
    let recorded = ledger.ended - left_out;
    recorded as f64 * RECORDED.as_secs_f64() + left_out as f64 * LEFT_OUT.as_secs_f64()
}

/// Registers the metrics that say how the budget stands.
pub(crate) fn observe(meter: &Meter, shared: &Arc<Shared>) -> Vec<Registration> {
    let used = meter.observable_gauge("telemetry.cpu.budget.utilization").unit("1");
    let used = used.description("The share of telemetry's processor budget that was used last.");
    let step = meter.observable_gauge("telemetry.detail.step").unit("{step}");
    let step = step.description("Steps by which detail is lowered; none at 0.");
    let (for_used, for_step) = (Arc::downgrade(shared), Arc::downgrade(shared));
    vec![
        used.callback(move |observer| {
            if let Some(shared) = for_used.upgrade() {
                observer.observe(shared.detail.used(), &[]);
            }
        }),
        step.callback(move |observer| {
            if let Some(shared) = for_step.upgrade() {
                observer.observe(u64::from(shared.detail.step()), &[]);
            }
        }),
    ]
}
