use std::collections::BTreeMap;

use redis::{AsyncCommands, Cmd};
use telemetry_core::testing::{Capture, OwnedValue};

use super::server::Server;
use crate::random::Random;

/// What `INFO commandstats` counted since its last reset, by upper-case names.
fn counted(info: &str) -> BTreeMap<String, u64> {
    info.lines()
        .filter_map(|line| line.strip_prefix("cmdstat_")?.split_once(":calls="))
        .map(|(name, rest)| {
            let calls = rest.split(',').next().unwrap().parse().unwrap();
            (name.to_uppercase(), calls)
        })
        .filter(|(name, _)| !["INFO", "CONFIG|RESETSTAT"].contains(&name.as_str()))
        .collect()
}

#[tokio::test]
async fn command_by_command() {
    let server = Server::start();
    let mut redis = server.connect().await;
    let mut unobserved = server.unobserved().await;
    redis::cmd("CONFIG").arg("RESETSTAT").exec_async(&mut unobserved).await.unwrap();
    let capture = Capture::start();
    let mut random = Random::from_seed(3);
    let mut in_batches: BTreeMap<String, u64> = BTreeMap::new();
    let work = async {
        for _ in 0..400 {
            let one = |random: &mut Random| -> Cmd {
                let key = format!("key:{}", random.below(20));
                let mut command = match random.below(6) {
                    0 => Cmd::set(&key, 1),
                    1 => Cmd::get(&key),
                    2 => Cmd::mget(&[&key, "key:0"]),
                    3 => Cmd::incr(&key, 1),
                    4 => Cmd::del(&key),
                    _ => Cmd::exists(&key),
                };
                command.set_no_response(false);
                command
            };
            if random.once_in(3) {
                let mut pipe = redis::pipe();
                if random.once_in(2) {
                    pipe.atomic();
                }
                for _ in 0..random.below(6) + 1 {
                    pipe.add_command(one(&mut random));
                }
                for command in pipe.cmd_iter() {
                    let name = command.args_iter().next();
                    let Some(redis::Arg::Simple(name)) = name else { continue };
                    let name = String::from_utf8(name.to_vec()).unwrap();
                    *in_batches.entry(name).or_default() += 1;
                }
                if pipe.is_transaction() {
                    *in_batches.entry("MULTI".into()).or_default() += 1;
                    *in_batches.entry("EXEC".into()).or_default() += 1;
                }
                pipe.exec_async(&mut redis).await.unwrap();
            } else {
                one(&mut random).exec_async(&mut redis).await.unwrap();
            }
        }
    };
    capture.run_async(work).await;
    let info: String =
        redis::cmd("INFO").arg("commandstats").query_async(&mut unobserved).await.unwrap();
    let mut ours = BTreeMap::new();
    let mut batches = 0;
    for span in capture.spans() {
        if span.name.starts_with("PIPELINE") || span.name.starts_with("MULTI") {
            batches += match span.attribute("db.operation.batch.size") {
                Some(OwnedValue::I64(size)) => *size as u64,
                _ => 1,
            };
        } else {
            *ours.entry(span.name.clone()).or_insert(0) += 1;
        }
    }
    let of_batches: u64 = in_batches
        .iter()
        .filter(|(name, _)| !["MULTI", "EXEC"].contains(&name.as_str()))
        .map(|(_, calls)| calls)
        .sum();
    assert_eq!(batches, of_batches, "what the spans of batches say");
    for (name, calls) in in_batches {
        *ours.entry(name).or_insert(0) += calls;
    }
    assert_eq!(ours, counted(&info));
    capture.assert_ledger_balances();
}

/// The metric says the same as the spans, whoever asks.
#[tokio::test]
async fn by_the_durations_too() {
    let server = Server::start();
    let mut redis = server.connect().await;
    let capture = Capture::start();
    let work = async {
        for number in 0..50 {
            redis.set::<_, _, ()>("n:1", number).await.unwrap();
            redis.get::<_, i64>("n:1").await.unwrap();
        }
    };
    capture.run_async(work).await;
    capture.expect_count("db.client.operation.duration", &[("db.operation.name", "SET")], 50);
    capture.expect_count("db.client.operation.duration", &[("db.operation.name", "GET")], 50);
    capture.expect_sum("telemetry.db.lookups", &[("telemetry.db.lookup.result", "hit")], 50.0);
}
