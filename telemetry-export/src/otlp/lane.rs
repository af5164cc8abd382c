use std::collections::VecDeque;
use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

use telemetry_core::{Counts, Scope};

use super::client::{Answer, Client};
use super::gathering::Gathering;
use super::health::Health;
use crate::config::Batching;
use crate::notice::say;
use crate::sync::lock;

/// The way of one signal to its endpoint: gathered into requests, sent in order, repeated when the
/// receiver isn't ready, given up after three attempts.
pub(super) struct Lane {
    client: Client,
    batching: Batching,
    gathering: Gathering,
    ready: VecDeque<Request>,
    /// Bytes of the requests that are ready.
    bytes: usize,
    /// Records in them.
    records: usize,
    first_pause: Duration,
    /// Whether each request is reported.
    debug: bool,
}

/// A request on its way.
struct Request {
    body: Vec<u8>,
    records: u64,
    attempts: u32,
    /// Not to be sent before.
    due: Instant,
    /// When the first attempt was made.
    begun: Option<Instant>,
}

/// Whether sending can go on after one attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Next {
    /// With the next request.
    On,
    /// With the same one, not before it is due.
    Wait,
}

impl Lane {
    const ATTEMPTS: u32 = 3;
    /// What may wait in one lane.
    const MAX_BYTES: usize = 2 * 1024 * 1024;
    /// A request is sent when it has grown to this, however few its records are.
    const REQUEST_BYTES: usize = 1024 * 1024;
    /// The pause after the first attempt; doubled after each further one.
    const FIRST_PAUSE: Duration = Duration::from_secs(1);

    pub(super) fn new(client: Client, batching: Batching, debug: bool) -> Self {
        Self {
            client,
            batching,
            gathering: Gathering::default(),
            ready: VecDeque::new(),
            bytes: 0,
            records: 0,
            first_pause: Self::FIRST_PAUSE,
            debug,
        }
    }

    /// Takes a record; gives how many were dropped for want of room, none or one.
    pub(super) fn add(
        &mut self,
        scope: &'static Scope,
        record: &[u8],
        resource: &[u8],
        now: Instant,
    ) -> u64 {
        let waiting = self.records + self.gathering.records();
        let full = self.batching.queue.is_some_and(|queue| waiting >= queue);
        if full || self.bytes + self.gathering.bytes() + record.len() > Self::MAX_BYTES {
            return 1;
        }
        self.gathering.add(scope, record, now);
        if self.gathering.records() >= self.batching.records
            || self.gathering.bytes() >= Self::REQUEST_BYTES
        {
            self.close(resource, now);
        }
        0
    }

    /// Puts a request in place of all that wait.
    pub(super) fn replace(&mut self, body: Vec<u8>, records: u64, now: Instant) {
        self.ready.clear();
        self.bytes = 0;
        self.records = 0;
        self.push(body, records, now);
    }

    /// Sends what is due.
    pub(super) fn advance(
        &mut self,
        resource: &[u8],
        now: Instant,
        health: &Mutex<Health>,
    ) -> Counts {
        let delay = self.batching.delay;
        if self.gathering.since().is_some_and(|since| now.duration_since(since) >= delay) {
            self.close(resource, now);
        }
        let mut counts = Counts::default();
        while self.ready.front().is_some_and(|request| request.due <= Instant::now()) {
            if self.attempt(None, health, &mut counts) == Next::Wait {
                break;
            }
        }
        counts
    }

    /// Whether anything is to be sent.
    pub(super) fn is_waiting(&self) -> bool {
        !self.ready.is_empty() || self.gathering.records() > 0
    }

    /// Sends all there is, by `deadline` at the latest. A receiver that is known to be away is asked
    /// once. What is left waits on.
    pub(super) fn drain(
        &mut self,
        resource: &[u8],
        deadline: Instant,
        health: &Mutex<Health>,
    ) -> Counts {
        if self.gathering.records() > 0 {
            self.close(resource, Instant::now());
        }
        let mut counts = Counts::default();
        let mut away = lock(health).is_away();
        while !self.ready.is_empty() && Instant::now() < deadline {
            if self.attempt(Some(deadline), health, &mut counts) == Next::On {
                away = lock(health).is_away();
                continue;
            }
            let due = self.ready.front().map_or(deadline, |request| request.due);
            if away || due >= deadline {
                break;
            }
            thread::sleep(due.saturating_duration_since(Instant::now()));
        }
        counts
    }

    /// Gives up what waits, at the end.
    pub(super) fn give_up(&mut self, health: &Mutex<Health>) -> Counts {
        let dropped = self.ready.drain(..).map(|request| request.records).sum();
        lock(health).lost(dropped, "there was no more time to send them");
        (self.bytes, self.records) = (0, 0);
        Counts { dropped, ..Counts::default() }
    }

    /// Ends the gathering of a request.
    fn close(&mut self, resource: &[u8], now: Instant) {
        let records = self.gathering.records() as u64;
        let body = self.gathering.take_body(resource);
        self.push(body, records, now);
    }

    fn push(&mut self, body: Vec<u8>, records: u64, now: Instant) {
        let body = self.client.wire_form(body);
        self.bytes += body.len();
        self.records += records as usize;
        self.ready.push_back(Request { body, records, attempts: 0, due: now, begun: None });
    }

    /// Sends the first request that waits.
    fn attempt(
        &mut self,
        deadline: Option<Instant>,
        health: &Mutex<Health>,
        counts: &mut Counts,
    ) -> Next {
        let Some(request) = self.ready.front_mut() else {
            return Next::On;
        };
        let began = Instant::now();
        let answer = self.client.send(&request.body, deadline);
        request.attempts += 1;
        let begun = *request.begun.get_or_insert(began);
        if self.debug {
            report(&self.client, request, &answer, began.elapsed());
        }
        let mut health = lock(health);
        let path = self.client.target().endpoint.uri().path();
        let records = request.records;
        match answer {
            Answer::Taken { rejected, message } => {
                health.is_back();
                let rejected = rejected.min(records);
                if rejected > 0 || !message.is_empty() {
                    health.refused(rejected, path, &message);
                }
                counts.rejected += rejected;
                counts.exported += records - rejected;
            }
            Answer::Refused { reason } => {
                health.is_back();
                health.refused(records, path, &reason);
                counts.rejected += records;
            }
            Answer::Later { reason, after, reached } => {
                let reason = match reached {
                    true => format!("answers {reason}"),
                    false => format!("cannot be reached: {reason}"),
                };
                if !reached {
                    health.went_away(&reason);
                }
                let pause = pause(self.first_pause, request.attempts);
                let due = Instant::now() + after.unwrap_or(pause);
                // What the receiver asks for is granted; pauses of our own end with the time that
                // a batch may take.
                let late = after.is_none() && due > begun + self.batching.timeout;
                if request.attempts < Self::ATTEMPTS && !late {
                    request.due = due;
                    return Next::Wait;
                }
                health.went_away(&reason);
                health.lost(records, &reason);
                counts.dropped += records;
            }
        }
        if let Some(done) = self.ready.pop_front() {
            self.bytes -= done.body.len();
            self.records -= done.records as usize;
        }
        Next::On
    }
}

/// The pause after so many attempts: exponential, half of it random, so that many clients of a
/// receiver that comes back don't all ask at once.
fn pause(first: Duration, attempts: u32) -> Duration {
    let whole = first * 2_u32.saturating_pow(attempts.saturating_sub(1));
    let random = getrandom::u32().unwrap_or(u32::MAX / 2);
    whole.mul_f64(0.5 + f64::from(random) / f64::from(u32::MAX))
}

fn report(client: &Client, request: &Request, answer: &Answer, took: Duration) {
    let answer = match answer {
        Answer::Taken { rejected: 0, .. } => "taken".to_owned(),
        Answer::Taken { rejected, .. } => format!("taken but for {rejected}"),
        Answer::Refused { reason } => format!("refused, {reason}"),
        Answer::Later { reason, .. } => format!("not taken, {reason}"),
    };
    say(format_args!(
        "otlp {}: {} records in {} bytes, attempt {}: {answer} ({} ms)",
        client.target().endpoint,
        request.records,
        request.body.len(),
        request.attempts,
        took.as_millis()
    ));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_and_vary() {
        let first = Duration::from_secs(1);
        for (attempts, least, most) in [(1, 500, 1500), (2, 1000, 3000), (3, 2000, 6000)] {
            let pauses: Vec<Duration> = (0..100).map(|_| pause(first, attempts)).collect();
            let within = Duration::from_millis(least)..=Duration::from_millis(most);
            assert!(pauses.iter().all(|pause| within.contains(pause)));
            assert!(pauses.iter().any(|pause| *pause != pauses[0]));
        }
    }
}
