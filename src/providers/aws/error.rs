//! From SDK errors to [`ProviderError`]: one table of codes, one walk down the source chain for what never became an answer.

use std::error::Error;

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::display::DisplayErrorContext;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use crate::domain::{FailureKind, Scope};
use crate::providers::ProviderError;

/// Converts the error of one call. `operation` in the cloud's words: `ec2:DescribeInstances`.
pub(super) fn convert_error<E>(operation: &str, scope: &Scope, error: SdkError<E, HttpResponse>) -> ProviderError
where
    E: ProvideErrorMetadata + Error + Send + Sync + 'static,
{
    ProviderError::new(FailureKind::Server, operation, scope, DisplayErrorContext(error).to_string())
}
