//! Settings of our own, `TELEMETRY_*`.

use telemetry_core::CpuBudget;

use super::{Settings, problems, read, read_with};

#[test]
fn settings_of_our_own_are_strict_about_names_and_values() {
    for (variable, value, text) in [
        ("TELEMETRY_CONSOLE", "treee", "use auto, tree, json or none"),
        (
            "TELEMETRY_LOG",
            "my_crate[span]=info",
            "use levels and targets as in info,my_crate=debug",
        ),
        ("TELEMETRY_STRICT", "1", "use true or false"),
        ("TELEMETRY_DEBUG", "on", "use true or false"),
        ("TELEMETRY_RESCUE", "errors", "use true or false"),
        ("TELEMETRY_SELF_METRICS", "1", "use true or false"),
        ("TELEMETRY_MIRROR", "fmt", "use true or false"),
        ("TELEMETRY_CPU_BUDGET", "0", "use off or per cent of a core, above 0 and at most 100"),
        ("TELEMETRY_TRACE_ID_HEADER", "x trace id", "use the name of a header"),
        (
            "TELEMETRY_FILES",
            "x",
            "there is no such setting, only TELEMETRY_CONSOLE, TELEMETRY_CPU_BUDGET, TELEMETRY_DEBUG, TELEMETRY_ENVIRONMENT, TELEMETRY_FILE, TELEMETRY_LOG, TELEMETRY_MIRROR, TELEMETRY_RESCUE, TELEMETRY_SELF_METRICS, TELEMETRY_STRICT, TELEMETRY_TRACE_ID_HEADER",
        ),
    ] {
        let expected = format!("error: {variable}={value} is not allowed: {text}");
        assert_eq!(problems(&[(variable, value)]), [expected]);
    }
}

#[test]
fn the_budget_the_mirrors_and_the_metrics_of_itself_are_the_environments_then_the_codes() {
    let of = |percent| Some(CpuBudget::percent_of_a_core(percent).unwrap());
    let code = Settings { cpu_budget: of(5.0), self_telemetry: Some(true), ..Settings::default() };
    for (value, expected) in
        [("1", of(1.0)), ("0.5%", of(0.5)), ("2 %", of(2.0)), ("Off", None), ("", of(5.0))]
    {
        let config = read_with(&[("TELEMETRY_CPU_BUDGET", value)], &code).0;
        assert_eq!(config.cpu_budget, expected, "{value}");
    }
    assert_eq!(read(&[]).0.cpu_budget, None, "off by default");
    let default = Some(CpuBudget::default());
    assert_eq!(read(&[("TELEMETRY_CPU_BUDGET", "1")]).0.cpu_budget, default, "1 % where it is on");
    for (value, expected) in [("false", Some(false)), ("TRUE", Some(true)), ("", Some(true))] {
        let config = read_with(&[("TELEMETRY_SELF_METRICS", value)], &code).0;
        assert_eq!(config.self_telemetry, expected, "{value}");
    }
    assert_eq!(read(&[]).0.self_telemetry, None);
    for (value, expected) in [("false", false), ("true", true), ("", true)] {
        let code = Settings { mirror: true, ..Settings::default() };
        assert_eq!(read_with(&[("TELEMETRY_MIRROR", value)], &code).0.mirror, expected, "{value}");
    }
    assert!(!read(&[]).0.mirror && read(&[("TELEMETRY_MIRROR", "true")]).0.mirror);
    for wrong in ["0", "-1", "101", "NaN", "inf", "one", "%", "1%%"] {
        assert_eq!(problems(&[("TELEMETRY_CPU_BUDGET", wrong)]).len(), 1, "{wrong}");
    }
}

#[test]
fn what_kubernetes_says_about_a_service_named_telemetry_is_no_setting() {
    for name in [
        "TELEMETRY_SERVICE_HOST",
        "TELEMETRY_SERVICE_PORT",
        "TELEMETRY_SERVICE_PORT_OTLP_HTTP",
        "TELEMETRY_PORT",
        "TELEMETRY_COLLECTOR_PORT_4318_TCP",
        "TELEMETRY_COLLECTOR_PORT_4318_TCP_ADDR",
    ] {
        assert!(problems(&[(name, "10.0.0.1")]).is_empty(), "{name}");
    }
    assert_eq!(problems(&[("TELEMETRY_PORT_4318_OTHER", "x")]).len(), 1);
}
