use telemetry_core::{Ratio, Sampler};

use super::Reader;

/// `OTEL_TRACES_SAMPLER` with its argument; none when it is unset.
pub(crate) fn read(reader: &mut Reader<'_>) -> Option<Sampler> {
    #[derive(Clone, Copy)]
    enum Root {
        On,
        Off,
        Ratio,
    }
    const CHOICES: [(&str, (bool, Root)); 6] = [
        ("always_on", (false, Root::On)),
        ("always_off", (false, Root::Off)),
        ("traceidratio", (false, Root::Ratio)),
        ("parentbased_always_on", (true, Root::On)),
        ("parentbased_always_off", (true, Root::Off)),
        ("parentbased_traceidratio", (true, Root::Ratio)),
    ];
    let (parent_based, root) = reader.choice("OTEL_TRACES_SAMPLER", &CHOICES)?;
    let root = match root {
        Root::On => Sampler::AlwaysOn,
        Root::Off => Sampler::AlwaysOff,
        Root::Ratio => {
            let ratio =
                reader.parsed("OTEL_TRACES_SAMPLER_ARG", "use a number from 0 to 1", |text| {
                    Ratio::new(text.parse().ok()?)
                });
            // Without a valid ratio all traces are kept.
            ratio.map_or(Sampler::AlwaysOn, Sampler::TraceIdRatio)
        }
    };
    Some(if parent_based { Sampler::ParentBased(Box::new(root)) } else { root })
}

/// A sampler's name as `OTEL_TRACES_SAMPLER` has it, with its ratio.
pub(crate) fn name(sampler: &Sampler) -> String {
    match sampler {
        Sampler::AlwaysOn => "always_on".to_owned(),
        Sampler::AlwaysOff => "always_off".to_owned(),
        Sampler::TraceIdRatio(ratio) => format!("traceidratio {}", short(&ratio.to_string())),
        Sampler::ParentBased(root) => format!("parentbased_{}", name(root)),
        other => format!("{other:?}"),
    }
}

/// A ratio as it was most likely written: it is kept as a fraction of 2^56.
fn short(ratio: &str) -> String {
    match ratio.parse::<f64>() {
        Ok(number) => ((number * 1e12).round() / 1e12).to_string(),
        Err(_) => ratio.to_owned(),
    }
}
