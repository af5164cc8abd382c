//! The processor: the core that a side is kept on, and the time that it takes there.

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

use crate::failure::Failure;

/// Keeps the calling thread, and those it will start, on the last of the cores it may use.
#[cfg(target_os = "linux")]
pub(crate) fn keep_to_one_core() -> Result<(), Failure> {
    use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

    let allowed = sched_getaffinity(None)?;
    let last = (0..CpuSet::MAX_CPU)
        .rev()
        .find(|core| allowed.is_set(*core))
        .ok_or("no core may be used")?;
    let mut one = CpuSet::new();
    one.set(last);
    Ok(sched_setaffinity(None, &one)?)
}

/// Elsewhere there is no portable way; what is measured is processor time all the same.
#[cfg(not(target_os = "linux"))]
pub(crate) fn keep_to_one_core() -> Result<(), Failure> {
    Ok(())
}

/// Processor time that all threads of this process have used, ended ones too.
pub(crate) fn time_used() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), time.tv_nsec.unsigned_abs() as u32)
}
