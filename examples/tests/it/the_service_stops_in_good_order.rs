use std::time::{Duration, Instant};

use serde_json::Value;

use crate::program::{Program, http};

/// A provider and a service that asks it.
fn service(more: &[&str]) -> (Program, Program, String) {
    let provider =
        Program::start(env!("CARGO_BIN_EXE_demo-provider"), &["--port", "0", "--busy", "0"]);
    let provider_url = provider.url();
    let mut arguments = vec!["--port", "0", "--provider", &provider_url];
    arguments.extend(more);
    let service = Program::start(env!("CARGO_BIN_EXE_demo-service"), &arguments);
    let url = service.url();
    (provider, service, url)
}

#[cfg(unix)]
#[tokio::test]
async fn an_answer_that_is_under_way_is_given_in_full_after_sigterm() {
    let (_provider, service, url) = service(&["--report"]);
    let mut reply = http().post(format!("{url}/tickets/17/reply")).send().await.unwrap();
    assert_eq!(reply.status(), 200);
    let mut text = reply.chunk().await.unwrap().unwrap().to_vec();
    service.signal("TERM");
    while let Some(chunk) = reply.chunk().await.unwrap() {
        text.extend_from_slice(&chunk);
    }
    assert!(text.len() > 20, "{}", String::from_utf8_lossy(&text));
    let ended = service.end();
    assert!(ended.status.success(), "{ended:?}");
    let summary: Value = serde_json::from_str(ended.output.last().unwrap()).unwrap();
    let summary = &summary["summary"];
    assert_eq!(summary["ledger"]["balances"], true);
    assert_eq!(summary["routes"][0]["route"], "POST /tickets/{id}/reply");
    assert_eq!(summary["routes"][0]["hung_up"], 0);
    assert_eq!(summary["tenants"][0]["unpriced_calls"], 0);
}

#[cfg(unix)]
#[tokio::test]
async fn a_client_that_never_reads_is_not_waited_for_longer_than_the_drain() {
    use tokio::io::AsyncWriteExt;

    let (_provider, service, url) = service(&["--report"]);
    let address = url.trim_start_matches("http://");
    let mut connection = tokio::net::TcpStream::connect(address).await.unwrap();
    // A request that never becomes whole.
    connection
        .write_all(
            b"POST /tickets HTTP/1.1\r\nhost: desk\r\ncontent-type: application/json\r\n\
              content-length: 100\r\n\r\n{",
        )
        .await
        .unwrap();
    let ticket = http().get(format!("{url}/tickets/17")).send().await.unwrap();
    assert_eq!(ticket.status(), 200);
    let asked = Instant::now();
    service.signal("TERM");
    let ended = service.end();
    assert!(ended.status.success(), "{ended:?}");
    assert!(asked.elapsed() < Duration::from_secs(15), "{:?}", asked.elapsed());
    let summary: Value = serde_json::from_str(ended.output.last().unwrap()).unwrap();
    let summary = &summary["summary"];
    let route = |name: &str| {
        let routes = summary["routes"].as_array().unwrap();
        routes.iter().find(|row| row["route"] == name).cloned().unwrap()
    };
    assert_eq!(route("POST /tickets")["hung_up"], 1);
    assert_eq!(route("GET /tickets/{id}")["requests"], 1);
    assert_eq!(summary["own"]["routes"]["POST /tickets"]["cut_short"], 1);
    assert_eq!(summary["ledger"]["balances"], true);
}

#[tokio::test]
async fn an_attached_service_ends_with_its_standard_input() {
    let (_provider, mut service, url) = service(&["--report", "--attached"]);
    let ticket = http().get(format!("{url}/tickets/17")).send().await.unwrap();
    assert_eq!(ticket.status(), 200);
    service.input = None;
    let ended = service.end();
    assert!(ended.status.success(), "{ended:?}");
    assert!(ended.output.last().unwrap().starts_with(r#"{"summary":"#));
}

#[tokio::test]
async fn neither_the_providers_key_nor_what_people_write_is_recorded() {
    let (_provider, mut service, url) = service(&["--attached"]);
    let reply = http().post(format!("{url}/tickets/17/reply")).send().await.unwrap();
    let reply = reply.text().await.unwrap();
    assert!(reply.len() > 20, "{reply}");
    let metrics = http().get(format!("{url}/metrics")).send().await.unwrap().text().await.unwrap();
    service.input = None;
    let ended = service.end();
    let said = [ended.output.join("\n"), ended.errors.join("\n"), metrics].join("\n");
    assert!(said.contains("gen_ai"), "{said}");
    // The key, the customer whom the ticket is from, the question's text, and the answer's.
    let texts = ["sk-demo", "Bearer", "Customer 120", "You answer for", "case 17", reply.trim()];
    for text in texts {
        assert!(!said.contains(text), "{text}");
    }
}
