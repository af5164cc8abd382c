use std::thread;

use telemetry_core::{Counts, suppressed};

use super::lane::Lane;

/// Does `work` with each lane on which something waits, with all of them at the same time: an endpoint that
/// hangs takes no time from the others.
pub(super) fn at_once<const N: usize>(
    mut lanes: [Option<&mut Lane>; N],
    work: impl Fn(&mut Lane) -> Counts + Sync,
) -> [Counts; N] {
    let mut done: [Option<Counts>; N] = [None; N];
    thread::scope(|scope| {
        let waiting = lanes.iter_mut().zip(&mut done);
        let waiting = waiting.filter_map(|(lane, done)| Some((lane.as_deref_mut()?, done)));
        let mut waiting = waiting.filter(|(lane, _)| lane.is_waiting());
        let mine = waiting.next();
        for (lane, done) in waiting {
            let work = &work;
            let thread = thread::Builder::new().name("telemetry-otlp".to_owned());
            // Without a thread it comes afterwards.
            let _ = thread.spawn_scoped(scope, move || *done = Some(suppressed(|| work(lane))));
        }
        if let Some((lane, done)) = mine {
            *done = Some(work(lane));
        }
    });
    let mut counts = [Counts::default(); N];
    for ((lane, done), counts) in lanes.into_iter().zip(done).zip(&mut counts) {
        *counts = done.or_else(|| lane.map(&work)).unwrap_or_default();
    }
    counts
}
