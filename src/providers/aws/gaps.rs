//! A part of a read that failed while the rest is good: when that is a gap in the answer, and how it reads.

use crate::domain::{FailureKind, Label};
use crate::providers::ProviderError;

/// Takes the answer of a sub-call whose failure must not take the rest with it.
///
/// What will fail again the same way (not allowed, not offered here, an answer that makes no sense) becomes a gap and `None`. What
/// concerns every call (credentials, throttling, the network) stays an error, so that the engine backs off.
pub(super) fn or_gap<T>(answer: Result<T, ProviderError>, gaps: &mut Vec<Label>) -> Result<Option<T>, ProviderError> {
    match answer {
        Ok(value) => Ok(Some(value)),
        Err(error) if is_local(error.kind) => {
            gaps.push(gap(&error));
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

/// `rds:DescribeDBClusters: access denied (User … is not authorized …)`.
pub(super) fn gap(error: &ProviderError) -> Label {
    Label::new(format!("{}: {} ({})", error.operation, error.kind.word(), error.message))
}

fn is_local(kind: FailureKind) -> bool {
    matches!(
        kind,
        FailureKind::Forbidden
            | FailureKind::Unsupported
            | FailureKind::Server
            | FailureKind::Decode
            | FailureKind::NotFound
            | FailureKind::Invalid
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Scope;

    fn failed(kind: FailureKind) -> Result<(), ProviderError> {
        Err(ProviderError::new(kind, "rds:DescribeDBClusters", &Scope::new("aws", "test", "eu-central-1"), "no"))
    }

    #[test]
    fn a_refusal_is_a_gap_and_a_throttle_is_not() {
        let mut gaps = Vec::new();
        assert!(or_gap(failed(FailureKind::Forbidden), &mut gaps).unwrap().is_none());
        assert_eq!(&*gaps[0], "rds:DescribeDBClusters: access denied (no)");
        assert!(or_gap(failed(FailureKind::Throttled), &mut gaps).is_err());
        assert!(or_gap(failed(FailureKind::Auth), &mut gaps).is_err());
        assert_eq!(gaps.len(), 1);
    }
}
