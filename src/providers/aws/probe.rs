//! Our own HTTP probe of members and single instances, through the same verdicts as a balancer's health check.

use std::time::Duration;

use crate::domain::Focus;
use crate::providers::{PageSink, ProviderError};

use super::reader::Reader;

/// What to probe, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProbeSettings {
    pub enabled: bool,
    /// Path asked for where a balancer names none.
    pub path: String,
    pub timeout: Duration,
}

impl Default for ProbeSettings {
    fn default() -> Self {
        Self { enabled: false, path: "/test/".to_owned(), timeout: Duration::from_secs(3) }
    }
}

/// Probes what is configured and visible.
pub(super) async fn read(reader: &Reader<'_>, _focus: &Focus, _sink: &PageSink) -> Result<(), ProviderError> {
    Err(super::unsupported(reader, "probe"))
}
