//! How Modal and ComfyUI answer a submission, otherwise than with a job's id.

use axum::{extract::Request, response::IntoResponse as _};
use telemetry_ai::{EndpointRule, Middleware, Provider};
use telemetry_core::testing::Capture;

use crate::{
    every_provider::{assert_span, client_for, received},
    provider::{Server, only_span},
};

/// ComfyUI refuses a graph that it can't carry out before it is queued.
#[tokio::test]
async fn a_graph_that_is_no_graph_is_refused_by_its_status() {
    const REFUSED: &str = r#"{"error":{"type":"prompt_outputs_failed_validation","message":"secret","details":"secret","extra_info":{}},"node_errors":{"3":{"errors":[{"type":"value_not_in_list","message":"secret"}],"class_type":"KSampler"}}}"#;
    let server = Server::start(|request: Request| async move {
        received(request).await;
        (http::StatusCode::BAD_REQUEST, [("content-type", "application/json")], REFUSED)
    })
    .await;
    let rule = EndpointRule::host("gpu-1").provider(Provider::COMFYUI);
    let middleware = Middleware::builder().endpoint(rule);
    let (client, base) = client_for(&server, "http://gpu-1/", middleware);
    let capture = Capture::start();
    let graph = r#"{"prompt":{"3":{"class_type":"KSampler","inputs":{"steps":20}}}}"#;
    capture.run_async(super::ask(&client, &[("POST", format!("{base}prompt"), graph)])).await;
    let span = only_span(&capture);
    let expected = [("error.type", "400"), ("telemetry.gen_ai.request.steps", "20")];
    assert_span(&span, "generate_image", &expected, "comfyui");
    assert!(!format!("{span:?}").contains("secret"));
}

/// After 150 seconds Modal sends a client on to where the result will be.
#[tokio::test]
async fn an_app_of_modals_that_redirects_to_its_result_is_one_call() {
    let server = Server::start(|request: Request| async move {
        let asked = request.uri().query().is_some_and(|query| query.contains("fc-77"));
        received(request).await;
        if asked {
            let body = r#"{"images":["secret"],"metrics":{"gpu_seconds":160.5,"gpu":"A10"}}"#;
            return ([("content-type", "application/json")], body).into_response();
        }
        let location = ("location", "/upscale?__modal_function_call_id=fc-77");
        (http::StatusCode::SEE_OTHER, [location]).into_response()
    })
    .await;
    let (client, base) =
        client_for(&server, "http://acme--upscaler.modal.run/", Middleware::builder());
    let capture = Capture::start();
    capture.run_async(super::ask(&client, &[("POST", format!("{base}upscale"), "{}")])).await;
    let expected = [
        ("telemetry.gen_ai.usage.compute_seconds", "160.5"),
        ("telemetry.gen_ai.usage.images", "1"),
        // 160.5 x 0.000306
        ("gen_ai.usage.cost.amount", "0.049113"),
        ("error.type", "-"),
    ];
    assert_span(&only_span(&capture), "upscale upscaler", &expected, "modal");
    assert_eq!(capture.metrics().sum("telemetry.gen_ai.requests", &[]), 1.0);
}

/// An app that accepts a call and says no more than where it is.
#[tokio::test]
async fn a_call_that_modal_accepted_is_a_job_by_its_header_alone() {
    let server = super::serve(&[
        (202, &[("modal-function-call-id", "fc-55")], ""),
        (202, super::NONE, ""),
        (200, super::NONE, r#"{"metrics":{"gpu_seconds":12.5,"gpu":"T4"}}"#),
    ])
    .await;
    let (client, base) =
        client_for(&server, "http://acme--upscaler.modal.run/", Middleware::builder());
    let capture = Capture::start();
    capture.run_async(super::ask(&client, &[("POST", format!("{base}upscale"), "{}")])).await;
    assert_eq!(capture.spans().len(), 0, "it is under way");
    let look = ("GET", format!("{base}result/fc-55"), "");
    capture.run_async(super::ask(&client, std::slice::from_ref(&look))).await;
    assert_eq!(capture.spans().len(), 0, "it still is");
    capture.run_async(super::ask(&client, &[look])).await;
    let expected = [
        ("gen_ai.response.id", "fc-55"),
        // 12.5 x 0.000164
        ("gen_ai.usage.cost.amount", "0.00205"),
    ];
    assert_span(&only_span(&capture), "upscale upscaler", &expected, "modal");
}
