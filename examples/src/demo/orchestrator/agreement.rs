//! [`Agreement`]: whether everybody counted the same.

use std::collections::{BTreeMap, BTreeSet};

use super::format;
use crate::demo::message::{ClientCounts, Summary};

/// Requests and answers by route, as counted by those who do not know of each other.
#[derive(Debug)]
pub(super) struct Agreement {
    requests: Compared,
    answers: Compared,
}

/// What several counted of the same: by whom, then by what.
#[derive(Debug, Default)]
struct Compared(Vec<(&'static str, BTreeMap<String, u64>)>);

impl Agreement {
    /// Compares the clients' counts with the service's and with telemetry's.
    pub(super) fn new(summary: &Summary, clients: &ClientCounts) -> Self {
        let (mut requests, mut answers) = (Compared::default(), Compared::default());
        let routes = || clients.routes.iter();
        requests.add("sent by the clients", routes().map(|(route, row)| (route, row.started)));
        answers.add_by_status(
            "read in full by the clients",
            routes().map(|(route, row)| (route, &row.answered)),
        );
        let routes = || summary.own.routes.iter();
        requests.add("counted by the service", routes().map(|(route, row)| (route, row.started)));
        answers.add_by_status(
            "given in full by the service",
            routes().map(|(route, row)| (route, &row.answered)),
        );
        if summary.enabled {
            let routes = || summary.routes.iter();
            requests.add("in the metrics", routes().map(|row| (&row.route, row.requests)));
            answers
                .add_by_status("in the metrics", routes().map(|row| (&row.route, &row.answered)));
            if summary.ledger.has_all("spans") {
                requests.add("in the spans", routes().map(|row| (&row.route, row.spans)));
            }
        }
        Self { requests, answers }
    }

    /// What there is to say, line by line.
    pub(super) fn lines(&self) -> [String; 2] {
        [
            format!("Requests: {}.", self.requests.told("route")),
            format!("Answers: {}.", self.answers.told("route and status")),
        ]
    }
}

impl Compared {
    fn add<'a>(&mut self, who: &'static str, counts: impl Iterator<Item = (&'a String, u64)>) {
        let counted = counts.filter(|(_, count)| *count > 0);
        self.0.push((who, counted.map(|(what, count)| (what.clone(), count)).collect()));
    }

    fn add_by_status<'a>(
        &mut self,
        who: &'static str,
        counts: impl Iterator<Item = (&'a String, &'a BTreeMap<u16, u64>)>,
    ) {
        let by_status = counts.flat_map(|(route, answers)| {
            answers.iter().map(move |(status, count)| (format!("{route} {status}"), *count))
        });
        self.0.push((who, by_status.collect()));
    }

    fn told(&self, by: &str) -> String {
        let total = |counts: &BTreeMap<String, u64>| format::count(counts.values().sum());
        let told = self.0.iter().map(|(who, counts)| format!("{} {who}", total(counts)));
        let told = told.collect::<Vec<_>>().join(", ");
        let different = self.different();
        match different.is_empty() {
            true => format!("{told}; the same for every {by}"),
            false => format!("{told}; NOT the same for {}", different.join(", ")),
        }
    }

    /// What isn't counted alike by all.
    fn different(&self) -> Vec<String> {
        let all: BTreeSet<&String> = self.0.iter().flat_map(|(_, counts)| counts.keys()).collect();
        let differs = |what: &&String| {
            let mut counts = self.0.iter().map(|(_, counts)| counts.get(*what));
            let first = counts.next().flatten();
            counts.any(|count| count != first)
        };
        all.into_iter().filter(differs).cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::message::{ClientRoute, RouteSummary, ServiceRoute};

    fn counted() -> (Summary, ClientCounts) {
        let route = || "GET /".to_owned();
        let answered = BTreeMap::from([(200, 2)]);
        let client = ClientRoute { started: 3, answered: answered.clone(), hung_up: 1, failed: 0 };
        let own = ServiceRoute { started: 3, ended: 3, answered: answered.clone(), cut_short: 1 };
        let seen = RouteSummary {
            route: route(),
            requests: 3,
            answered,
            errors: 0,
            hung_up: 1,
            spans: 3,
            p50_seconds: 0.1,
            p95_seconds: 0.1,
            p99_seconds: 0.1,
        };
        let mut summary = Summary { enabled: true, routes: vec![seen], ..Summary::default() };
        summary.own.routes.insert(route(), own);
        let routes = BTreeMap::from([(route(), client)]);
        (summary, ClientCounts { seconds: 1.0, routes })
    }

    #[test]
    fn equal_counts_agree() {
        let (summary, clients) = counted();
        let [requests, answers] = Agreement::new(&summary, &clients).lines();
        assert!(requests.ends_with("3 in the spans; the same for every route."), "{requests}");
        assert!(
            answers.starts_with("Answers: 2 read in full by the clients, 2 given"),
            "{answers}"
        );
        assert!(answers.ends_with("2 in the metrics; the same for every route and status."));
    }

    #[test]
    fn whoever_counts_differently_is_noticed() {
        let changes: [fn(&mut Summary, &mut ClientCounts); 4] = [
            |summary, _| summary.routes[0].requests = 2,
            |summary, _| summary.routes[0].spans = 0,
            |summary, _| summary.own.routes.clear(),
            |_, clients| clients.routes.clear(),
        ];
        for change in changes {
            let (mut summary, mut clients) = counted();
            change(&mut summary, &mut clients);
            let [requests, _] = Agreement::new(&summary, &clients).lines();
            assert!(requests.ends_with("NOT the same for GET /."), "{requests}");
        }
    }

    #[test]
    fn another_status_is_noticed() {
        let (mut summary, clients) = counted();
        summary.routes[0].answered = BTreeMap::from([(200, 1), (404, 1)]);
        let [_, answers] = Agreement::new(&summary, &clients).lines();
        assert!(answers.ends_with("NOT the same for GET / 200, GET / 404."), "{answers}");
    }
}
