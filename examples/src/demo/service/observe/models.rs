//! What was spent on each model.

use std::collections::BTreeMap;

use telemetry_ai::{Decimal, SpendRow};
use telemetry_core::{MetricData, MetricSnapshot, Number, semconv};

use crate::demo::message::ModelSpend;

/// The metric of what was used in units other than tokens, and the label that names the unit.
const UNITS: &str = "telemetry.gen_ai.usage.units";
const UNIT: &str = "telemetry.gen_ai.unit";

/// By provider and model, all tenants together.
pub(in super::super) fn models(rows: &[SpendRow], metrics: &MetricSnapshot) -> Vec<ModelSpend> {
    let mut models: BTreeMap<(String, String), (ModelSpend, Decimal)> = BTreeMap::new();
    for row in rows {
        let key = (row.provider.to_string(), row.model.clone());
        let (sums, cost) =
            models.entry(key.clone()).or_insert_with(|| (nothing(key), Decimal::ZERO));
        sums.calls += row.calls;
        sums.failed_calls += row.failed_calls;
        sums.unpriced_calls += row.unpriced_calls;
        sums.estimated_calls += row.inexact_calls;
        sums.input_tokens += row.input_tokens;
        sums.output_tokens += row.output_tokens;
        *cost += row.cost;
    }
    let finish = |(sums, cost): (ModelSpend, Decimal)| ModelSpend {
        machine_seconds: machine_seconds(metrics, &sums),
        cost: cost.normalize().to_string(),
        ..sums
    };
    models.into_values().map(finish).collect()
}

fn nothing((provider, model): (String, String)) -> ModelSpend {
    ModelSpend {
        provider,
        model,
        calls: 0,
        failed_calls: 0,
        unpriced_calls: 0,
        estimated_calls: 0,
        input_tokens: 0,
        output_tokens: 0,
        machine_seconds: 0.0,
        cost: String::new(),
    }
}

/// The seconds that a model's machines ran.
fn machine_seconds(metrics: &MetricSnapshot, of: &ModelSpend) -> f64 {
    let Some(MetricData::Sum { points, .. }) = metrics.metric(UNITS).map(|metric| &metric.data)
    else {
        return 0.0;
    };
    let wanted = [
        (UNIT, "compute_seconds"),
        (semconv::gen_ai::PROVIDER_NAME, of.provider.as_str()),
        (semconv::gen_ai::REQUEST_MODEL, of.model.as_str()),
    ];
    let meant = points.iter().filter(|point| point.attributes.contains(&wanted));
    meant
        .map(|point| match point.value {
            Number::I64(value) => value as f64,
            Number::F64(value) => value,
        })
        .sum()
}
