//! One question over HTTP, and its answer in words.

use std::error::Error;
use std::time::Duration;

use reqwest::redirect::Policy;
use reqwest::{Client, StatusCode};

use crate::domain::{Label, Probe, Status};
use crate::providers::aws::settings::Clock;

/// A client that keeps to itself: no redirects, no proxy, no cookies, no referer.
pub(super) fn build_client(timeout: Duration) -> reqwest::Result<Client> {
    // The one crypto provider of this program. Somebody else may have named it already; it is the same.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder()
        .redirect(Policy::none())
        .no_proxy()
        .referer(false)
        .timeout(timeout)
        .connect_timeout(timeout)
        .pool_max_idle_per_host(0)
        .user_agent(concat!("pilothouse/", env!("CARGO_PKG_VERSION"), " (health probe)"))
        .build()
}

/// Asks once. Good is 2xx and 3xx, as balancers have it by default; the body is not read.
pub(super) async fn fetch_status(client: &Client, url: &str, timeout: Duration, clock: &Clock) -> Probe {
    let begun = clock();
    let answer = client.get(url).send().await;
    let at = clock();
    let (status, latency) = match answer {
        Ok(answer) => (judge(answer.status()), Some(at.since(begun))),
        Err(error) => (Status::bad(explain(&error, timeout)), None),
    };
    Probe { url: Label::new(url), status, latency, at }
}

fn judge(status: StatusCode) -> Status {
    let word = status.as_str();
    if status.is_success() || status.is_redirection() { Status::good(word) } else { Status::bad(word) }
}

/// Why no answer came, in two or three words. Refused and timed out are different incidents: nothing listens, or nothing gets through.
fn explain(error: &reqwest::Error, timeout: Duration) -> String {
    if error.is_timeout() {
        return format!("no answer in {} s", timeout.as_secs_f32());
    }
    let mut source: Option<&(dyn Error + 'static)> = Some(error);
    let mut last = String::new();
    while let Some(e) = source {
        if let Some(io) = e.downcast_ref::<std::io::Error>() {
            match io.kind() {
                std::io::ErrorKind::ConnectionRefused => return "connection refused".to_owned(),
                std::io::ErrorKind::ConnectionReset => return "connection reset".to_owned(),
                std::io::ErrorKind::HostUnreachable | std::io::ErrorKind::NetworkUnreachable => return "no route".to_owned(),
                _ => {}
            }
        }
        if let Some(tls) = e.downcast_ref::<rustls::Error>() {
            return format!("TLS: {tls}");
        }
        last = e.to_string();
        source = e.source();
    }
    last
}
