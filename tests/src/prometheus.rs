use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::net::{Ipv4Addr, SocketAddr};
use std::process::Stdio;

use serde_json::Value;

use crate::wire::Request;
use crate::{Process, TemporaryDirectory, environment, eventually, free_port, promtool};

/// A real Prometheus that scrapes one program each second.
#[derive(Debug)]
pub struct PrometheusServer {
    // Dropped before the folder that it writes into.
    process: Process,
    address: SocketAddr,
    _folder: TemporaryDirectory,
}

/// What a query found.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    /// The labels that the query kept.
    pub labels: BTreeMap<String, String>,
    /// The value.
    pub value: f64,
}

impl PrometheusServer {
    /// A server that scrapes `/metrics` at `target`.
    pub fn scraping(target: SocketAddr) -> Self {
        let folder = TemporaryDirectory::create();
        let configuration = format!(
            "global:\n  scrape_interval: 1s\n  scrape_timeout: 1s\n\
             scrape_configs:\n  - job_name: service\n    static_configs:\n      - targets: ['{target}']\n"
        );
        fs::write(folder.file("prometheus.yml"), configuration).unwrap();
        // It can't look for a free port itself, and another program may be faster.
        for _ in 0..5 {
            let address = SocketAddr::from((Ipv4Addr::LOCALHOST, free_port()));
            let mut command = environment::prometheus();
            let file = |name: &str| folder.file(name).display().to_string();
            command.arg(format!("--config.file={}", file("prometheus.yml")));
            command.arg(format!("--storage.tsdb.path={}", file("data")));
            command.arg(format!("--web.listen-address={address}"));
            let mut process = Process::start(&mut command);
            let ready = eventually("Prometheus is ready", || {
                if !process.is_running() {
                    return Ok(false);
                }
                match Request::get("/-/ready").send(address) {
                    Ok(answer) if answer.status == 200 => Ok(true),
                    other => Err(format!("{other:?}, {}", process.told())),
                }
            });
            if ready {
                return Self { process, address, _folder: folder };
            }
            let in_use =
                process.errors().all().iter().any(|line| line.contains("address already in use"));
            assert!(in_use, "{}", process.told());
        }
        panic!("no port stays free for Prometheus");
    }

    /// The instant vector that `query` gives now.
    ///
    /// # Errors
    ///
    /// What the server says of a query that fails.
    pub fn query(&self, query: &str) -> Result<Vec<Sample>, String> {
        let target = format!("/api/v1/query?query={}", percent_encoded(query));
        let answer = Request::get(&target).send(self.address).map_err(|error| error.to_string())?;
        let answer: Value =
            serde_json::from_slice(&answer.body).map_err(|error| error.to_string())?;
        if answer["status"] != "success" || answer["data"]["resultType"] != "vector" {
            return Err(format!("{query}: {answer}"));
        }
        let rows = answer["data"]["result"].as_array().into_iter().flatten();
        let sample = |row: &Value| {
            let labels = row["metric"].as_object()?.iter();
            let labels = labels.map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned())));
            let value = row["value"][1].as_str()?.parse().ok()?;
            Some(Sample { labels: labels.collect::<Option<_>>()?, value })
        };
        rows.map(sample).collect::<Option<_>>().ok_or_else(|| format!("{query}: {answer}"))
    }

    /// What it has printed, for a test that fails.
    pub fn told(&self) -> String {
        self.process.told()
    }
}

/// What `promtool check metrics` objects to in a page of metrics, a line each.
pub fn check_metrics(page: &str) -> Vec<String> {
    let mut command = promtool();
    command.args(["check", "metrics"]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // It reads all before it says anything.
    child.stdin.take().unwrap().write_all(page.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr) + String::from_utf8_lossy(&output.stdout);
    let objections: Vec<String> = said.lines().map(str::to_owned).collect();
    // 3 says that there are objections, 1 that the page can't be read.
    assert!(matches!(output.status.code(), Some(0 | 3)), "{objections:?}");
    assert_eq!(output.status.success(), objections.is_empty(), "{objections:?}");
    objections
}

fn percent_encoded(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    let encoded = text.bytes().map(|byte| {
        if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }
    });
    encoded.collect()
}
