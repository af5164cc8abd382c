//! Each record is an answer as its provider writes it and what litellm itself charges for it, at the
//! version that the price table was read from (`tools/oracle`); `cargo xtask test --only oracle` asks
//! litellm again. Where we differ, `data/oracle_disagreements.json` says why, and where the provider
//! says so.

use std::{
    collections::{BTreeMap, HashSet},
    time::{Duration, UNIX_EPOCH},
};

use serde_json::Value;
use telemetry_ai::{Call, CostStatus, Decimal, Operation, PriceQuery, PriceTable, Provider, Usage};
use telemetry_core::testing::Capture;

const RECORDS: &str = include_str!("data/oracle.jsonl");
const DISAGREEMENTS: &str = include_str!("data/oracle_disagreements.json");

#[test]
fn costs_agree_with_litellms_or_the_reason_is_written_down() {
    let prices = PriceTable::builtin();
    let mut lines = RECORDS.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let head = lines.next().unwrap();
    let version = format!("litellm@{}", head["litellm"].as_str().unwrap());
    assert!(prices.version().starts_with(&version), "the table is not of {version}");
    let at = UNIX_EPOCH + Duration::from_secs(head["at"].as_u64().unwrap());

    let mut explained: BTreeMap<String, Explained> = explanations();
    let (mut records, mut agreeing, mut models) = (0, 0, HashSet::new());
    let mut unexplained = Vec::new();
    for record in lines {
        let name = record["name"].as_str().unwrap();
        let provider = Provider::new(record["provider"].as_str().unwrap().to_owned());
        let model = record["model"].as_str().unwrap();
        let query = PriceQuery::new(&provider).response_model(model).at(at);
        let cost = prices.price(&query, &usage(&record["usage"]));
        records += 1;
        models.insert((provider, model.to_owned()));
        let theirs: Decimal = record["usd"].as_str().unwrap().parse().unwrap();
        let agree = cost.amount().is_some_and(|ours| (ours - theirs).abs() <= Decimal::new(1, 9));
        if agree {
            agreeing += 1;
        } else {
            let ours = cost
                .amount()
                .map_or_else(|| "unpriced".to_owned(), |ours| ours.normalize().to_string());
            match explained.remove(name) {
                Some(known)
                    if known.ours == ours && known.litellm == theirs.normalize().to_string() => {}
                _ => unexplained.push(format!(
                    "{name}: {ours} here, {} there ({:?})",
                    theirs.normalize(),
                    cost.status()
                )),
            }
        }
    }
    assert!(
        unexplained.is_empty(),
        "{} of {records}:\n{}",
        unexplained.len(),
        unexplained.join("\n")
    );
    assert!(explained.is_empty(), "they agree by now: {:?}", explained.keys());
    assert!(records >= 500 && models.len() >= 150, "{records} records of {} models", models.len());
    assert!(agreeing * 1000 >= records * 970, "{agreeing} of {records} agree");
}

#[test]
fn a_cost_that_agrees_is_exact_but_for_what_it_assumes() {
    let prices = PriceTable::builtin();
    let head: Value = serde_json::from_str(RECORDS.lines().next().unwrap()).unwrap();
    let at = UNIX_EPOCH + Duration::from_secs(head["at"].as_u64().unwrap());
    let mut exact = 0;
    for line in RECORDS.lines().skip(1).filter(|line| line.contains(" plain\"")) {
        let record: Value = serde_json::from_str(line).unwrap();
        let provider = Provider::new(record["provider"].as_str().unwrap().to_owned());
        let model = record["model"].as_str().unwrap();
        let query = PriceQuery::new(&provider).response_model(model).at(at);
        let cost = prices.price(&query, &usage(&record["usage"]));
        assert_eq!(cost.status(), CostStatus::Exact, "{line}");
        exact += 1;
    }
    assert!(exact >= 150, "{exact}");
}

#[test]
fn each_answer_is_read_as_it_is_charged() {
    let capture = Capture::start();
    let mut differing = Vec::new();
    let mut read = 0;
    for line in RECORDS.lines().skip(1) {
        let record: Value = serde_json::from_str(line).unwrap();
        let raw = &record["raw"];
        // Without a model in it, an answer isn't one of a chat.
        let operation = match raw["object"].as_str() {
            Some("response") => continue,
            Some("list") => Operation::EMBEDDINGS,
            _ => Operation::CHAT,
        };
        let provider = Provider::new(record["provider"].as_str().unwrap().to_owned());
        // Another provider's format, which a URL tells and nothing here: Claude at Vertex answers as
        // Anthropic does, and Gemini's embeddings stand in OpenAI's.
        let google = provider == Provider::VERTEX_AI || provider == Provider::GEMINI;
        if google && raw["usageMetadata"].is_null() {
            continue;
        }
        let mut expected = usage(&record["usage"]);
        let usage = capture.run(|| {
            let mut call = Call::builder(operation, provider).start();
            call.read_json(raw.to_string().as_bytes());
            call.end().unwrap().usage().clone()
        });
        let counts = |usage: &Usage| {
            [
                usage.input_tokens,
                usage.output_tokens.or(Some(0)),
                usage.cache_read_input_tokens.or(Some(0)),
                usage.cache_write_input_tokens.or(Some(0)),
                usage.cache_writes.one_hour.or(Some(0)),
                usage.reasoning_output_tokens.or(Some(0)),
                usage.input.audio.or(Some(0)),
                usage.output.image.or(Some(0)),
                usage.tools.web_searches.or(Some(0)),
            ]
        };
        expected.cost = expected.cost.or(usage.cost);
        let alike = counts(&usage) == counts(&expected)
            && usage.cost == expected.cost
            && usage.terms.speed == expected.terms.speed;
        if !alike {
            differing.push(format!("{line}\n  {:?}", counts(&usage)));
        }
        read += 1;
    }
    assert!(differing.is_empty(), "{}: {}", differing.len(), differing.join("\n"));
    assert!(read > 900, "{read}");
}

struct Explained {
    ours: String,
    litellm: String,
}

fn explanations() -> BTreeMap<String, Explained> {
    let groups: Vec<Value> = serde_json::from_str(DISAGREEMENTS).unwrap();
    let mut explained = BTreeMap::new();
    for group in &groups {
        assert!(group["reason"].as_str().is_some_and(|reason| reason.len() > 40), "{group}");
        assert!(group["page"].as_str().is_some_and(|page| page.starts_with("https://")), "{group}");
        for (name, costs) in group["records"].as_object().unwrap() {
            let text = |key: &str| costs[key].as_str().unwrap().to_owned();
            explained
                .insert(name.clone(), Explained { ours: text("ours"), litellm: text("litellm") });
        }
    }
    explained
}

fn usage(said: &Value) -> Usage {
    let mut usage = Usage::default();
    for (field, value) in said.as_object().unwrap() {
        let count = value.as_u64();
        let text = value.as_str().map(str::to_owned);
        match field.as_str() {
            "input_tokens" => usage.input_tokens = count,
            "output_tokens" => usage.output_tokens = count,
            "cache_read_input_tokens" => usage.cache_read_input_tokens = count,
            "cache_write_input_tokens" => usage.cache_write_input_tokens = count,
            "cache_writes.five_minutes" => usage.cache_writes.five_minutes = count,
            "cache_writes.one_hour" => usage.cache_writes.one_hour = count,
            "reasoning_output_tokens" => usage.reasoning_output_tokens = count,
            "input.audio" => usage.input.audio = count,
            "input.image" => usage.input.image = count,
            "output.audio" => usage.output.audio = count,
            "output.image" => usage.output.image = count,
            "tools.web_searches" => usage.tools.web_searches = count,
            "terms.service_tier" => usage.terms.service_tier = text,
            "terms.geography" => usage.terms.geography = text,
            "terms.speed" => usage.terms.speed = text,
            "terms.batch" => usage.terms.batch = value.as_bool(),
            "cost" => usage.cost = text.map(|cost| cost.parse().unwrap()),
            unknown => panic!("{unknown}"),
        }
    }
    usage
}
