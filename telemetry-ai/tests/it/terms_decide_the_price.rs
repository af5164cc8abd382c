//! Under which terms a call was served, and which tools it had run, is read where each provider says so.

use telemetry_ai::{
    AiCost, Call, CostHandle, CostStatus, Decimal, EndpointRule, Middleware, Operation, PriceQuery,
    PriceTable, Provider, UnpricedReason, Usage,
};
use telemetry_core::testing::Capture;

use crate::{
    assert_attribute,
    every_provider::event,
    stand_in::{self, Answer, plain},
};

fn decimal(text: &str) -> Decimal {
    text.parse().unwrap()
}

/// The cost of one request that is answered so.
async fn cost(url: &str, answer: Answer) -> AiCost {
    let capture = Capture::start();
    let client = stand_in::client(plain(), [answer]);
    capture
        .run_async(async {
            let response = client.post(url).body("{}").send().await.unwrap();
            let handle = response.extensions().get::<CostHandle>().cloned().unwrap();
            response.bytes().await.unwrap();
            handle.cost().cloned().unwrap()
        })
        .await
}

const CONVERSE: &str =
    "https://bedrock-runtime.us-west-2.amazonaws.com/model/openai.gpt-oss-120b-1%3A0/converse";
const INVOKE: &str =
    "https://bedrock-runtime.us-west-2.amazonaws.com/model/openai.gpt-oss-120b-1%3A0/invoke";

/// A thousand in and a hundred out: at .15 and .6 dollars the million, at half of it, and at seven quarters.
const TIERS: [(&str, &str, CostStatus); 4] = [
    ("default", "0.00021", CostStatus::Exact),
    ("flex", "0.000105", CostStatus::Exact),
    ("priority", "0.0003675", CostStatus::Exact),
    // What was bought beforehand has no price by the token.
    ("reserved", "0.00021", CostStatus::Estimated),
];

#[tokio::test]
async fn bedrock_says_which_tier_served_in_the_answer_or_in_a_header() {
    for (tier, amount, status) in TIERS {
        let told = |cost: AiCost| {
            assert_eq!(cost.usage().terms.service_tier.as_deref(), Some(tier));
            assert_eq!((cost.amount(), cost.status()), (Some(decimal(amount)), status), "{tier}");
        };
        let answer = format!(
            r#"{{"output":{{"message":{{"content":[{{"text":"a"}}]}}}},"stopReason":"end_turn","usage":{{"inputTokens":1000,"outputTokens":100,"totalTokens":1100}},"serviceTier":{{"type":"{tier}"}}}}"#
        );
        told(cost(CONVERSE, Answer::json(answer)).await);
        let answer = r#"{"choices":[{"index":0,"finish_reason":"stop"}],"usage":{"prompt_tokens":1000,"completion_tokens":100}}"#;
        told(cost(INVOKE, Answer::json(answer).header("x-amzn-bedrock-service-tier", tier)).await);
    }
}

#[test]
fn bedrock_says_which_tier_served_in_the_last_event_of_a_stream() {
    for (tier, amount, status) in TIERS {
        let capture = Capture::start();
        let cost = capture.run(|| {
            let call = Call::builder(Operation::CHAT, Provider::AWS_BEDROCK);
            let mut call = call.model("openai.gpt-oss-120b-1:0").streaming(true).start();
            call.read_event_stream(&event("messageStop", r#"{"stopReason":"end_turn"}"#));
            let metadata = format!(
                r#"{{"usage":{{"inputTokens":1000,"outputTokens":100}},"serviceTier":{{"type":"{tier}"}}}}"#
            );
            call.read_event_stream(&event("metadata", &metadata));
            call.end().unwrap()
        });
        assert_eq!((cost.amount(), cost.status()), (Some(decimal(amount)), status), "{tier}");
    }
}

#[tokio::test]
async fn the_tier_of_the_answer_counts_and_not_the_wish() {
    let chat = |tier: &str| {
        Answer::json(format!(
            r#"{{"model":"gpt-5","service_tier":{tier},"choices":[{{"index":0,"finish_reason":"stop"}}],"usage":{{"prompt_tokens":1000000,"completion_tokens":0}}}}"#
        ))
    };
    const URL: &str = "https://api.openai.com/v1/chat/completions";
    for (tier, amount) in [("\"default\"", "1.25"), ("\"flex\"", "0.625"), ("null", "1.25")] {
        let capture = Capture::start();
        let client = stand_in::client(plain(), [chat(tier)]);
        let sent = r#"{"model":"gpt-5","service_tier":"flex"}"#;
        capture.run_async(stand_in::ask(&client, "POST", URL, sent)).await;
        let row = capture.run(telemetry_ai::spend).remove(0);
        assert_eq!(row.cost, decimal(amount), "{tier}");
    }
    // In the words of Groq's.
    let groq = r#"{"model":"openai/gpt-oss-120b","service_tier":"on_demand","choices":[{"index":0,"finish_reason":"stop"}],"usage":{"prompt_tokens":1000,"completion_tokens":10}}"#;
    let url = "https://api.groq.com/openai/v1/chat/completions";
    assert_eq!(cost(url, Answer::json(groq)).await.status(), CostStatus::Exact);
}

#[tokio::test]
async fn tools_that_anthropic_ran_are_counted_each() {
    let answer = r#"{"id":"msg_1","type":"message","model":"claude-opus-4-6","stop_reason":"end_turn","usage":{"input_tokens":1000,"output_tokens":100,"server_tool_use":{"web_search_requests":2,"web_fetch_requests":3,"code_execution_requests":5}}}"#;
    let cost = cost("https://api.anthropic.com/v1/messages", Answer::json(answer)).await;
    let tools = &cost.usage().tools;
    assert_eq!(
        (tools.web_searches, tools.web_fetches, tools.code_sessions),
        (Some(2), Some(3), Some(5))
    );
}

/// A machine of the user's own is a model of its provider's, by a name of the user's.
#[tokio::test]
async fn seconds_of_a_machine_of_ones_own_are_priced_by_its_name() {
    const DONE: &str = r#"{"u1":{"outputs":{},"status":{"status_str":"success","messages":[["execution_start",{"timestamp":1755000000000}],["execution_success",{"timestamp":1755000002500}]]}}}"#;
    let file = r#"{"prices":[{"provider":"comfyui","model":"hardware/rtx-4090","rates":{"compute_second":"0.0002"}}]}"#;
    let prices = PriceTable::builtin().with_json(file).unwrap();
    const NAMED: &str = r#"{"prompt":{"1":{"class_type":"UNETLoader","inputs":{"unet_name":"flux1-dev.safetensors"}}}}"#;
    // 2.5 x 0.0002, also of a graph that names no model.
    for (hardware, graph, amount) in [
        ("RTX 4090", NAMED, Some("0.0005")),
        ("RTX 4090", r#"{"prompt":{}}"#, Some("0.0005")),
        ("RTX 5090", NAMED, None),
        ("RTX 5090", r#"{"prompt":{}}"#, None),
    ] {
        let rule = EndpointRule::host("gpu-1").provider(Provider::COMFYUI).hardware(hardware);
        let builder = Middleware::builder().endpoint(rule).prices(prices.clone());
        let client =
            stand_in::client(builder, [Answer::json(r#"{"prompt_id":"u1"}"#), Answer::json(DONE)]);
        let capture = Capture::start();
        capture
            .run_async(async {
                stand_in::ask(&client, "POST", "http://gpu-1/prompt", graph).await;
                stand_in::ask(&client, "GET", "http://gpu-1/history/u1", "").await;
            })
            .await;
        let row = capture.run(telemetry_ai::spend).remove(0);
        assert_eq!(row.cost, amount.map_or(Decimal::ZERO, decimal), "{hardware} {graph}");
        assert_eq!(row.unpriced_calls, u64::from(amount.is_none()), "{hardware} {graph}");
    }
}

/// A price of the user's for any model of a provider's is also that of a call of which nobody says which
/// model it is of.
#[test]
fn a_price_for_any_model_holds_where_none_is_named() {
    let prices = |file| PriceTable::builtin().with_json(file).unwrap();
    let any = prices(
        r#"{"prices":[{"provider":"comfyui","model":"*","rates":{"compute_second":"0.0004"}}]}"#,
    );
    let some = prices(
        r#"{"prices":[{"provider":"comfyui","model":"sd*","rates":{"compute_second":"0.0004"}}]}"#,
    );
    let mut usage = Usage::default();
    usage.units.compute_seconds = Some(Decimal::TEN);
    let query = PriceQuery::new(&Provider::COMFYUI);
    let cost = any.price(&query, &usage);
    assert_eq!((cost.amount(), cost.priced_as()), (Some(decimal("0.004")), None));
    assert_eq!(some.price(&query, &usage).unpriced_reason(), Some(UnpricedReason::UnknownModel));
    // What answered is known by its name, and has no such price.
    let named = query.response_model("flux1-dev.safetensors");
    assert_eq!(some.price(&named, &usage).unpriced_reason(), Some(UnpricedReason::UnknownModel));
    assert_eq!(any.price(&named, &usage).priced_as(), Some("flux1-dev.safetensors"));
}

/// What a worker states in a header is taken at its word, also where it comes with the result of a job.
#[tokio::test]
async fn what_the_result_of_a_job_states_in_a_header_of_ones_own_is_taken_at_its_word() {
    let rule = EndpointRule::host("acme--studio.modal.run")
        .provider(Provider::MODAL)
        .cost_header("x-cost-usd")
        .compute_seconds_header("x-gpu-seconds");
    let client = stand_in::client(
        Middleware::builder().endpoint(rule),
        [
            Answer::json(r#"{"call_id":"fc-1"}"#),
            Answer::json("{}").header("x-cost-usd", "0.0125").header("x-gpu-seconds", "11.5"),
        ],
    );
    let capture = Capture::start();
    const BASE: &str = "https://acme--studio.modal.run";
    capture
        .run_async(async {
            stand_in::ask(&client, "POST", &format!("{BASE}/upscale"), "{}").await;
            stand_in::ask(&client, "GET", &format!("{BASE}/result/fc-1"), "").await;
        })
        .await;
    let span = capture.spans().remove(0);
    assert_attribute!(span, "gen_ai.usage.cost.amount", 0.0125);
    assert_attribute!(span, "gen_ai.usage.cost.source", "provider");
    assert_attribute!(span, "telemetry.gen_ai.usage.compute_seconds", 11.5);
}

/// OpenAI's regional hosts cost a tenth more, of the models for which its page says so.
#[tokio::test]
async fn the_host_of_a_region_costs_more() {
    let answer = |model: &str| {
        Answer::json(format!(
            r#"{{"model":"{model}","choices":[{{"index":0,"finish_reason":"stop"}}],"usage":{{"prompt_tokens":1000000,"completion_tokens":0}}}}"#
        ))
    };
    for (host, dearer, alike) in [
        ("api.openai.com", "0.75", "2.5"),
        ("eu.api.openai.com", "0.825", "2.5"),
        ("us.api.openai.com", "0.825", "2.5"),
    ] {
        let url = format!("https://{host}/v1/chat/completions");
        let of = async |model| cost(&url, answer(model)).await.amount();
        assert_eq!(of("gpt-5.4-mini").await, Some(decimal(dearer)), "{host}");
        assert_eq!(of("gpt-4o").await, Some(decimal(alike)), "{host}");
        // As does a call by hand, which says no more than where it goes.
        let capture = Capture::start();
        let by_hand = capture.run(|| {
            let call = Call::builder(Operation::CHAT, Provider::OPENAI).model("gpt-5.4-mini");
            let mut call = call.server(host, 443).start();
            let mut usage = Usage::default();
            (usage.input_tokens, usage.output_tokens) = (Some(1_000_000), Some(0));
            call.usage(&usage);
            call.end().unwrap()
        });
        assert_eq!(by_hand.amount(), Some(decimal(dearer)), "{host}");
    }
}
