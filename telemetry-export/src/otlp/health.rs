use std::time::{Duration, Instant};

use crate::notice::say;

/// How it stands with one receiver, and what was said about it: one line when it goes away, one when
/// it is back, and no more than one a minute about anything else.
#[derive(Debug)]
pub(super) struct Health {
    /// Scheme, host and port.
    origin: String,
    /// Records lost since the receiver went away; none while it is there.
    away: Option<u64>,
    refusals: Repeated,
    overflows: Repeated,
}

/// Something that may happen often and is reported at times.
#[derive(Debug, Default)]
struct Repeated {
    said: Option<Instant>,
    since_then: u64,
}

impl Health {
    pub(super) fn new(origin: String) -> Self {
        Self { origin, away: None, refusals: Repeated::default(), overflows: Repeated::default() }
    }

    /// Whether the receiver is known not to take anything.
    pub(super) fn is_away(&self) -> bool {
        self.away.is_some()
    }

    /// The receiver couldn't be reached, or took nothing however often it was asked.
    pub(super) fn went_away(&mut self, reason: &str) {
        if self.away.is_none() {
            self.away = Some(0);
            say(format_args!(
                "otlp {}: {reason}; what cannot be sent is dropped and counted until it is back",
                self.origin
            ));
        }
    }

    /// The receiver took something.
    pub(super) fn is_back(&mut self) {
        if let Some(lost) = self.away.take() {
            let lost = records(lost);
            say(format_args!("otlp {}: back, {lost} lost", self.origin));
        }
    }

    /// Records were given up. That the receiver was away is reason enough, and `why` else.
    pub(super) fn lost(&mut self, count: u64, why: &str) {
        match &mut self.away {
            Some(lost) => *lost += count,
            None if count == 0 => {}
            None => {
                if let Some(dropped) = self.overflows.report(count) {
                    let dropped = records(dropped);
                    say(format_args!("otlp {}: {dropped} dropped: {why}", self.origin));
                }
            }
        }
    }

    /// Records were refused for good; none when the receiver only has something to say.
    pub(super) fn refused(&mut self, count: u64, path: &str, reason: &str) {
        let Some(refused) = self.refusals.report(count) else {
            return;
        };
        let refused = match refused {
            0 => "a warning".to_owned(),
            refused => format!("{} refused", records(refused)),
        };
        say(format_args!("otlp {}{path}: {refused}: {reason}", self.origin));
    }

    /// The last word.
    pub(super) fn end(&mut self) {
        if let Some(lost) = self.away.filter(|lost| *lost > 0) {
            say(format_args!("otlp {}: {} lost", self.origin, records(lost)));
        }
    }
}

fn records(count: u64) -> String {
    match count {
        0 => "nothing".to_owned(),
        1 => "1 record".to_owned(),
        count => format!("{count} records"),
    }
}

impl Repeated {
    const PAUSE: Duration = Duration::from_secs(60);

    /// Adds to the count; gives the count so far when it is time to say it.
    fn report(&mut self, count: u64) -> Option<u64> {
        self.since_then += count;
        if self.said.is_some_and(|said| said.elapsed() < Self::PAUSE) {
            return None;
        }
        self.said = Some(Instant::now());
        Some(std::mem::take(&mut self.since_then))
    }
}
