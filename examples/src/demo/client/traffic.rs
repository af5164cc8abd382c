//! [`Traffic`]: who comes when and for what, the same for the same seed.

use std::time::Duration;

use super::visit::{BACKLOG_PATH, Errand, Visit, route};
use crate::demo::random::Random;

/// The tenants, the busiest first.
const TENANTS: &[&str] = &["acme", "acme", "acme", "globex", "globex", "initech", "umbrella"];

const SUBJECTS: &[&str] = &[
    "The printer is on fire again",
    "I can't sign in since this morning",
    "The invoice of March is there twice",
    "The parcel never came",
    "How do I add a colleague?",
    "The export stops at row 4,000",
];

/// How many customers and tickets there are from the beginning.
const CUSTOMERS: u64 = 200;
const TICKETS: u64 = 4_000;

/// However many requests there are: a report keeps a processor busy, and the demo is not about
/// that.
const BETWEEN_REPORTS: Duration = Duration::from_millis(900);

/// All visits in their order, without end.
#[derive(Debug)]
pub(super) struct Traffic {
    random: Random,
    /// The mean time between two visits, in seconds.
    pause: f64,
    now: f64,
    visits: u64,
    next_report: Duration,
}

impl Traffic {
    /// So many visits a second, evenly but for some jitter.
    pub(super) fn new(seed: u64, rate: f64) -> Self {
        Self {
            random: Random::new(seed),
            pause: 1.0 / rate,
            now: 0.0,
            visits: 0,
            next_report: Duration::ZERO,
        }
    }

    fn errand(&mut self, after: Duration) -> Errand {
        // The first one asks for a reply and stays, so that even a short run shows a whole request.
        let kind = if self.visits == 1 { 80 } else { self.random.within(0..100) };
        let random = &mut self.random;
        let customer = 1 + random.within(0..CUSTOMERS);
        let ticket = 1 + random.within(0..TICKETS);
        let read = |route, path| Errand::Read { route, path };
        let ask = |route, path| Errand::Ask { route, path };
        match kind {
            0..24 => read(route::CUSTOMER, format!("/customers/{customer}")),
            24..46 => read(route::TICKET, format!("/tickets/{ticket}")),
            46..55 => {
                let (status, page) =
                    (["open", "closed"][random.within(0..2) as usize], random.within(1..6));
                read(route::TICKETS, format!("/tickets?status={status}&page={page}"))
            }
            55..58 => ask(route::DIGEST, format!("/tickets/{ticket}/digest")),
            58..60 => ask(route::PORTRAIT, format!("/customers/{customer}/portrait")),
            60..68 => read(route::INVOICES, format!("/customers/{customer}/invoices")),
            68..78 => {
                let subject = random.choose(SUBJECTS).copied().unwrap_or_default();
                Errand::Open { subject, customer }
            }
            78..88 => Errand::Reply { ticket, patient: true },
            88..90 => Errand::Reply { ticket, patient: false },
            90..95 => self.report(after, customer),
            95..98 => read(route::TICKET, format!("/tickets/{}", 900_000 + ticket)),
            _ => read(route::NONE, "/wp-login.php".to_owned()),
        }
    }

    fn report(&mut self, after: Duration, customer: u64) -> Errand {
        if after < self.next_report {
            let path = format!("/customers/{customer}");
            return Errand::Read { route: route::CUSTOMER, path };
        }
        self.next_report = after + BETWEEN_REPORTS;
        if self.random.within(0..4) == 0 {
            let milliseconds = self.random.within(20..60);
            return Errand::Leave { after: Duration::from_millis(milliseconds) };
        }
        Errand::Read { route: route::BACKLOG, path: BACKLOG_PATH.to_owned() }
    }
}

impl Iterator for Traffic {
    type Item = Visit;

    fn next(&mut self) -> Option<Visit> {
        self.visits += 1;
        let after = Duration::from_secs_f64(self.now);
        self.now += self.pause * (0.5 + self.random.share());
        Some(Visit {
            after,
            tenant: self.random.choose(TENANTS).copied()?,
            errand: self.errand(after),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_seed_gives_one_traffic_and_another_seed_another() {
        let some = |seed| Traffic::new(seed, 20.0).take(200).collect::<Vec<_>>();
        assert_eq!(some(1), some(1));
        assert_ne!(some(1), some(2));
    }

    #[test]
    fn the_rate_is_kept() {
        for rate in [0.5, 20.0, 200.0] {
            let last = Traffic::new(3, rate).nth(2_000).unwrap().after.as_secs_f64();
            let wanted = 2_000.0 / rate;
            assert!((last / wanted - 1.0).abs() < 0.05, "{last} for {wanted}");
        }
    }

    #[test]
    fn every_route_is_visited_and_some_clients_leave() {
        let visits: Vec<Visit> = Traffic::new(1, 20.0).take(2_000).collect();
        let on =
            |wanted: &str| visits.iter().filter(|visit| visit.errand.route() == wanted).count();
        for route in [
            route::CUSTOMER,
            route::INVOICES,
            route::TICKET,
            route::TICKETS,
            route::OPEN,
            route::DIGEST,
            route::PORTRAIT,
            route::REPLY,
            route::BACKLOG,
            route::NONE,
        ] {
            assert!(on(route) > 5, "{route}: {}", on(route));
        }
        let leaving = |errand: &Errand| {
            matches!(errand, Errand::Leave { .. } | Errand::Reply { patient: false, .. })
        };
        assert!(visits.iter().filter(|visit| leaving(&visit.errand)).count() > 10);
    }

    #[test]
    fn the_first_request_is_one_that_shows_everything() {
        let first = Traffic::new(9, 20.0).next().unwrap();
        assert!(matches!(first.errand, Errand::Reply { patient: true, .. }));
        assert_eq!(first.after, Duration::ZERO);
    }

    #[test]
    fn reports_are_rare_at_any_rate() {
        let minute =
            Traffic::new(1, 500.0).take_while(|visit| visit.after < Duration::from_secs(60));
        let reports = minute.filter(|visit| visit.errand.route() == route::BACKLOG).count();
        assert!((20..70).contains(&reports), "{reports}");
    }
}
