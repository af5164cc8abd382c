use super::draft::Draft;
use super::times::Times;
use crate::clock::Ticks;
use crate::context::Frame;
use crate::pipeline::Ring;

impl Draft {
    /// Tells handlers that the span has started, if one wants to know.
    #[inline]
    pub(super) fn announce(&mut self, frame: &Frame, started: Ticks) {
        if let Some(home) = &frame.home
            && home.shared.options.interest.handlers.want_start(&self.identity.name)
        {
            self.announce_to(home, frame, started);
        }
    }

    #[cold]
    #[inline(never)]
    fn announce_to(&mut self, home: &Ring, frame: &Frame, started: Ticks) {
        let start = frame.clock.map_or(0, |clock| clock.unix_nanos(started));
        self.attributes_mut();
        // The end that isn't there tells a start from an end.
        let record = self.record(frame, Times { start, end: 0 });
        let mut framed = Vec::with_capacity(record.length());
        record.encode(&mut framed);
        if home.shared.options.interest.handlers.starts.add(framed) {
            home.shared.wake_collector();
        }
    }
}
