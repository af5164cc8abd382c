//! Where a cost is from: the provider's own statement, a price of the call, a file of the user's, the list
//! times what was negotiated, the list; and who is told of it.

use reqwest_middleware::ClientBuilder;
use telemetry_ai::{
    AiCost, Attempts, Attribution, Budget, Call, CostSource, CostStatus, Decimal, EndpointRule,
    Middleware, ModelPrice, Operation, PriceTable, Provider, RateKind, Settings, UnpricedReason,
    Usage,
};
use telemetry_core::{Baggage, ContextExt as _, testing::Capture};

use crate::{
    assert_attribute,
    attempts_are_told_apart::Again,
    provider::{PATIENCE, PLAIN, Server, json, only_span, plain_client},
    stand_in::{self, Answer, recorded},
};

fn decimal(text: &str) -> Decimal {
    text.parse().unwrap()
}

fn million(input: u64) -> Usage {
    let mut usage = Usage::default();
    usage.input_tokens = Some(input);
    usage.output_tokens = Some(0);
    usage
}

/// Whose word is given on the cost of a call of a million tokens.
#[derive(Debug, Clone, Copy, Default)]
struct Given {
    stated: bool,
    of_the_call: bool,
    of_the_user: bool,
    negotiated: bool,
    listed: bool,
}

impl Given {
    fn cost(self) -> (AiCost, Capture) {
        let mut prices = if self.listed { PriceTable::builtin() } else { PriceTable::empty() };
        if self.of_the_user {
            let file = r#"{"prices":[{"provider":"openai","model":"gpt-4o*","rates":{"input":"3","output":"3"}}]}"#;
            prices = prices.with_json(file).unwrap();
        }
        if self.negotiated {
            prices = prices.with_multiplier(Provider::OPENAI, decimal("0.8"));
        }
        let settings = Settings::new(prices, Attribution::default());
        let capture = Capture::start();
        let cost = capture.run(|| {
            let call = Call::builder(Operation::CHAT, Provider::OPENAI).model("gpt-4o");
            let mut call = call.settings(&settings);
            if self.of_the_call {
                let price = ModelPrice::new(Provider::OPENAI, "of the call")
                    .rate(RateKind::Input, decimal("7"));
                call = call.price(price);
            }
            let mut call = call.start();
            let mut usage = million(1_000_000);
            usage.cost = self.stated.then(|| decimal("0.42"));
            call.usage(&usage);
            call.end().unwrap()
        });
        (cost, capture)
    }
}

#[test]
fn each_goes_before_those_that_follow() {
    let listed = Given { listed: true, ..Given::default() };
    let negotiated = Given { negotiated: true, ..listed };
    let of_the_user = Given { of_the_user: true, ..negotiated };
    let of_the_call = Given { of_the_call: true, ..of_the_user };
    let stated = Given { stated: true, ..of_the_call };
    let version = PriceTable::builtin().version().to_owned();
    let own = format!("{version}+own");
    for (given, amount, source, table) in [
        (stated, "0.42", CostSource::Provider, None),
        (of_the_call, "7", CostSource::Local, Some("call")),
        (of_the_user, "3", CostSource::Local, Some(&*own)),
        // Four fifths of two and a half.
        (negotiated, "2", CostSource::Local, Some(&*own)),
        (listed, "2.5", CostSource::Local, Some(&*version)),
        (Given { of_the_user: true, ..Given::default() }, "3", CostSource::Local, Some("own")),
    ] {
        let (cost, capture) = given.cost();
        assert_eq!(cost.amount(), Some(decimal(amount)), "{given:?}");
        assert_eq!((cost.source(), cost.table()), (Some(source), table), "{given:?}");
        assert_eq!(cost.status(), CostStatus::Exact, "{given:?}");
        let span = only_span(&capture);
        assert_attribute!(span, "gen_ai.usage.cost.amount", amount.parse::<f64>().unwrap());
        assert_attribute!(span, "gen_ai.usage.cost.currency", "USD");
        assert_attribute!(span, "gen_ai.usage.cost.source", source.as_str());
        assert_attribute!(span, "telemetry.gen_ai.cost.status", "exact");
        let told = span.attribute("telemetry.gen_ai.cost.table").map(ToString::to_string);
        assert_eq!(told.as_deref(), table, "{given:?}");
    }
    let (nobody, capture) = Given::default().cost();
    assert_eq!((nobody.amount(), nobody.status()), (None, CostStatus::Unpriced));
    assert_eq!(nobody.unpriced_reason(), Some(UnpricedReason::UnknownModel));
    assert_eq!(capture.metrics().sum("telemetry.gen_ai.unpriced", &[]), 1.0);
}

/// jeremychone/rust-genai#258: some who serve Anthropic's protocol tell what was cached only at the end.
#[test]
fn what_was_cached_may_be_told_at_the_end_of_a_stream() {
    let rates = [("3", RateKind::Input), ("0.3", RateKind::CacheRead), ("15", RateKind::Output)];
    let price = rates
        .into_iter()
        .fold(ModelPrice::new(Provider::ANTHROPIC, "m"), |price, (dollars, kind)| {
            price.rate(kind, decimal(dollars))
        });
    let settings = Settings::new(PriceTable::empty().with(price), Attribution::default());
    let capture = Capture::start();
    let cost = capture.run(|| {
        let call = Call::builder(Operation::CHAT, Provider::ANTHROPIC).model("m");
        let mut call = call.streaming(true).settings(&settings).start();
        for event in [
            r#"{"type":"message_start","message":{"id":"msg_1","usage":{"input_tokens":0,"output_tokens":0}}}"#,
            r#"{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"input_tokens":100,"cache_read_input_tokens":9000,"cache_creation_input_tokens":0,"output_tokens":20}}"#,
            r#"{"type":"message_stop"}"#,
        ] {
            call.read_events(format!("data: {event}\n\n").as_bytes());
        }
        call.end().unwrap()
    });
    // 100 at 3, 9,000 at .3 and 20 at 15 dollars the million.
    assert_eq!(cost.amount(), Some(decimal("0.0033")));
    let span = only_span(&capture);
    assert_attribute!(span, "gen_ai.usage.input_tokens", 9_100);
    assert_attribute!(span, "gen_ai.usage.cache_read.input_tokens", 9_000);
}

/// What a rule says of the machine decides the price of its seconds.
#[tokio::test]
async fn seconds_are_priced_by_the_machine_that_a_rule_or_a_header_names() {
    let answer = || Answer::json(r#"{"images":["a"],"metrics":{"gpu_seconds":10}}"#);
    let rule = || EndpointRule::host("acme--studio.modal.run").provider(Provider::MODAL);
    let url = "https://acme--studio.modal.run/upscale";
    for (rule, answer, amount) in [
        // Ten seconds of each.
        (rule().hardware("A10"), answer(), Some(0.003_06)),
        (rule().hardware("H100"), answer(), Some(0.010_97)),
        (rule().hardware_header("x-gpu"), answer().header("x-gpu", "L4"), Some(0.002_22)),
        // Nobody says which.
        (rule(), answer(), None),
    ] {
        let builder = Middleware::builder().endpoint(rule);
        let (_, spans) = recorded(builder, "POST", url, "{}", answer).await;
        let status = if amount.is_some() { "estimated" } else { "unpriced" };
        assert_attribute!(spans[0], "telemetry.gen_ai.cost.status", status);
        match amount {
            Some(amount) => assert_attribute!(spans[0], "gen_ai.usage.cost.amount", amount),
            None => assert_attribute!(spans[0], "gen_ai.usage.cost.amount", none),
        }
    }
}

#[tokio::test]
async fn a_call_that_was_tried_again_costs_what_it_costs_and_is_a_part_of_the_trouble() {
    let asked = std::sync::Arc::new(std::sync::atomic::AtomicU32::new(0));
    let server = Server::start(move |_| {
        let first = asked.fetch_add(1, std::sync::atomic::Ordering::SeqCst) == 0;
        async move {
            let mut response = json(if first { "{}" } else { PLAIN });
            if first {
                *response.status_mut() = http::StatusCode::SERVICE_UNAVAILABLE;
            }
            response
        }
    })
    .await;
    let client = ClientBuilder::new(plain_client())
        .with(Middleware::builder().endpoint(server.rule()).build())
        .with(Again)
        .with(Attempts::new())
        .build();
    let capture = Capture::start();
    let context =
        capture.pipeline().context().with_baggage(Baggage::default().with("tenant.id", "acme"));
    let request = client.post(server.url()).body(r#"{"model":"gpt-4o"}"#).send();
    let response = tokio::time::timeout(PATIENCE, request.in_context(context)).await.unwrap();
    response.unwrap().bytes().await.unwrap();
    let row = capture.run(telemetry_ai::spend).remove(0);
    assert_eq!((row.calls, row.cost), (1, decimal("0.005615")));
    assert_eq!((row.retried_cost, row.failed_cost), (decimal("0.005615"), Decimal::ZERO));
    let metrics = capture.metrics();
    let labels = [("telemetry.gen_ai.trouble", "retried"), ("tenant.id", "acme")];
    assert_eq!(metrics.sum("telemetry.gen_ai.cost.of_trouble", &labels), 0.005_615);
    assert_eq!(metrics.sum("telemetry.gen_ai.cost.of_trouble", &[]), 0.005_615);
}

#[tokio::test]
async fn a_budget_of_some_models_holds_back_those_alone() {
    let budget = Budget::new("large", decimal("0.005")).of_models("gpt-4o*").blocking();
    let builder = Middleware::builder().attribution(Attribution::default().budget(budget));
    let other = PLAIN.replace("gpt-4o-2024-08-06", "gpt-5-2025-08-07");
    let client = stand_in::client(
        builder,
        [Answer::json(PLAIN), Answer::json(other.clone()), Answer::json(other)],
    );
    let capture = Capture::start();
    let url = "https://api.openai.com/v1/chat/completions";
    let ask = |body| client.post(url).body(body).send();
    let large = r#"{"model":"gpt-4o"}"#;
    capture
        .run_async(async {
            // The one spends more than there is, and the second of them is refused.
            ask(large).await.unwrap().bytes().await.unwrap();
            ask(r#"{"model":"gpt-5"}"#).await.unwrap().bytes().await.unwrap();
            ask(large).await.unwrap_err();
            ask(r#"{"model":"gpt-5"}"#).await.unwrap().bytes().await.unwrap();
        })
        .await;
    let metrics = capture.metrics();
    let named = [("telemetry.gen_ai.budget.name", "large")];
    assert_eq!(metrics.sum("telemetry.gen_ai.budget.refused", &named), 1.0);
    // 0.005615 of 0.005, told at each threshold that it passed.
    let used = metrics.sum("telemetry.gen_ai.budget.used", &named);
    assert!((used - 1.123).abs() < 1e-12, "{used}");
    let told: Vec<String> = capture
        .events()
        .iter()
        .map(|event| {
            event.attribute("telemetry.gen_ai.budget.threshold_percent").unwrap().to_string()
        })
        .collect();
    assert_eq!(told, ["50", "80", "100"]);
}

/// What answers may have another name than what was asked for: a snapshot's, or that of whom a router chose.
#[tokio::test]
async fn a_budget_holds_back_by_the_name_that_is_asked_for() {
    let url = "https://api.openai.com/v1/chat/completions";
    for (budget, others, told) in [
        // Each of the two has three thresholds, and passed them.
        (Budget::new("each", decimal("0.005")).per_model(), true, 6),
        (Budget::new("one", decimal("0.005")).of_models("gpt-4o"), true, 3),
        (Budget::new("one", decimal("0.005")).of_models("gpt-4o-2024-08-06"), true, 3),
        (Budget::new("all", decimal("0.005")), false, 3),
    ] {
        let about = format!("{budget:?}");
        // A snapshot of which nobody asks for by its name can't be held back, and is counted all the same.
        let is_held_back = !about.contains("gpt-4o-2024-08-06");
        let attribution = Attribution::default().budget(budget.blocking());
        let builder = Middleware::builder().attribution(attribution);
        let client = stand_in::client(builder, [Answer::json(PLAIN)]);
        let capture = Capture::start();
        let ask = async |body| match client.post(url).body(body).send().await {
            Ok(response) => response.bytes().await.is_ok(),
            Err(_) => false,
        };
        let answered = capture.run_async(async {
            [
                ask(r#"{"model":"gpt-4o"}"#).await,
                ask(r#"{"model":"gpt-4o"}"#).await,
                ask(r#"{"model":"gpt-5"}"#).await,
            ]
        });
        assert_eq!(answered.await, [true, !is_held_back, others], "{about}");
        assert_eq!(capture.events().len(), told, "{about}");
    }
}
