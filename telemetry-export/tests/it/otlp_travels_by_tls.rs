use std::path::PathBuf;
use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};

use crate::support::{PATIENCE, Receiver, telemetry_to, work};

fn file(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/it/data").join(name)
}

/// The receiver's certificate; with `clients`, one that wants to know who calls.
fn server(clients: bool) -> ServerConfig {
    let ring = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ServerConfig::builder_with_provider(Arc::clone(&ring));
    let builder = builder.with_safe_default_protocol_versions().unwrap();
    let builder = if clients {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_file(file("trusted.pem")).unwrap()).unwrap();
        let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), ring);
        builder.with_client_cert_verifier(verifier.build().unwrap())
    } else {
        builder.with_no_client_auth()
    };
    let certificate = CertificateDer::from_pem_file(file("receiver.pem")).unwrap();
    let key = PrivateKeyDer::from_pem_file(file("receiver.pem")).unwrap();
    builder.with_single_cert(vec![certificate], key).unwrap()
}

/// Spans that were delivered and dropped.
fn delivered(receiver: &Receiver, files: &[(&str, &str)]) -> (u64, u64) {
    let variables: Vec<(String, String)> = files
        .iter()
        .map(|(name, name_of_file)| {
            let variable = format!("OTEL_EXPORTER_OTLP_{name}");
            (variable, file(name_of_file).to_str().unwrap().to_owned())
        })
        .collect();
    let variables: Vec<(&str, &str)> =
        variables.iter().map(|(name, path)| (name.as_str(), path.as_str())).collect();
    let url = format!("https://localhost:{}", receiver.port());
    let telemetry = telemetry_to(&url, &variables);
    work(&telemetry);
    let ledger = telemetry.shutdown(PATIENCE).ledger;
    assert!(ledger.balances());
    assert_eq!(receiver.span_count(), ledger.sinks[0].spans.exported);
    (ledger.sinks[0].spans.exported, ledger.sinks[0].spans.dropped)
}

#[test]
fn a_receiver_is_trusted_by_the_certificate_that_was_named() {
    let receiver = Receiver::start_tls(server(false));
    assert_eq!(delivered(&receiver, &[("CERTIFICATE", "trusted.pem")]), (2, 0));
}

#[test]
fn a_receiver_that_nobody_vouches_for_gets_nothing() {
    let receiver = Receiver::start_tls(server(false));
    assert_eq!(delivered(&receiver, &[]), (0, 2));
    assert!(receiver.requests().is_empty());
}

#[test]
fn a_client_identifies_itself_where_it_is_asked_to() {
    let receiver = Receiver::start_tls(server(true));
    let files = [
        ("CERTIFICATE", "trusted.pem"),
        ("CLIENT_CERTIFICATE", "client.pem"),
        ("CLIENT_KEY", "client.pem"),
    ];
    assert_eq!(delivered(&receiver, &files), (2, 0));
    let receiver = Receiver::start_tls(server(true));
    assert_eq!(delivered(&receiver, &files[..1]), (0, 2));
}
