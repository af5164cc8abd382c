//! Metrics of the process, as in the
//! [conventions](https://opentelemetry.io/docs/specs/semconv/system/process-metrics/): Linux's
//! `/proc/self`, read when metrics are read.

use std::borrow::Cow;
use std::fs;
use std::sync::Arc;

use super::Pipeline;
use super::self_telemetry::SCOPE;
use crate::metric::{Meter, Observer, Registration};
use crate::semconv::process;

impl Pipeline {
    /// Observes the process from now on: its processor time, memory, threads, file descriptors, page
    /// faults and age, under the names of OpenTelemetry's
    /// [conventions](https://opentelemetry.io/docs/specs/semconv/system/process-metrics/). A second
    /// call changes nothing. On Linux alone: elsewhere nothing is observed.
    ///
    /// ```
    /// use telemetry_core::Pipeline;
    ///
    /// let pipeline = Pipeline::builder().build()?;
    /// pipeline.observe_process();
    /// # #[cfg(target_os = "linux")]
    /// assert!(pipeline.metrics().sum("process.memory.usage", &[]) > 0.0);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn observe_process(&self) {
        let shared = self.shared();
        let meter = Meter::new(Arc::clone(&shared.registry), &SCOPE);
        shared.keep(Cow::Borrowed("process"), register(&meter));
    }
}

fn register(meter: &Meter) -> Vec<Registration> {
    let count = |name: &'static str, unit: &'static str, about: &'static str| {
        meter.observable_up_down_counter(name).unit(unit).description(about)
    };
    // The unit of the processor's and the starting time doesn't change while the process runs.
    let ticks_per_second = ticks_per_second();
    let seconds = move |ticks: u64| ticks as f64 / ticks_per_second as f64;
    let cpu = meter.observable_counter(process::CPU_TIME).unit("s");
    let cpu = cpu.description("Processor seconds by mode.");
    let uptime = meter.observable_gauge(process::UPTIME).unit("s");
    let uptime = uptime.description("The time that the process has been running.");
    let faults = meter.observable_counter(process::PAGING_FAULTS).unit("{fault}");
    let faults = faults.description("Page faults that the process has made.");
    vec![
        cpu.callback(with_stat(move |stat, observer| {
            for (mode, ticks) in [("user", stat.user), ("system", stat.system)] {
                observer.observe(seconds(ticks), &[(process::CPU_MODE, mode.into())]);
            }
        })),
        uptime.callback(with_stat(move |stat, observer| {
            let system = read("uptime").and_then(|text| text.split(' ').next()?.parse().ok());
            if let Some(system) = system {
                let uptime: f64 = system;
                observer.observe((uptime - seconds(stat.started)).max(0.0), &[]);
            }
        })),
        faults.callback(with_stat(|stat, observer| {
            for (kind, faults) in [("minor", stat.minor_faults), ("major", stat.major_faults)] {
                observer.observe(faults, &[(process::PAGING_FAULT_TYPE, kind.into())]);
            }
        })),
        count(process::THREAD_COUNT, "{thread}", "Threads of the process.")
            .callback(with_stat(|stat, observer| observer.observe(stat.threads, &[]))),
        count(process::MEMORY_VIRTUAL, "By", "Virtual memory of the process.")
            .callback(with_stat(|stat, observer| observer.observe(stat.virtual_bytes, &[]))),
        count(process::MEMORY_USAGE, "By", "Physical memory in use.").callback(|observer| {
            if let Some(bytes) = read("self/status").and_then(|text| resident_bytes(&text)) {
                observer.observe(bytes, &[]);
            }
        }),
        count(process::FILE_DESCRIPTOR_COUNT, "{file_descriptor}", "Open file descriptors.")
            .callback(|observer| {
                if let Ok(descriptors) = fs::read_dir("/proc/self/fd") {
                    // One of them is for looking.
                    observer.observe(descriptors.count().saturating_sub(1), &[]);
                }
            }),
    ]
}

fn with_stat(
    observe: impl Fn(&Stat, &mut Observer) + Send + Sync + 'static,
) -> impl Fn(&mut Observer) + Send + Sync + 'static {
    move |observer| {
        if let Some(stat) = read("self/stat").and_then(|text| Stat::parse(&text)) {
            observe(&stat, observer);
        }
    }
}

fn read(name: &str) -> Option<String> {
    fs::read_to_string(format!("/proc/{name}")).ok()
}

/// What is needed of `/proc/self/stat`; times in ticks.
#[derive(Debug, PartialEq, Eq)]
struct Stat {
    minor_faults: u64,
    major_faults: u64,
    user: u64,
    system: u64,
    threads: u64,
    /// Since the system's start.
    started: u64,
    virtual_bytes: u64,
}

impl Stat {
    /// See [proc_pid_stat(5)](https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html).
    fn parse(text: &str) -> Option<Self> {
        // The program's name stands in brackets and may hold anything, brackets and spaces included.
        let (_, fields) = text.rsplit_once(')')?;
        let fields: Vec<&str> = fields.split_ascii_whitespace().collect();
        // What comes after the name is the third field.
        let field = |number: usize| fields.get(number - 3)?.parse().ok();
        Some(Self {
            minor_faults: field(10)?,
            major_faults: field(12)?,
            user: field(14)?,
            system: field(15)?,
            threads: field(20)?,
            started: field(22)?,
            virtual_bytes: field(23)?,
        })
    }
}

fn resident_bytes(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes * 1024)
}

/// The unit of times in `stat`, from what the kernel tells each program at its start; else what it is
/// on nearly every machine.
fn ticks_per_second() -> u64 {
    const CLOCK_TICKS: u64 = 17;
    const WORD: usize = size_of::<usize>();
    let words = fs::read("/proc/self/auxv").unwrap_or_default();
    let words: Vec<u64> = words
        .chunks_exact(WORD)
        .map(|word| usize::from_ne_bytes(word.try_into().unwrap_or_default()) as u64)
        .collect();
    let told = words.chunks_exact(2).find_map(|pair| match pair {
        [CLOCK_TICKS, ticks] => Some(*ticks),
        _ => None,
    });
    told.filter(|ticks| *ticks > 0).unwrap_or(100)
}

#[cfg(test)]
mod tests {
    use super::{Stat, resident_bytes};

    #[test]
    fn a_program_may_have_any_name() {
        let text =
            "7 (a) R (b) S 1 7 7 0 -1 4194304 98 0 3 0 21 12 0 0 20 0 4 0 1736186 3133440 383";
        let stat = Stat::parse(text).unwrap();
        assert_eq!((stat.minor_faults, stat.major_faults), (98, 3));
        assert_eq!((stat.user, stat.system, stat.threads), (21, 12, 4));
        assert_eq!((stat.started, stat.virtual_bytes), (1_736_186, 3_133_440));
        for cut in 0..text.len() - " 3133440 383".len() {
            assert_eq!(Stat::parse(&text[..cut]), None);
        }
    }

    #[test]
    fn memory_is_told_in_kibibytes() {
        assert_eq!(resident_bytes("VmSize:\t 9 kB\nVmRSS:\t    1700 kB\n"), Some(1700 * 1024));
        assert_eq!(resident_bytes("VmRSS:\t 17 MB\n"), None);
    }
}
