//! Reads `cloudwatch:GetMetricData`.

use crate::domain::Focus;
use crate::providers::{PageSink, ProviderError};

use super::reader::Reader;

/// Reads this source to the end, sending pages as they come; counts its API calls in each page.
pub(super) async fn read(reader: &Reader<'_>, _focus: &Focus, _sink: &PageSink) -> Result<(), ProviderError> {
    Err(super::unsupported(reader, "cloudwatch:GetMetricData"))
}
