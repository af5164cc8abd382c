use telemetry_core::SpanBuilder;

use crate::support::{PATIENCE, Receiver, Reply, SCOPE, own_process, work};

const SECRET: &str = "pl4nted-s3cret";

#[test]
fn headers_users_passwords_and_queries_are_never_said() {
    let run = own_process(
        "secrets_stay_secret::headers_users_passwords_and_queries_are_never_said",
        &[
            ("OTEL_EXPORTER_OTLP_HEADERS", "authorization=Bearer pl4nted-s3cret"),
            (
                "OTEL_EXPORTER_OTLP_LOGS_ENDPOINT",
                "http://me:pl4nted-s3cret@127.0.0.1:9/x?key=pl4nted-s3cret",
            ),
            ("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", "htp://me:pl4nted-s3cret@127.0.0.1:9"),
            ("TELEMETRY_DEBUG", "true"),
        ],
        || {
            // A receiver that repeats what it was sent, in every way it can.
            let text = format!("you sent Bearer {SECRET}, that is {SECRET}");
            let mut refused = Reply::status(401);
            refused.body = [&[0x12, text.len() as u8], text.as_bytes()].concat();
            let mut partial = Reply::status(200);
            let message = [&[0x08, 1, 0x12, text.len() as u8], text.as_bytes()].concat();
            partial.body = [&[0x0a, message.len() as u8], &message[..]].concat();
            let receiver = Receiver::start([refused, partial]);
            let telemetry = telemetry_export::builder!()
                .otlp_endpoint(receiver.url().replace("http://", &format!("http://me:{SECRET}@")))
                .otlp_header("x-key", SECRET)
                .init()
                .unwrap();
            println!("{telemetry:?}");
            for _ in 0..2 {
                work(&telemetry);
                telemetry.flush(PATIENCE);
            }
            println!("{}", telemetry.shutdown(PATIENCE).ledger);
        },
    );
    let run = run.finish();
    let said = run.said();
    assert!(
        said.iter().any(|line| line.contains("you sent *** that is ***")
            || line.contains("you sent ***, that is ***")),
        "{said:#?}"
    );
    assert!(said.iter().any(|line| line.contains("otlp http://127.0.0.1:9/x?***")), "{said:#?}");
    assert!(!run.err.contains(SECRET) && !run.out.contains(SECRET), "{run:?}");
}

#[test]
fn a_budget_of_series_that_is_used_up_is_said_once_and_without_values() {
    let run = own_process(
        "secrets_stay_secret::a_budget_of_series_that_is_used_up_is_said_once_and_without_values",
        &[],
        || {
            let telemetry = telemetry_export::builder!().init().unwrap();
            let meter = telemetry.pipeline().unwrap().meter(&SCOPE);
            let logins = meter.counter("logins").max_series(3).build();
            for user in 0..10 {
                let token = format!("{SECRET}-{user}");
                logins.add(1, &[("session.token", (&token).into())]);
            }
            for _ in 0..2 {
                telemetry.metrics();
            }
            telemetry.shutdown(PATIENCE);
        },
    );
    let run = run.finish();
    let said: Vec<_> = run.said().into_iter().filter(|line| line.contains("logins")).collect();
    assert_eq!(said.len(), 1, "{run:?}");
    assert!(said[0].contains("session.token has 3 values"), "{said:?}");
    assert!(!run.err.contains(SECRET) && !run.out.contains(SECRET), "{run:?}");
}

#[test]
fn errors_of_the_builder_show_no_secret() {
    let builder = telemetry_export::Telemetry::builder()
        .otlp_endpoint(format!("me:{SECRET}@host"))
        .otlp_header("not a name", SECRET)
        .variables([("TELEMETRY_API_KEY", SECRET)]);
    assert!(!format!("{builder:?}").contains(SECRET));
    let error = builder.build().expect_err("settings are wrong");
    let text = format!("{error} {error:?}");
    assert!(!text.contains(SECRET) && text.contains("otlp_endpoint"), "{text}");
    assert!(!text.contains('\n'));
}

#[test]
fn a_receiver_gets_no_more_than_the_record() {
    // What is in the environment of the process is not in what it sends.
    let receiver = Receiver::start([]);
    let header = format!("x-key={SECRET}");
    let telemetry =
        crate::support::telemetry_to(&receiver.url(), &[("OTEL_EXPORTER_OTLP_HEADERS", &header)]);
    telemetry.pipeline().unwrap().scoped(|| SpanBuilder::new(&SCOPE, "work").start().end());
    telemetry.shutdown(PATIENCE);
    let requests = receiver.requests();
    assert_eq!(requests[0].headers["x-key"], SECRET);
    for request in requests {
        assert!(!request.body.windows(SECRET.len()).any(|part| part == SECRET.as_bytes()));
    }
}
