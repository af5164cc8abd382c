use telemetry_ai::{
    Bill, Call, DailySpend, Decimal, Operation, Provider, Reconciliation, Usage, spend_by_day,
};
use telemetry_core::testing::Capture;

const OPENAI: &str = r#"{"object":"page","data":[{"object":"bucket","start_time":1795651200,"end_time":1795737600,"results":[
 {"object":"organization.costs.result","amount":{"value":0.06,"currency":"usd"},"line_item":"gpt-4o-2024-08-06, input","project_id":null},
 {"object":"organization.costs.result","amount":{"value":4e-2,"currency":"usd"},"line_item":"gpt-4o-2024-08-06, output","project_id":null},
 {"object":"organization.costs.result","amount":{"value":0.5,"currency":"usd"},"line_item":"o3, output","project_id":null}]}],
 "has_more":false,"next_page":null}"#;
const ANTHROPIC: &str = r#"{"data":[{"starting_at":"2026-11-26T00:00:00Z","ending_at":"2026-11-27T00:00:00Z","results":[
 {"currency":"USD","amount":"123.78912","workspace_id":null,"description":"Claude Sonnet 4.6 Usage - Input Tokens","cost_type":"tokens","model":"claude-sonnet-4-6","service_tier":"standard","token_type":"uncached_input_tokens"},
 {"currency":"USD","amount":"3","workspace_id":null,"description":"Web Search Usage","cost_type":"web_search","model":null}]}],"has_more":false}"#;
const FAL: &str = r#"{"billing_events":[{"request_id":"uuid","endpoint_id":"fal-ai/flux/dev","timestamp":"2026-11-26T00:00:08Z","output_units":2,"unit_price":0.025,"percent_discount":10,"cost_subtotal":0.05,"cost_discount":0.005,"cost_total":0.045,"cost_estimate_nano_usd":45000000},
 {"request_id":"uuid","endpoint_id":"fal-ai/flux/dev","timestamp":"2026-11-26T23:59:59Z","cost_estimate_nano_usd":45000001}],"next_cursor":null,"has_more":false}"#;
const MODAL: &str = r#"[{"Object ID":"ap-1","Description":"acme--generate","Environment":"main","Interval Start":"2026-11-26T00:00:00+00:00","Cost":"1.25"},
 {"object_id":"ap-1","description":"acme--generate","environment_name":"main","interval_start":"2026-11-26 01:00:00+00:00","cost":0.75,"tags":{}}]"#;
const ACTIVITY: &str = r#"{"data":[{"date":"2026-11-26","model":"openai/gpt-4.1","model_permaslug":"openai/gpt-4.1-2025-04-14","usage":0.015,"requests":5}]}"#;
const GENERATION: &str = r#"{"data":{"id":"gen-1","total_cost":0.0015,"created_at":"2026-11-26T23:33:19.433273+00:00","model":"openai/gpt-4.1","usage":0.0015}}"#;

fn decimal(text: &str) -> Decimal {
    text.parse().unwrap()
}

#[test]
fn each_export_is_read_to_the_last_digit() {
    let bill = |bill: Result<Bill, telemetry_ai::BillError>| bill.unwrap();
    assert_eq!(bill(Bill::openai_costs(OPENAI)).total(), decimal("0.6"));
    // Its amounts are cents.
    assert_eq!(bill(Bill::anthropic_cost_report(ANTHROPIC)).total(), decimal("1.2678912"));
    assert_eq!(bill(Bill::fal_billing_events(FAL)).total(), decimal("0.090000001"));
    assert_eq!(bill(Bill::modal_billing_report(MODAL)).total(), decimal("2"));
    let both = bill(Bill::openrouter(ACTIVITY)).and(bill(Bill::openrouter(GENERATION)));
    assert_eq!((both.total(), both.provider()), (decimal("0.0165"), &Provider::OPENROUTER));
}

#[test]
fn attributed_and_billed_stand_side_by_side_for_each_model_and_day() {
    let bill = Bill::openai_costs(OPENAI).unwrap();
    let ours = [
        DailySpend::new("2026-11-26", Provider::OPENAI, "gpt-4o-2024-08-06", decimal("0.1")),
        // The bill has no date in its name.
        DailySpend::new("2026-11-26", Provider::OPENAI, "o3-2025-04-16", decimal("0.47")),
        DailySpend::new("2026-11-26", Provider::OPENAI, "gpt-4o-mini", decimal("0.01")),
        // Neither this day nor this provider is on the bill.
        DailySpend::new("2026-11-25", Provider::OPENAI, "o3", decimal("7")),
        DailySpend::new("2026-11-26", Provider::GROQ, "llama", decimal("7")),
    ];
    let report = Reconciliation::new(&ours, &bill);
    let rows: Vec<_> = report
        .rows()
        .iter()
        .map(|row| (row.model.as_str(), row.attributed, row.billed, row.difference()))
        .collect();
    assert_eq!(
        rows,
        [
            ("gpt-4o-2024-08-06", decimal("0.1"), decimal("0.1"), decimal("0")),
            ("gpt-4o-mini", decimal("0.01"), decimal("0"), decimal("0.01")),
            ("o3", decimal("0.47"), decimal("0.5"), decimal("-0.03")),
        ]
    );
    assert_eq!((report.attributed(), report.billed()), (decimal("0.58"), decimal("0.6")));
    // One less (0.01 + 0.03) / 0.6.
    let accuracy = report.accuracy().unwrap();
    assert!((accuracy - decimal("0.93333333")).abs() < decimal("0.00000001"), "{accuracy}");
    let text = report.to_string();
    assert!(text.ends_with("attributed 0.58 of 0.6 USD billed, accurate to 93.33 %"), "{text}");
    assert_eq!(text.lines().count(), 5);
}

#[test]
fn what_the_process_spent_can_be_held_against_the_bill() {
    let capture = Capture::start();
    let ours = capture.run(|| {
        for _ in 0..3 {
            let mut call = Call::builder(Operation::CHAT, Provider::OPENROUTER)
                .model("openai/gpt-4.1")
                .start();
            let mut usage = Usage::default();
            usage.cost = Some(decimal("0.0015"));
            call.usage(&usage);
            call.end();
        }
        spend_by_day()
    });
    // The day may change while the test runs.
    let spent: Decimal = ours.iter().map(|row| row.cost).sum();
    assert_eq!(spent, decimal("0.0045"));
    let mut report = None;
    for row in &ours {
        let generation = GENERATION
            .replace("2026-11-26", &row.day)
            .replace("\"total_cost\":0.0015", &format!("\"total_cost\":{}", row.cost));
        let bill = Bill::openrouter(&generation).unwrap();
        report = Some(Reconciliation::new(&ours, &bill));
        assert_eq!(report.as_ref().unwrap().accuracy(), Some(Decimal::ONE));
    }
    assert!(report.is_some());
}

#[test]
fn nothing_billed_has_no_accuracy_and_a_wrong_export_says_what_is_wrong() {
    let none = Bill::fal_billing_events(r#"{"billing_events":[]}"#).unwrap();
    let report = Reconciliation::new(&[], &none);
    assert_eq!(
        (report.accuracy(), report.to_string().lines().last().unwrap()),
        (None, "nothing was billed")
    );
    let refused = |bill: Result<Bill, telemetry_ai::BillError>| bill.unwrap_err().to_string();
    assert!(refused(Bill::openai_costs("{}")).starts_with("OpenAI's costs: missing field `data`"));
    assert_eq!(
        refused(Bill::openai_costs(&OPENAI.replace("\"usd\"", "\"eur\""))),
        "`eur` is not USD, the only currency that is attributed"
    );
    assert_eq!(
        refused(Bill::modal_billing_report(r#"[{"description":"x","cost":1}]"#)),
        "Modal's billing report: a row has no `interval_start`"
    );
    assert_eq!(
        refused(Bill::anthropic_cost_report(&ANTHROPIC.replace("2026-11-26T", "26.11.2026"))),
        "`26.11.202600:00:00Z` is no day such as 2026-11-27"
    );
    assert_eq!(
        refused(Bill::anthropic_cost_report(&ANTHROPIC.replace("\"3\"", "\"three\""))),
        "`three` is no amount"
    );
}

proptest::proptest! {
    #[test]
    fn whatever_an_export_says_it_is_read_or_refused(text in "\\PC{0,48}", cut in 0_usize..700) {
        for export in [OPENAI, ANTHROPIC, FAL, MODAL, ACTIVITY, GENERATION] {
            let mut changed: String = export.chars().take(cut).collect();
            changed.push_str(&text);
            for read in [
                Bill::openai_costs,
                Bill::anthropic_cost_report,
                Bill::fal_billing_events,
                Bill::modal_billing_report,
                Bill::openrouter,
            ] {
                if let Ok(bill) = read(&changed) {
                    let _ = Reconciliation::new(&[], &bill).to_string();
                }
            }
        }
    }
}
