//! [`Stage`]: the three programs, from their start to their end.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use tokio::sync::mpsc;

use super::child::{Child, Complaints};
use super::format;
use super::options::Options;
use super::screen::Screen;
use super::settling::settle;
use super::summary;
use crate::demo::command_line::Problem;
use crate::demo::message::{ClientCounts, Progress, Report, Summary};
use crate::demo::process::{self, Stop};

/// The port that the service has unless another program has it or another one is asked for.
const USUAL_PORT: u16 = 8080;

/// The three programs.
#[derive(Debug)]
pub(super) struct Stage {
    provider: Child,
    service: Child,
    url: String,
    complaints: mpsc::UnboundedReceiver<String>,
    complain: Complaints,
}

impl Stage {
    /// Starts the provider and the service, and says where to look.
    pub(super) async fn set(options: &Options, screen: &mut Screen) -> Result<Self, Problem> {
        let port = port(options.port)?;
        let (complain, mut complaints) = mpsc::unbounded_channel();
        let mut provider =
            Child::start("demo-provider", &["--port".into(), "0".into()], &[], &complain)?;
        let provider_url = provider.ready().await?;
        let arguments = ["--report", "--port", &port.to_string(), "--provider", &provider_url];
        let mut arguments: Vec<String> = arguments.map(str::to_owned).into();
        arguments.extend(screen.is_coloured().then(|| "--coloured".to_owned()));
        let mut service =
            Child::start("demo-service", &arguments, &environment(options), &complain)?;
        let ready = service.ready().await;
        if ready.is_err() {
            // Its last words may still be on their way.
            let _ = service.ended().await;
            tokio::task::yield_now().await;
        }
        if let Ok(url) = &ready {
            introduce(url, options, screen);
        }
        show_all(&mut complaints, screen);
        let url = ready?;
        screen.lines("");
        Ok(Self { provider, service, url, complaints, complain })
    }

    /// Lets the clients come, until their time is over or `stop` is asked for, and shows what there
    /// was to see.
    pub(super) async fn play(
        &mut self,
        options: &Options,
        screen: &mut Screen,
        stop: &Stop,
    ) -> Result<(), Problem> {
        let mut arguments = vec!["--target".to_owned(), self.url.clone()];
        arguments.extend(["--rate".to_owned(), options.rate.to_string()]);
        if let Some(duration) = options.duration {
            arguments.extend(["--duration".to_owned(), duration.as_secs_f64().to_string()]);
        }
        let mut client = Child::start("demo-client", &arguments, &[], &self.complain)?;
        let started = Instant::now();
        let counts = loop {
            if screen.is_gone() {
                client.ask_to_end();
            }
            tokio::select! {
                counts = client.line() => break counts,
                () = stop.asked(), if !client.is_asked_to_end() => client.ask_to_end(),
                Some(complaint) = self.complaints.recv() => screen.lines(&complaint),
                report = self.service.line() => match report {
                    Some(line) => show(&line, started, screen),
                    None => return Err(died("demo-service", screen)),
                },
            }
        };
        let counts = counts.and_then(|line| serde_json::from_str::<ClientCounts>(&line).ok());
        let Some(counts) = counts else {
            return Err(died("demo-client", screen));
        };
        client.ended().await?;
        settle(&self.url, &counts).await;
        let summary = self.close(started, screen).await?;
        summary::show(&summary, &counts, screen);
        Ok(())
    }

    /// Ends the service, which tells its summary, and then the provider.
    async fn close(&mut self, started: Instant, screen: &mut Screen) -> Result<Summary, Problem> {
        self.service.ask_to_end();
        let mut summary = None;
        while let Some(line) = self.service.line().await {
            match serde_json::from_str(&line) {
                Ok(Report::Summary(told)) => summary = Some(*told),
                _ => show(&line, started, screen),
            }
        }
        screen.end_live();
        self.service.ended().await?;
        self.provider.ask_to_end();
        self.provider.ended().await?;
        show_all(&mut self.complaints, screen);
        summary.ok_or_else(|| died("demo-service", screen))
    }
}

/// The port to listen at: the one that is asked for, which must be free, else the usual one or any.
fn port(asked: Option<u16>) -> Result<u16, Problem> {
    let port = asked.unwrap_or(USUAL_PORT);
    match TcpListener::bind(("127.0.0.1", port)) {
        Ok(_) => Ok(port),
        Err(error) if asked.is_some() => Err(process::unusable_port(port, &error)),
        Err(_) => Ok(0),
    }
}

/// What the service's environment says of where telemetry goes, beside what this one's says.
fn environment(options: &Options) -> Vec<(&'static str, String)> {
    let endpoint = options.otlp.iter().map(|url| ("OTEL_EXPORTER_OTLP_ENDPOINT", url.clone()));
    endpoint.collect()
}

/// Says what runs and where to look.
fn introduce(url: &str, options: &Options, screen: &mut Screen) {
    screen.lines(
        "A support desk with its AI provider and its clients, three processes on this machine.\n",
    );
    screen.lines(&format!("  service    {url}/tickets/17"));
    screen.lines(&format!("  metrics    {url}/metrics"));
    if let Some(otlp) = &options.otlp {
        screen.lines(&format!("  OTLP       {otlp}"));
    }
    let until = match options.duration {
        Some(duration) => format!("for {} s", duration.as_secs_f64()),
        None => "until Ctrl-C".to_owned(),
    };
    screen.lines(&format!("  clients    {} requests a second {until}\n", options.rate));
}

/// Shows a report of the service.
fn show(line: &str, started: Instant, screen: &mut Screen) {
    match serde_json::from_str(line) {
        Ok(Report::Request(tree)) => {
            screen.heading("One request, whole:");
            screen.lines(&format!("\n{}\n", tree.trim_end()));
        }
        Ok(Report::Progress(progress)) => screen.live(&live(&progress, started.elapsed())),
        Ok(Report::Summary(_)) => {}
        // Not one of ours, so somebody prints in the service; it is shown rather than lost.
        Err(_) => screen.lines(line),
    }
}

fn live(progress: &Progress, running: Duration) -> String {
    let p95 = progress.p95_seconds.map_or_else(|| "–".to_owned(), format::duration);
    format!(
        "{:>6.1} s   {:>5.1} requests/s   p95 {p95:>7}   {:>9}   AI {}",
        running.as_secs_f64(),
        progress.per_second,
        format::counted(progress.errors, "error"),
        format::about(format::dollars(&progress.spend)),
    )
}

fn show_all(complaints: &mut mpsc::UnboundedReceiver<String>, screen: &mut Screen) {
    while let Ok(complaint) = complaints.try_recv() {
        screen.lines(&complaint);
    }
}

fn died(name: &str, screen: &mut Screen) -> Problem {
    screen.end_live();
    Problem::failed(format!("{name} ended before its time"))
}
