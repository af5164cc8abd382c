//! Processes.

/// Processor seconds, by mode.
pub const CPU_TIME: &str = "process.cpu.time";

/// `user` or `system`.
pub const CPU_MODE: &str = "cpu.mode";

/// Physical memory in use.
pub const MEMORY_USAGE: &str = "process.memory.usage";

/// Virtual memory.
pub const MEMORY_VIRTUAL: &str = "process.memory.virtual";

/// Threads.
pub const THREAD_COUNT: &str = "process.thread.count";

/// Open file descriptors.
pub const FILE_DESCRIPTOR_COUNT: &str = "process.unix.file_descriptor.count";

/// Page faults, by kind.
pub const PAGING_FAULTS: &str = "process.paging.faults";

/// `minor` or `major`.
pub const PAGING_FAULT_TYPE: &str = "system.paging.fault.type";

/// How long it has been running.
pub const UPTIME: &str = "process.uptime";
