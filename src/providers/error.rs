//! The one error of all providers: kind, operation, scope, and what the service said.

use std::time::Duration;

use crate::domain::{FailureKind, Label, Scope};

/// A failed read or call. `message` is outside text and is sanitized by being a [`Label`].
#[derive(Clone, Debug, thiserror::Error)]
#[error("{operation} in {scope}: {} ({message}); {}", kind.word(), kind.remedy())]
pub struct ProviderError {
    pub kind: FailureKind,
    /// The call in the cloud's words: `autoscaling:DescribeAutoScalingGroups`.
    pub operation: Label,
    pub scope: Scope,
    pub message: Label,
    pub retry_after: Option<Duration>,
    /// The request may have been carried out although no good answer came (time-out, dropped connection, 5xx after sending).
    pub maybe_done: bool,
}

impl ProviderError {
    pub fn new(kind: FailureKind, operation: impl AsRef<str>, scope: &Scope, message: impl AsRef<str>) -> Self {
        Self {
            kind,
            operation: Label::new(operation),
            scope: scope.clone(),
            message: Label::new(message),
            retry_after: None,
            maybe_done: matches!(kind, FailureKind::Timeout | FailureKind::Network | FailureKind::Server | FailureKind::Decode),
        }
    }

    /// As the end of an operation says it: nobody tries a call again by himself.
    pub fn of_call(&self) -> String {
        let Self { kind, operation, scope, message, .. } = self;
        format!("{operation} in {scope}: {} ({message}); {}", kind.word(), kind.remedy_of_call())
    }
}
