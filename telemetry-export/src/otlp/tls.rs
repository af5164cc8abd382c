use std::fs;
use std::path::Path;

use ureq::tls::{Certificate, ClientCert, PemItem, PrivateKey, RootCerts, TlsConfig, parse_pem};

use crate::config::{CertificateFiles, SettingError};

/// Whom to trust and how to identify, from files in PEM format; without them Mozilla's authorities
/// and nothing.
///
/// # Errors
///
/// When a file can't be read or has nothing fitting in it.
pub(super) fn config(files: &CertificateFiles) -> Result<TlsConfig, SettingError> {
    let mut config = TlsConfig::builder();
    if let Some(path) = &files.trusted {
        let trusted = certificates("OTEL_EXPORTER_OTLP_CERTIFICATE", path)?;
        config = config.root_certs(RootCerts::from(trusted));
    }
    if let Some((certificate, key)) = &files.client {
        let chain = certificates("OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE", certificate)?;
        let key = private_key(key)?;
        config = config.client_cert(Some(ClientCert::new_with_certs(&chain, key)));
    }
    Ok(config.build())
}

fn certificates(setting: &str, path: &Path) -> Result<Vec<Certificate<'static>>, SettingError> {
    let pem = read(setting, path)?;
    let found = parse_pem(&pem).filter_map(|item| match item {
        Ok(PemItem::Certificate(certificate)) => Some(certificate),
        _ => None,
    });
    let found: Vec<_> = found.collect();
    if found.is_empty() {
        return Err(unusable(setting, path, "has no certificate in PEM format"));
    }
    Ok(found)
}

fn private_key(path: &Path) -> Result<PrivateKey<'static>, SettingError> {
    const SETTING: &str = "OTEL_EXPORTER_OTLP_CLIENT_KEY";
    PrivateKey::from_pem(&read(SETTING, path)?)
        .map_err(|_| unusable(SETTING, path, "has no private key in PEM format"))
}

fn read(setting: &str, path: &Path) -> Result<Vec<u8>, SettingError> {
    fs::read(path).map_err(|error| unusable(setting, path, &error.to_string()))
}

fn unusable(setting: &str, path: &Path, why: &str) -> SettingError {
    let allowed = format!("use a file that can be read, this one {why}");
    SettingError::new(setting, &path.display().to_string(), allowed)
}
