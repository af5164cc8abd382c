//! The processor: the cores that a side is kept on, and the time that it takes there.

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

pub(crate) use cores::{count, keep_to, keep_to_number, keep_to_one, other};

/// Processor time that all threads of this process have used, ended ones too.
pub(crate) fn time_used() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), time.tv_nsec.unsigned_abs() as u32)
}

#[cfg(target_os = "linux")]
mod cores {
    use std::sync::OnceLock;

    use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

    use crate::failure::Failure;

    /// The cores that the process was allowed at first.
    fn allowed() -> &'static [usize] {
        static ALLOWED: OnceLock<Vec<usize>> = OnceLock::new();
        ALLOWED.get_or_init(|| {
            let set = sched_getaffinity(None).unwrap_or_else(|_| CpuSet::new());
            (0..CpuSet::MAX_CPU).filter(|core| set.is_set(*core)).collect()
        })
    }

    /// How many cores the process may use.
    pub(crate) fn count() -> usize {
        allowed().len()
    }

    /// Keeps the calling thread, and those it will start, on the last of the cores.
    pub(crate) fn keep_to_one() -> Result<(), Failure> {
        keep_to(*allowed().last().ok_or("no core may be used")?)
    }

    /// Keeps the calling thread on the core of this number, counted from the last one.
    pub(crate) fn keep_to_number(number: usize) -> Result<(), Failure> {
        let core = allowed().iter().rev().nth(number);
        keep_to(*core.ok_or("there are too few cores")?)
    }

    /// A core on which the process that was kept to one isn't, if there is one.
    pub(crate) fn other() -> Option<usize> {
        allowed().split_last().and_then(|(_, others)| others.first()).copied()
    }

    /// Keeps the calling thread, and those it will start, on this core.
    pub(crate) fn keep_to(core: usize) -> Result<(), Failure> {
        let mut one = CpuSet::new();
        one.set(core);
        Ok(sched_setaffinity(None, &one)?)
    }
}

/// Elsewhere there is no portable way to keep a thread somewhere; what is measured is processor time
/// all the same.
#[cfg(not(target_os = "linux"))]
mod cores {
    use std::thread;

    use crate::failure::Failure;

    pub(crate) fn count() -> usize {
        thread::available_parallelism().map_or(1, |cores| cores.get())
    }

    pub(crate) fn keep_to_one() -> Result<(), Failure> {
        Ok(())
    }

    pub(crate) fn keep_to_number(_: usize) -> Result<(), Failure> {
        Ok(())
    }

    pub(crate) fn other() -> Option<usize> {
        None
    }

    pub(crate) fn keep_to(_: usize) -> Result<(), Failure> {
        Ok(())
    }
}
