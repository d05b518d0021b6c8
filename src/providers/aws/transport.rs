//! The HTTP client under every SDK client: one connection pool for all services and regions, proxies and trust store as the
//! environment and config say. TLS is set up at the first https request, so that nothing waits for it before.

use std::path::Path;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore};
use aws_smithy_http_client::{Connector, tls};
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use super::session::ConnectError;

/// A host that does not answer its SYN within this is not there.
const CONNECT: Duration = Duration::from_secs(3);

/// Chooses the way of each request by where it goes.
#[derive(Debug)]
struct Transport {
    /// Past every proxy: metadata and container services are reachable from this machine only, and a proxy must never see their tokens.
    local: SharedHttpConnector,
    plain: SharedHttpConnector,
    secure: OnceLock<SharedHttpConnector>,
    trust: TlsContext,
    proxy: ProxyConfig,
}

impl HttpConnector for Transport {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        match way(request.uri()) {
            Way::Local => self.local.call(request),
            Way::Plain => self.plain.call(request),
            Way::Secure => self.secure.get_or_init(|| connector(self.trust.clone(), self.proxy.clone())).call(request),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Local,
    Plain,
    Secure,
}

/// The link-local addresses of the instance and container credential services, IPv4 and IPv6.
const METADATA: [&str; 4] = ["http://169.254.169.254", "http://169.254.170.2", "http://169.254.170.23", "http://[fd00:ec2::"];

fn way(uri: &str) -> Way {
    if uri.starts_with("https:") {
        Way::Secure
    } else if METADATA.iter().any(|m| uri.starts_with(m)) {
        Way::Local
    } else {
        Way::Plain
    }
}

fn connector(trust: TlsContext, proxy: ProxyConfig) -> SharedHttpConnector {
    let settings = HttpConnectorSettings::builder().connect_timeout(CONNECT).build();
    SharedHttpConnector::new(
        Connector::builder()
            .connector_settings(settings)
            .proxy_config(proxy)
            .tls_provider(Provider::Rustls(CryptoMode::Ring))
            .tls_context(trust)
            .build(),
    )
}

/// Trusts nobody: for connectors that only ever speak plain http.
fn no_trust() -> Result<TlsContext, ConnectError> {
    trust_context(TrustStore::empty())
}

fn trust_context(store: TrustStore) -> Result<TlsContext, ConnectError> {
    tls::TlsContext::builder().with_trust_store(store).build().map_err(|e| ConnectError::Trust(e.to_string()))
}

/// Builds the client. `ca_bundle` replaces the system's trust store, as `AWS_CA_BUNDLE` does for other tools.
pub(super) async fn open_transport(ca_bundle: Option<&Path>) -> Result<SharedHttpClient, ConnectError> {
    let trust = match ca_bundle {
        None => TrustStore::default(),
        Some(path) => {
            let pem = tokio::fs::read(path).await.map_err(|e| ConnectError::Trust(format!("cannot read {}: {e}", path.display())))?;
            check_bundle(&pem).map_err(|why| ConnectError::Trust(format!("{}: {why}", path.display())))?;
            TrustStore::empty().with_pem_certificate(pem)
        }
    };
    let proxy = ProxyConfig::from_env();
    let shared = SharedHttpConnector::new(Transport {
        local: connector(no_trust()?, ProxyConfig::disabled()),
        plain: connector(no_trust()?, proxy.clone()),
        secure: OnceLock::new(),
        trust: trust_context(trust)?,
        proxy,
    });
    let shared = Arc::new(shared);
    Ok(http_client_fn(move |_, _| (*shared).clone()))
}

/// The TLS library panics over a bad certificate; here it is only a sentence.
fn check_bundle(pem: &[u8]) -> Result<(), String> {
    let mut roots = rustls::RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(pem) {
        let certificate = certificate.map_err(|e| format!("not a PEM certificate: {e}"))?;
        roots.add(certificate).map_err(|e| format!("certificate {} cannot be used: {e}", roots.len() + 1))?;
    }
    if roots.is_empty() { Err("holds no certificate".to_owned()) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metadata_goes_past_the_proxy_and_https_alone_pays_for_tls() {
        for (uri, want) in [
            ("https://autoscaling.eu-central-1.amazonaws.com/", Way::Secure),
            ("http://127.0.0.1:5000/", Way::Plain),
            ("http://169.254.169.254/latest/api/token", Way::Local),
            ("http://169.254.170.2/v2/credentials", Way::Local),
            ("http://[fd00:ec2::254]/latest/api/token", Way::Local),
        ] {
            assert_eq!(way(uri), want, "{uri}");
        }
    }

    #[tokio::test]
    async fn a_bad_bundle_is_a_sentence_not_a_panic() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("ca.pem");
        for (content, want) in [
            ("", "holds no certificate"),
            ("not pem at all", "holds no certificate"),
            ("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "certificate 1 cannot be used"),
            ("-----BEGIN CERTIFICATE-----\n!!!!\n-----END CERTIFICATE-----\n", "not a PEM certificate"),
        ] {
            std::fs::write(&file, content).unwrap();
            let error = open_transport(Some(&file)).await.unwrap_err().to_string();
            assert!(error.contains(want) && error.contains("ca.pem"), "{error}");
        }
        let error = open_transport(Some(&dir.path().join("absent.pem"))).await.unwrap_err().to_string();
        assert!(error.contains("cannot read") && error.contains("absent.pem"), "{error}");
    }
}
