//! [`Screen`]: where the demo writes, and the line that is kept up to date.

use std::env;
use std::io::{self, IsTerminal, Write};
use std::time::{Duration, Instant};

/// Standard output. On a terminal the live line is rewritten in place, below all others; elsewhere
/// it is an ordinary line every few seconds.
#[derive(Debug)]
pub(super) struct Screen {
    terminal: bool,
    coloured: bool,
    /// Whether nobody reads any more.
    gone: bool,
    live: String,
    last_live: Option<Instant>,
}

/// How often the live line is printed where it can't be rewritten.
const BETWEEN_LINES: Duration = Duration::from_secs(5);

/// Back to the beginning of the line, and clear it.
const CLEAR: &str = "\r\x1b[2K";

impl Screen {
    /// This process's standard output.
    pub(super) fn new() -> Self {
        let dumb = env::var_os("TERM").is_some_and(|term| term == "dumb");
        let terminal = io::stdout().is_terminal() && !dumb;
        Self {
            terminal,
            coloured: terminal && env::var_os("NO_COLOR").is_none_or(|value| value.is_empty()),
            gone: false,
            live: String::new(),
            last_live: None,
        }
    }

    /// Whether colours are wanted.
    pub(super) fn is_coloured(&self) -> bool {
        self.coloured
    }

    /// Whether whoever read this has left, as `head` does.
    pub(super) fn is_gone(&self) -> bool {
        self.gone
    }

    /// Writes lines, above the live one.
    pub(super) fn lines(&mut self, text: &str) {
        let clear = if self.live.is_empty() { "" } else { CLEAR };
        self.write(&format!("{clear}{text}\n{}", self.live));
    }

    /// Writes a heading.
    pub(super) fn heading(&mut self, text: &str) {
        let line =
            if self.coloured { format!("\n\x1b[1m{text}\x1b[0m") } else { format!("\n{text}") };
        self.lines(&line);
    }

    /// Replaces the live line.
    pub(super) fn live(&mut self, text: &str) {
        if self.terminal {
            self.write(&format!("{CLEAR}{text}"));
            text.clone_into(&mut self.live);
        } else if self.last_live.is_none_or(|last| last.elapsed() >= BETWEEN_LINES) {
            self.lines(text);
            self.last_live = Some(Instant::now());
        }
    }

    /// Makes the live line an ordinary one.
    pub(super) fn end_live(&mut self) {
        if !self.live.is_empty() {
            self.write("\n");
            self.live.clear();
        }
    }

    fn write(&mut self, text: &str) {
        let mut output = io::stdout().lock();
        let written = output.write_all(text.as_bytes()).and_then(|()| output.flush());
        self.gone |= written.is_err();
    }
}
