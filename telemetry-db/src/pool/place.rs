use super::PoolMeter;
use super::label::Label;

/// Says of a lent connection what runs on it.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    pub(super) meter: PoolMeter,
    pub(super) seat: usize,
}

/// A query runs on a lent connection, until this is dropped.
#[derive(Debug)]
pub(crate) struct Running(Place);

impl Place {
    /// A query begins to run.
    #[inline]
    pub(crate) fn run(self, label: Option<Label>) -> Running {
        if let Some(seat) = self.meter.0.holders.seat(self.seat) {
            seat.run(label);
        }
        Running(self)
    }
}

impl Drop for Running {
    #[inline]
    fn drop(&mut self) {
        if let Some(seat) = self.0.meter.0.holders.seat(self.0.seat) {
            seat.rest();
        }
    }
}
