use super::Reader;
use super::reader::list;

/// Where one signal goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Exporters {
    /// Readable lines on standard error.
    pub(crate) console: bool,
    /// JSON lines on standard output.
    pub(crate) json: bool,
    /// JSON lines in a file.
    pub(crate) file: bool,
    /// OTLP over HTTP.
    pub(crate) otlp: bool,
}

/// What decides where a signal goes that no `OTEL_*_EXPORTER` speaks of.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Surroundings {
    pub(crate) console: Console,
    /// Whether standard error is a terminal.
    pub(crate) terminal: bool,
    /// Whether there is a path for JSON lines.
    pub(crate) file: bool,
}

/// What is shown where the program runs, as long as no `OTEL_*_EXPORTER` says otherwise.
///
/// ```no_run
/// use telemetry_export::{Console, Telemetry};
///
/// # fn main() -> Result<(), telemetry_export::InitError> {
/// // A command-line tool whose output is for its user.
/// let telemetry = Telemetry::builder().service_name("importer").console(Console::None).init()?;
/// # drop(telemetry);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Console {
    /// A readable console when standard error is a terminal; JSON lines on standard output when it
    /// isn't and the signal goes neither to a file nor out by OTLP.
    #[default]
    Auto,
    /// Readable lines and trees of traces, on standard error.
    Tree,
    /// JSON lines, on standard output.
    Json,
    /// Nothing.
    None,
}

impl Exporters {
    /// The exporters of spans or logs: what `variable` lists, else what fits the surroundings. `otlp`
    /// says whether an endpoint is set.
    pub(crate) fn of_records(
        reader: &mut Reader<'_>,
        variable: &str,
        otlp: bool,
        around: Surroundings,
    ) -> Self {
        let listed = Self::listed(reader, variable, &["otlp", "console", "json", "file"], around);
        listed.unwrap_or_else(|| {
            let alone = !otlp && !around.file;
            let (console, json) = match around.console {
                Console::Auto => (around.terminal, !around.terminal && alone),
                Console::Tree => (true, false),
                Console::Json => (false, true),
                Console::None => (false, false),
            };
            Self { console, json, file: around.file, otlp }
        })
    }

    /// The exporters of metrics that are pushed. Metrics can be pulled whatever is set.
    pub(crate) fn of_metrics(reader: &mut Reader<'_>, otlp: bool, around: Surroundings) -> Self {
        let known = ["otlp", "prometheus", "console", "json", "file"];
        let listed = Self::listed(reader, "OTEL_METRICS_EXPORTER", &known, around);
        listed.unwrap_or(Self { otlp, ..Self::default() })
    }

    /// What the variable lists; none when it is unset or nothing in it is known.
    fn listed(
        reader: &mut Reader<'_>,
        variable: &str,
        known: &[&str],
        around: Surroundings,
    ) -> Option<Self> {
        let value = reader.text(variable)?;
        let mut listed = Self::default();
        let mut understood = false;
        for name in value.split(',').map(|name| name.trim().to_ascii_lowercase()) {
            let is_known = name == "none" || known.contains(&name.as_str());
            match name.as_str() {
                "" => continue,
                "file" if is_known && !around.file => {
                    reader.problem(variable, &name, "`file` needs TELEMETRY_FILE");
                    continue;
                }
                "console" if is_known => listed.console = true,
                "json" if is_known => listed.json = true,
                "file" if is_known => listed.file = true,
                "otlp" if is_known => listed.otlp = true,
                _ if is_known => {}
                _ => {
                    let mut all = known.to_vec();
                    all.push("none");
                    let allowed = format!("use {}, or several with commas", list(&all));
                    reader.problem(variable, &name, &allowed);
                    continue;
                }
            }
            understood = true;
        }
        understood.then_some(listed)
    }
}
