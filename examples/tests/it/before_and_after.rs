use serde_json::{Value, json};

use crate::program::{Program, command, http};

const BEFORE: &str = include_str!("../../before/main.rs");
const AFTER: &str = include_str!("../../after/main.rs");

/// Lines that are only in one of two texts, by their longest common subsequence: what a review
/// shows in red and green together.
fn changed_lines(before: &str, after: &str) -> usize {
    let (before, after): (Vec<&str>, Vec<&str>) =
        (before.lines().collect(), after.lines().collect());
    let mut common = vec![vec![0; after.len() + 1]; before.len() + 1];
    for (row, one) in before.iter().enumerate() {
        for (column, other) in after.iter().enumerate() {
            common[row + 1][column + 1] = if one == other {
                common[row][column] + 1
            } else {
                common[row][column + 1].max(common[row + 1][column])
            };
        }
    }
    before.len() + after.len() - 2 * common[before.len()][after.len()]
}

#[test]
fn changed_lines_are_those_of_a_diff() {
    assert_eq!(changed_lines("a\nb\nc", "a\nb\nc"), 0);
    assert_eq!(changed_lines("a\nb\nc", "a\nx\nc\nd"), 3);
    assert_eq!(changed_lines("a\nb", "b\na"), 2);
}

#[test]
fn telemetry_is_at_most_twenty_changed_lines() {
    let changed = changed_lines(BEFORE, AFTER);
    assert!((1..=20).contains(&changed), "{changed} lines");
}

#[tokio::test]
async fn both_run_and_answer_alike() {
    let provider =
        Program::start(env!("CARGO_BIN_EXE_demo-provider"), &["--port", "0", "--busy", "0"]);
    let provider_url = provider.url();
    for path in [env!("CARGO_BIN_EXE_before"), env!("CARGO_BIN_EXE_after")] {
        let service = Program::of(command(path).env("PORT", "0").env("AI_URL", &provider_url));
        let url = service.url();
        let client = http();
        let ticket: Value =
            client.get(format!("{url}/tickets/1")).send().await.unwrap().json().await.unwrap();
        assert_eq!(ticket, json!({ "subject": "The printer is on fire", "reply": null }));
        let reply: Value = client
            .post(format!("{url}/tickets/1/reply"))
            .send()
            .await
            .unwrap()
            .json()
            .await
            .unwrap();
        assert!(reply["reply"].as_str().is_some_and(|reply| reply.len() > 10), "{reply}");
        let missing = client.get(format!("{url}/tickets/99")).send().await.unwrap();
        assert_eq!(missing.status(), 404);
    }
}
