use std::backtrace::Backtrace;
use std::panic::{self, PanicHookInfo};
use std::sync::Once;
use std::thread;

use super::{ErrorClass, Exception};
use crate::semconv;

/// From now on each panic makes a log record, before what the panic hook did so far: its message
/// (redacted, see [`redact`](crate::redact)), where in the code it arose (`code.file.path`,
/// `code.line.number`, `code.column.number`), on which thread (`thread.name`), and a stack trace when
/// `RUST_BACKTRACE` asks for one. It carries the ids of the span that was current. Called again, it
/// does nothing.
///
/// A span within which a panic unwinds ends as failed with the outcome `panicked` in any case.
///
/// In a program built with `panic = "abort"` the record is made as well, but the process ends before
/// anybody delivers it.
///
/// ```
/// telemetry_core::error::capture_panics();
/// ```
pub fn capture_panics() {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        let previous = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            record(info);
            previous(info);
        }));
    });
}

/// Mustn't panic: a panic within the hook ends the process.
fn record(info: &PanicHookInfo<'_>) {
    let message = info.payload_as_str().unwrap_or("a panic without a text");
    let class = ErrorClass::new("panic", false);
    let exception = Exception::new("panic", message, &class).backtrace(&Backtrace::capture());
    let thread = thread::current();
    let mut event = exception.event().attribute(semconv::thread::NAME, thread.name());
    if let Some(location) = info.location() {
        event = event
            .attribute(semconv::code::FILE_PATH, location.file())
            .attribute(semconv::code::LINE_NUMBER, location.line())
            .attribute(semconv::code::COLUMN_NUMBER, location.column());
    }
    event.emit();
}
