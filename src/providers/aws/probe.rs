//! Our own HTTP probe of members and single instances, through the same verdicts as a balancer's health check.

use crate::domain::Focus;
use crate::providers::{PageSink, ProviderError};

use super::reader::Reader;

/// Probes what is configured and visible.
pub(super) async fn read(reader: &Reader<'_>, _focus: &Focus, _sink: &PageSink) -> Result<(), ProviderError> {
    Err(super::unsupported(reader, "probe"))
}
