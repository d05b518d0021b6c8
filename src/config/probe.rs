//! What to ask over HTTP ourselves, as the config says it. Neutral: whichever provider knows the addresses carries it out.

use std::time::Duration;

/// Our own HTTP probes of one context.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProbeSettings {
    pub enabled: bool,
    /// Path asked for where a balancer has a health check of its own; `None` = as the balancer's check says.
    pub path: Option<String>,
    pub timeout: Duration,
    pub every: Duration,
    pub targets: Vec<ProbeTarget>,
}

/// One thing to probe.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProbeTarget {
    /// Name of a group or instance.
    pub matches: String,
    /// `{address}` stands for the member's private address.
    pub url: String,
}

impl Default for ProbeSettings {
    fn default() -> Self {
        Self { enabled: true, path: None, timeout: Duration::from_secs(3), every: Duration::from_secs(10), targets: Vec::new() }
    }
}
