//! The time-stamp counter, where it may be trusted.

/// Whether the kernel keeps its own time by the counter: it has then checked that the counter is
/// constant, survives sleep states and agrees between processors, which a program cannot.
#[cfg(all(target_arch = "x86_64", target_os = "linux"))]
pub(crate) fn is_the_kernels_clock() -> bool {
    std::fs::read_to_string("/sys/devices/system/clocksource/clocksource0/current_clocksource")
        .is_ok_and(|source| source.trim() == "tsc")
}

#[cfg(not(all(target_arch = "x86_64", target_os = "linux")))]
pub(crate) fn is_the_kernels_clock() -> bool {
    false
}

/// The counter's present value.
#[cfg(all(target_arch = "x86_64", target_os = "linux"))]
#[expect(unsafe_code, reason = "the intrinsic is declared unsafe; see the comment at the call")]
#[inline]
pub(crate) fn read() -> u64 {
    // SAFETY: RDTSC reads a register and touches no memory. It exists on every x86-64 processor and
    // faults only for a process that has forbidden it to itself (PR_SET_TSC), in which the kernel's
    // own vDSO clock would fault as well.
    unsafe { core::arch::x86_64::_rdtsc() }
}

/// Never called: there is no counter that could be the kernel's clock here.
#[cfg(not(all(target_arch = "x86_64", target_os = "linux")))]
pub(crate) fn read() -> u64 {
    0
}
