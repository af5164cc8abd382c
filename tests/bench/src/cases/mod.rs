//! All cases, a file each.

mod ai;
mod core;
mod db;
mod http;
mod traced;

use crate::case::Case;
use crate::failure::Failure;
use crate::options::Selection;

/// All cases, in the order in which they run.
pub(crate) static ALL: &[Case] = &[
    core::request_6_attributes::CASE,
    core::request_6_attributes_otlp::CASE,
    core::request_0_attributes::CASE,
    core::bridge_span::CASE,
    core::bridge_event::CASE,
    core::poll::CASE,
    core::bridge_poll::CASE,
    core::counter_bound::CASE,
    core::histogram_bound::CASE,
    core::counter_contended::CASE,
    core::counter_lookup::CASE,
    core::span_unsampled::CASE,
    core::span_record_only::CASE,
    core::two_producers::CASE,
    core::active_spans::CASE,
    core::mirrored_spans::CASE,
    core::demo_request::CASE,
    core::uninitialised::CASE,
    core::uninitialised_span::CASE,
    http::span_and_metrics::CASE,
    http::span_and_duration::CASE,
    http::metrics_only::CASE,
    http::sampled_out::CASE,
    http::hello_cpu::CASE,
    http::hello_cpu_otlp::CASE,
    http::uninitialised::CASE,
    http::client_call::CASE,
    db::select_one::CASE,
    db::stream_10k::CASE,
    db::lexer_cold::CASE,
    db::lexer_cached::CASE,
    db::redis_get::CASE,
    ai::call_4k::CASE,
    ai::call_added::CASE,
    ai::stream_chunk::CASE,
    ai::price::CASE,
];

/// The case of this area and name.
pub(crate) fn find(path: &str) -> Result<&'static Case, Failure> {
    ALL.iter()
        .find(|case| case.path() == path)
        .ok_or_else(|| format!("there is no case `{path}`; the cases are {}", all()).into())
}

/// The cases that are selected; at least one.
pub(crate) fn matching(selection: &Selection) -> Result<Vec<&'static Case>, Failure> {
    let in_area = |case: &Case| selection.area.as_deref().is_none_or(|it| it == case.area);
    let named = |case: &Case| {
        let part = selection.case.as_deref();
        part.is_none_or(|part| case.name.contains(part))
    };
    let cases: Vec<_> = ALL.iter().filter(|it| in_area(it) && named(it)).collect();
    if cases.is_empty() {
        return Err(format!("no case matches; the cases are {}", all()).into());
    }
    Ok(cases)
}

fn all() -> String {
    let paths: Vec<_> = ALL.iter().map(Case::path).collect();
    paths.join(", ")
}
